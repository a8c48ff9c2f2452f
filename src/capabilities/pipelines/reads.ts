import type { Pipeline, PipelineSpec } from '../../contract/kinds/pipeline.ts';
import { goldenPath } from '../../contract/kinds/pipeline-golden.ts';
import type { Sql } from '../../platform/db/types.ts';
import { readDocument } from '../sources/reads.ts';
import type { Rival, RunPhase, RunRow, RunState } from './types.ts';

type Row = {
  readonly [K in keyof RunRow]: K extends 'openedAt' | 'updatedAt'
    ? Date
    : K extends 'startedAt' | 'endedAt'
      ? Date | null
      : RunRow[K];
};

const columns = `id, pipeline, spec, application, release, commit, trigger, actor, concurrency_group as "group", phase,
  terminal, because, awaiting, done, steps, parent, opened_at as "openedAt", started_at as "startedAt",
  updated_at as "updatedAt", ended_at as "endedAt"`;

const toRow = (row: Row): RunRow => ({
  ...row,
  openedAt: row.openedAt.toISOString(),
  startedAt: row.startedAt?.toISOString() ?? null,
  updatedAt: row.updatedAt.toISOString(),
  endedAt: row.endedAt?.toISOString() ?? null,
});

export async function readRun(sql: Sql, id: string): Promise<RunRow | null> {
  const [row] = await sql.query<Row>(`select ${columns} from runs where id = $1`, [id]);
  return row ? toRow(row) : null;
}

/** State of the run's object, for screens that show its steps; null when there is none. */
export async function readRunState(sql: Sql, id: string): Promise<RunState | null> {
  const [row] = await sql.query<{ state: RunState }>(`select state from objects where id = $1`, [
    `run/${id}`,
  ]);
  return row?.state ?? null;
}

/** A specification by its digest; null when no run of it was ever opened. */
export async function readSpec(sql: Sql, digest: string): Promise<PipelineSpec | null> {
  const [row] = await sql.query<{ spec: PipelineSpec }>(
    `select spec from pipeline_specs where digest = $1`,
    [digest],
  );
  return row?.spec ?? null;
}

export type RunQuery = {
  readonly application?: string | undefined;
  readonly pipeline?: string | undefined;
  readonly phase?: RunPhase | undefined;
  readonly active?: boolean | undefined;
  /** Those that wait for a person. */
  readonly awaiting?: boolean | undefined;
  readonly parent?: string | undefined;
  readonly limit: number;
  /** Id of the last run of the page before. */
  readonly cursor?: string | undefined;
};

/** Newest first. The cursor is a run; what was opened before it, or at the same time with a lower id, comes next. */
export async function listRuns(sql: Sql, query: RunQuery): Promise<readonly RunRow[]> {
  const { conditions, values } = conditionsOf(query);
  const rows = await sql.query<Row>(
    `select ${columns} from runs ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''}
     order by opened_at desc, id desc limit $1`,
    [query.limit, ...values],
  );
  return rows.map(toRow);
}

/** Only what was asked for stands in the statement, so that each combination is planned for its own index. */
function conditionsOf(query: RunQuery) {
  const values: string[] = [];
  const at = (value: string) => `$${values.push(value) + 1}`;
  const conditions: string[] = [];
  for (const column of ['application', 'pipeline', 'phase', 'parent'] as const) {
    const value = query[column];
    if (value !== undefined) conditions.push(`${column} = ${at(value)}`);
  }
  if (query.active !== undefined) conditions.push(query.active ? 'not terminal' : 'terminal');
  if (query.awaiting === true) conditions.push(`not terminal and awaiting <> '{}'`);
  if (query.cursor !== undefined) {
    conditions.push(
      `(opened_at, id) < (select opened_at, id from runs where id = ${at(query.cursor)})`,
    );
  }
  return { conditions, values };
}

/** The newest run of each of these pipelines that has one. */
export async function listLastRuns(
  sql: Sql,
  pipelines: readonly string[],
): Promise<readonly RunRow[]> {
  const rows = await sql.query<Row>(
    `select last.* from unnest($1::text[]) as p (name),
       lateral (select ${columns} from runs where pipeline = p.name
                 order by opened_at desc, id desc limit 1) last`,
    [pipelines],
  );
  return rows.map(toRow);
}

/** Runs of a group that are not over, oldest first. Nothing without a group. */
export async function readRivals(
  sql: Sql,
  group: string | null,
): Promise<readonly (Rival & { readonly policy: 'queue' | 'supersede' | 'cancel' })[]> {
  if (group === null) return [];
  return await sql.query<Rival & { readonly policy: 'queue' | 'supersede' | 'cancel' }>(
    `select id, seq, phase, coalesce(policy, 'queue') as policy
       from runs where concurrency_group = $1 and not terminal order by seq`,
    [group],
  );
}

/** The pipeline of this name as last declared well; null when there is none. */
export async function readPipeline(sql: Sql, name: string): Promise<Pipeline | null> {
  const found = await readDocument(sql, 'Pipeline', name);
  return !found?.spec || found.deleted ? null : found.spec;
}

/** The pipeline of an application: the one that it names, else the one made from its path through environments. */
export async function effectivePipeline(
  sql: Sql,
  application: string,
): Promise<{ readonly pipeline: Pipeline; readonly isGenerated: boolean } | null> {
  const found = await readDocument(sql, 'Application', application);
  if (!found?.spec || found.deleted) return null;
  const named = found.spec.spec.pipeline;
  if (named !== undefined && named !== null && 'name' in named) {
    const pipeline = await readPipeline(sql, named.name);
    return pipeline ? { pipeline, isGenerated: false } : null;
  }
  return { pipeline: goldenPath(found.spec), isGenerated: true };
}
