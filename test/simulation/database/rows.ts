import type { Session } from './statement.ts';
import type { Put, Tables } from './tables.ts';

/** What one transaction has put and told so far, until it is committed or taken back. */
export type Pending = {
  readonly session: Session;
  /** Ends the transaction; gives what it put and whom it tells what, each once. */
  commit(): {
    readonly puts: readonly Put[];
    readonly told: readonly (readonly [string, string])[];
  };
  rollBack(): void;
};

export function pendingOn(tables: Tables, now: () => number): Pending {
  const byName = new Map(Object.values(tables).map((one) => [one.name, one.rows]));
  let puts: Put[] = [];
  let notices: (readonly [string, string])[] = [];
  let lastId = highestId(tables);
  return {
    session: {
      tables,
      now,
      put: (of, key, row) => {
        puts.push({ table: of.name, key, before: of.rows.get(key), after: row });
        if (row === undefined) of.rows.delete(key);
        else of.rows.set(key, row);
      },
      nextId: () => {
        lastId += 1;
        return lastId;
      },
      notify: (channel, payload) => {
        for (const one of notices) if (one[0] === channel && one[1] === payload) return;
        notices.push([channel, payload]);
      },
    },
    commit: () => {
      if (puts.length === 0 && notices.length === 0) return nothing;
      const done = { puts, told: notices };
      puts = [];
      notices = [];
      return done;
    },
    rollBack: () => {
      for (const { table, key, before } of puts.toReversed()) {
        const rows = byName.get(table) as Map<string | number, unknown>;
        if (before === undefined) rows.delete(key);
        else rows.set(key, before);
      }
      puts = [];
      notices = [];
    },
  };
}

const nothing = { puts: [], told: [] } as const;

function highestId(tables: Tables): number {
  const ids = [tables.events, tables.effects, tables.requests, tables.stables].flatMap((of) => [
    ...of.rows.keys(),
  ]);
  const kept = [...tables.releases.rows.values()].map(({ n }) => n);
  return Math.max(1_000, ...ids, ...kept);
}
