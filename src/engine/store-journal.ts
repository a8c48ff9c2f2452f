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
  // Arrays and not one document: the texts are JSON themselves, and large.
  await tx.query(
    `insert into decisions (object_id, generation, schema, at, snapshot, decision)
     select * from unnest($1::text[], $2::bigint[], $3::integer[], $4::timestamptz[], $5::text[], $6::text[])`,
    [
      entries.map(({ object }) => object.id),
      entries.map(({ object }) => object.generation + 1),
      entries.map(({ schema }) => schema),
      entries.map(({ seenAs }) => seenAs.at.toISOString()),
      entries.map(({ seenAs }) => snapshotText(seenAs.snapshot)),
      entries.map(({ decision }) => decisionText(decision)),
    ],
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
