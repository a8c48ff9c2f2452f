import { openObject, writeEvent } from '../../engine/store.ts';
import { jsonb } from '../../platform/db/jsonb.ts';
import type { Sql } from '../../platform/db/types.ts';
import { contentDigest } from '../../platform/ids/digest.ts';
import type { Json } from '../../platform/ids/types.ts';
import { planOf } from './decide-plan.ts';
import { rowOf } from './decide-row.ts';
import { openState, stateJson } from './open.ts';
import type { NewRun, RunRow, RunState } from './types.ts';

type Policy = 'queue' | 'supersede' | 'cancel';

/**
 * Opens a run in the caller's transaction: its specification, its row, its durable object and the event of it. False when
 * a run of that id exists; nothing is written then. Runs of a group are opened one after the other, so that the order
 * of their `seq` is the order in which they can be seen. Those of its group are woken by the run itself: whoever holds
 * the group's lock must wait for no object, since an object's transaction may be the one that opens a run.
 */
export async function openRun(tx: Sql, run: NewRun, now: Date = new Date()): Promise<boolean> {
  const digest = contentDigest(run.spec as unknown as Json);
  const state = openState(run, digest, now);
  const policy = run.spec.concurrency?.policy ?? null;
  if (state.group !== null) await lockGroup(tx, state.group);
  await insertSpec(tx, digest, run.spec);
  const row = rowOf(run.id, state, { plan: planOf(run.spec), now: now.getTime() });
  if (!(await insertRun(tx, row, policy))) return false;
  await openObject(tx, {
    kind: 'run',
    key: run.id,
    phase: state.phase,
    because: state.because,
    state: stateJson(state),
  });
  await writeEvent(tx, openedEvent(run, state));
  return true;
}

const openedEvent = (run: NewRun, { group }: RunState) => ({
  type: 'run.opened',
  actor: run.origin.actor,
  objectId: `run/${run.id}`,
  ...(run.application === null ? {} : { application: run.application }),
  because: run.origin.because || `By ${run.origin.trigger}.`,
  outcome: 'done' as const,
  after: {
    pipeline: run.pipeline,
    trigger: run.origin.trigger,
    release: run.release,
    commit: run.commit,
    group,
    parent: run.origin.parent?.run ?? null,
  },
});

/** Held until the transaction ends: nobody else opens a run of this group meanwhile. */
async function lockGroup(tx: Sql, group: string): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 1903))`, [group]);
}

async function insertSpec(tx: Sql, digest: string, spec: NewRun['spec']): Promise<void> {
  await tx.query(
    `insert into pipeline_specs (digest, spec) values ($1, $2) on conflict (digest) do nothing`,
    [digest, JSON.stringify(spec)],
  );
}

async function insertRun(tx: Sql, row: RunRow, policy: Policy | null): Promise<boolean> {
  const inserted = await tx.query(
    `insert into runs (id, pipeline, spec, application, release, commit, trigger, actor, concurrency_group, policy,
                       phase, terminal, because, awaiting, done, steps, parent, opened_at, started_at, updated_at, ended_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
     on conflict (id) do nothing returning id`,
    [
      row.id,
      row.pipeline,
      row.spec,
      row.application,
      row.release,
      row.commit,
      row.trigger,
      row.actor,
      row.group,
      policy,
      row.phase,
      row.terminal,
      row.because,
      row.awaiting,
      row.done,
      row.steps,
      row.parent,
      row.openedAt,
      row.startedAt,
      row.updatedAt,
      row.endedAt,
    ],
  );
  return inserted.length > 0;
}

/**
 * Writes what changes of the readable side of runs, in the order of their groups, so that two who write runs of the same
 * groups never wait for each other in a circle. The index on running runs refuses a second one of a group.
 */
export async function saveRuns(tx: Sql, rows: readonly RunRow[]): Promise<void> {
  const inOrder = rows.toSorted((a, b) => compare(a.group ?? '', b.group ?? ''));
  await tx.query(
    `update runs
        set phase = r.phase, terminal = r.terminal, because = r.because, awaiting = r.awaiting, done = r.done,
            steps = r.steps, started_at = r."startedAt", updated_at = r."updatedAt", ended_at = r."endedAt"
       from jsonb_to_recordset($1::jsonb) as r (
            id text, phase text, terminal boolean, because text, awaiting text[], done integer, steps integer,
            "startedAt" timestamptz, "updatedAt" timestamptz, "endedAt" timestamptz)
      where runs.id = r.id`,
    [jsonb(inOrder)],
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
