import { engineStore } from '../../../src/engine/postgres-store.ts';
import { effectStore } from '../../../src/engine/store-effects.ts';
import type { Database } from '../../../src/platform/db/types.ts';
import { type FreshDatabase, freshDatabase } from '../../support/postgres.ts';
import { type SimulatedDatabase, simulatedDatabase } from './database.ts';

/** A real database and a simulated one that get the same calls. */
export type Both = {
  readonly real: Database;
  readonly simulated: SimulatedDatabase;
  /** Makes one call on each and gives what came of it: the real one's answer, and the simulated one's. */
  ask<T>(call: (db: Database) => Promise<T>): Promise<{ real: unknown; simulated: unknown }>;
  drop(): Promise<void>;
};

export async function bothDatabases(): Promise<Both> {
  const real: FreshDatabase = await freshDatabase();
  const simulated = simulatedDatabase(() => Date.now());
  return {
    real: real.db,
    simulated,
    ask: async (call) => ({
      real: plain(await answerOf(call, real.db)),
      simulated: plain(await answerOf(call, simulated)),
    }),
    drop: () => real.drop(),
  };
}

/** A refusal is an answer too; its words are each database's own. */
async function answerOf<T>(call: (db: Database) => Promise<T>, db: Database): Promise<unknown> {
  try {
    return await call(db);
  } catch {
    return 'refused';
  }
}

/** Without what two databases cannot have in common: sequence numbers, and the time to the millisecond. */
export function plain(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() < 1e12 ? value.toISOString() : 'now';
  if (value instanceof Map) return plain([...value]);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const parts = Object.entries(value).flatMap(([name, inner]) => {
    if (inner === undefined) return [];
    const isNumbered = name === 'id' && typeof inner === 'number';
    return [[name, isNumbered ? 'n' : plain(inner)] as const];
  });
  return Object.fromEntries(parts.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

export const stores = (db: Database) => ({ objects: engineStore(db), effects: effectStore(db) });
