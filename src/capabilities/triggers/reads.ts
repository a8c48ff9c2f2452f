import type { Application } from '../../contract/kinds/application.ts';
import type { PipelineSpec } from '../../contract/kinds/pipeline.ts';
import { readObject } from '../../engine/reads.ts';
import type { Sql } from '../../platform/db/types.ts';
import { effectivePipeline } from '../pipelines/reads.ts';
import { listFollowers, readDocument } from '../sources/reads.ts';
import type { SourceState } from '../sources/types.ts';
import type { Declared, TriggerState } from './types.ts';

/** Everything declared that one trigger object stands for. */
export type Found =
  | {
      readonly none?: never;
      readonly declared: Declared;
      readonly secrets: PipelineSpec['secrets'];
      readonly application: Application | null;
      readonly source: {
        readonly name: string;
        readonly address: string;
        readonly branch: string;
        readonly seenCommit: string | null;
      };
    }
  | { readonly none: string };

/** `application:shop` or `pipeline:nightly`: what it stands for, or why there is nothing to watch for. */
export async function readDeclared(sql: Sql, key: string): Promise<Found> {
  const at = key.indexOf(':');
  const name = key.slice(at + 1);
  return key.slice(0, at) === 'application'
    ? await readOfApplication(sql, name)
    : await readOfPipeline(sql, name);
}

async function readOfApplication(sql: Sql, name: string): Promise<Found> {
  const found = await readDocument(sql, 'Application', name);
  if (!found?.spec || found.deleted) return { none: `No application ${name} is declared.` };
  const effective = await effectivePipeline(sql, name);
  if (!effective) return { none: `The pipeline that ${name} names is not declared.` };
  const { pipeline, isGenerated } = effective;
  const { triggers, secrets } = pipeline.spec;
  if (triggers.length === 0) return { none: `The pipeline of ${name} has no triggers.` };
  const source = await readSource(sql, found.repository);
  if (!source) return { none: `The config repository ${found.repository} is not known.` };
  return {
    declared: {
      pipeline: pipeline.metadata.name,
      isGenerated,
      application: name,
      artifact: found.spec.spec.artifact,
      triggers,
    },
    ...{ secrets, application: found.spec, source },
  };
}

async function readOfPipeline(sql: Sql, name: string): Promise<Found> {
  const [document, followers] = await Promise.all([
    readDocument(sql, 'Pipeline', name),
    listFollowers(sql, [name]),
  ]);
  if (!document?.spec || document.deleted) return { none: `No pipeline ${name} is declared.` };
  const { triggers, secrets } = document.spec.spec;
  if (triggers.length === 0) return { none: `The pipeline ${name} has no triggers.` };
  const [follower] = followers;
  if (follower) return { none: `${name} is the pipeline of ${follower}, which has its triggers.` };
  const source = await readSource(sql, document.repository);
  if (!source) return { none: `The config repository of ${name} is not known.` };
  return {
    declared: {
      ...{ pipeline: name, isGenerated: false, application: null, artifact: null, triggers },
    },
    ...{ secrets, application: null, source },
  };
}

async function readSource(sql: Sql, name: string) {
  const found = await readObject<SourceState>(sql, `source/${name}`);
  if (!found) return null;
  const { address, branch, seenCommit } = found.state;
  return { name, address, branch, seenCommit };
}

export type TriggerView = {
  /** `application:shop` or `pipeline:nightly`. */
  readonly key: string;
  readonly phase: string;
  readonly because: string;
  readonly state: TriggerState;
  readonly wakeAt: Date | null;
};

/** Every trigger object that has something to watch for, by key. */
export async function listTriggers(sql: Sql): Promise<readonly TriggerView[]> {
  return await sql.query<TriggerView>(
    `select key, phase, because, state, wake_at as "wakeAt"
       from objects where kind = 'trigger' and state -> 'memory' <> '{}' order by key`,
  );
}

/** What each push trigger watches: `host/team/shop#main`. */
export async function listWatches(
  sql: Sql,
): Promise<readonly { readonly key: string; readonly watch: string }[]> {
  return await sql.query<{ key: string; watch: string }>(
    `select o.key, m.value ->> 'watch' as watch
       from objects o, jsonb_each(o.state -> 'memory') as m
      where o.kind = 'trigger' and m.value ->> 'on' = 'push'
      order by o.key, m.key`,
  );
}

/** Whether deliveries are remembered that are older than they need to be. */
export async function hasStaleDeliveries(sql: Sql): Promise<boolean> {
  const rows = await sql.query(
    `select 1 from webhook_deliveries where received_at < now() - interval '30 days' limit 1`,
  );
  return rows.length > 0;
}
