import type { PipelineSpec } from '../../contract/kinds/pipeline.ts';
import type { Trigger } from '../../contract/kinds/pipeline-trigger.ts';
import type { Sql } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import { listFollowers } from '../sources/reads.ts';
import { readDeclared } from './reads.ts';

/** A trigger that takes deliveries, as it is declared now. */
export type HookTrigger = {
  /** `application:shop` or `pipeline:nightly`. */
  readonly key: string;
  /** `PIPELINE/TRIGGER`, with `@APPLICATION` for that of an application. */
  readonly address: string;
  readonly trigger: Trigger;
  readonly sender: string;
  readonly secret: string;
  readonly secrets: PipelineSpec['secrets'];
};

export type Wanted = {
  readonly pipeline: string;
  readonly trigger: string;
  readonly application: string | undefined;
  readonly on: 'webhook' | 'cdevents';
};

/** The trigger that an address means. TG1943 when it means none, or more than one. */
export async function findHook(sql: Sql, wanted: Wanted): Promise<HookTrigger> {
  const { pipeline, trigger: name, on } = wanted;
  const application = wanted.application ?? (await onlyFollower(sql, pipeline));
  const key = application === null ? `pipeline:${pipeline}` : `application:${application}`;
  const found = await readDeclared(sql, key);
  if (found.none !== undefined) fail('TG1943', { detail: found.none });
  const { declared, secrets } = found;
  if (declared.pipeline !== pipeline) {
    fail('TG1943', { detail: `The pipeline of ${application} is ${declared.pipeline}.` });
  }
  const trigger = declared.triggers.find((one) => one.name === name);
  const hook = on === 'webhook' ? trigger?.webhook : trigger?.cdevents;
  if (!trigger || !hook) {
    const detail = trigger
      ? `The trigger ${name} of ${pipeline} is of another kind.`
      : `The pipeline ${pipeline} has no trigger ${name}.`;
    fail('TG1943', { detail });
  }
  return {
    ...{ key, trigger, secrets, secret: hook.secret },
    address: `${pipeline}/${name}${application === null ? '' : `@${application}`}`,
    sender: trigger.webhook?.from ?? 'cdevents',
  };
}

async function onlyFollower(sql: Sql, pipeline: string): Promise<string | null> {
  const followers = await listFollowers(sql, [pipeline]);
  if (followers.length < 2) return followers[0] ?? null;
  fail('TG1943', {
    detail: `${pipeline} is the pipeline of ${followers.slice(0, 5).join(', ')}${followers.length > 5 ? ' …' : ''}.`,
    hint: 'Say which one is meant: add ?application=NAME to the address.',
  });
}

/** Milliseconds that an answer is used for other deliveries to the same address. */
const goodFor = 1_000;
const mostAddresses = 1_000;

/**
 * The same for many deliveries at once: one that is being looked up, or was a moment ago, is not looked up again. What is
 * declared is read anew when the delivery is worked off.
 */
export function hookFinder(
  sql: Sql,
  clock: () => number = () => performance.now(),
): (wanted: Wanted) => Promise<HookTrigger> {
  const known = new Map<string, { readonly at: number; readonly found: Promise<HookTrigger> }>();
  return (wanted) => {
    const name = JSON.stringify([wanted.pipeline, wanted.trigger, wanted.application, wanted.on]);
    const before = known.get(name);
    if (before && clock() - before.at < goodFor) return before.found;
    known.delete(name);
    const oldest = known.size >= mostAddresses ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
    const found = findHook(sql, wanted);
    known.set(name, { at: clock(), found });
    // A database that did not answer is asked again by the next one.
    found.catch(() => known.delete(name));
    return found;
  };
}
