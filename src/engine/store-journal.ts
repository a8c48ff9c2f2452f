import { jsonb } from '../platform/db/jsonb.ts';
import type { Sql } from '../platform/db/types.ts';
import type { ClaimedObject } from './engine-store.ts';
import { decisionText, snapshotText } from './journal.ts';
import type { Decision } from './types.ts';

export type NewEntry = {
  readonly object: Pick<ClaimedObject, 'id' | 'generation'>;
  readonly schema: number;
  readonly decision: Decision<unknown, unknown>;
  readonly seenAs: { readonly at: Date; readonly snapshot: unknown };
};

/** Most old decisions that go with one transaction in which something ends; far more than a rollout makes. */
const mostPruned = 1_000;

/** Keeps decisions in the transaction that writes them. When something ends, what is older than 90 days goes. */
export async function keepDecisions(tx: Sql, entries: readonly NewEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map(({ object, schema, seenAs, decision }) => ({
    object_id: object.id,
    generation: object.generation + 1,
    schema,
    at: seenAs.at.toISOString(),
    snapshot: snapshotText(seenAs.snapshot),
    decision: decisionText(decision),
  }));
  await tx.query(
    `insert into decisions (object_id, generation, schema, at, snapshot, decision)
     select d.object_id, d.generation, d.schema, d.at, d.snapshot, d.decision
       from jsonb_to_recordset($1::jsonb) as d (
            object_id text, generation bigint, schema integer, at timestamptz, snapshot text, decision text)`,
    [jsonb(rows)],
  );
  if (entries.some(({ decision }) => decision.terminal)) await pruneDecisions(tx);
}

async function pruneDecisions(tx: Sql): Promise<void> {
  await tx.query(
    `with old as (
       select id from decisions where at < now() - interval '90 days'
        order by at limit $1
          for update skip locked)
     delete from decisions d using old where d.id = old.id`,
    [mostPruned],
  );
}
