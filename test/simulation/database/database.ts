import type { Database, Sql } from '../../../src/platform/db/types.ts';
import { pendingOn } from './rows.ts';
import type { Run, Statement } from './statement.ts';
import { copyTables, newTables, type Put, type Tables } from './tables.ts';
import { twinOf, twins } from './twins.ts';

/** Where a test may come in between. What one of these throws comes out of the statement or the transaction. */
export type Hooks = {
  /** Before each statement of a transaction. */
  before: (() => void) | null;
  /** Before each statement outside of a transaction; what it resolves with comes first. */
  beforeRead: (() => Promise<void> | null) | null;
  /** Between the last statement of a transaction and its end. */
  beforeCommit: (() => void) | null;
  /** After a transaction was committed and before its caller knows. */
  afterCommit: (() => void) | null;
};

export type SimulatedDatabase = Database &
  Hooks & {
    readonly tables: Tables;
    /** Called with what one transaction put, in order, after it was committed. */
    onCommit(listener: (puts: readonly Put[]) => void): void;
    onNotify(listener: (channel: string, payload: string) => void): void;
    /** Twins of the statements that were sent. */
    readonly sent: ReadonlySet<Statement>;
    /** A statement that no twin was found for: whatever came of it means nothing. */
    unknown: Error | null;
    /** Another twin for the statement that begins so, for tests that make it wrong. */
    replace(is: string, run: Run): void;
  };

/**
 * PostgreSQL as the product sees it: every statement that it sends is known here by its text and does in memory what it
 * does there. One statement is one moment, and so is one transaction; nothing runs in between, so a lock never waits.
 */
export function simulatedDatabase(now: () => number, from?: Tables): SimulatedDatabase {
  const tables = from ? copyTables(from) : newTables();
  const pending = pendingOn(tables, now);
  const replaced = new Map<string, Run>();
  const sent = new Set<Statement>();
  const committed: ((puts: readonly Put[]) => void)[] = [];
  const notified: ((channel: string, payload: string) => void)[] = [];
  let open: Promise<void> | null = null;

  const commit = () => {
    const { puts, told } = pending.commit();
    if (puts.length > 0) for (const listener of committed) listener(puts);
    for (const [channel, payload] of told) {
      for (const listener of notified) listener(channel, payload);
    }
  };
  const runs = new Map<string, Run>();
  const runOf = (text: string): Run => {
    const twin = find(database, text);
    sent.add(twin);
    const found = replaced.get(twin.is) ?? twin.run;
    runs.set(text, found);
    return found;
  };
  const run = <Row>(text: string, values: readonly unknown[]): Row[] =>
    (runs.get(text) ?? runOf(text))(pending.session, values) as Row[];
  const tx: Sql = {
    query: async (text, values = []) => {
      database.before?.();
      return run(text, values);
    },
  };
  const database: SimulatedDatabase = {
    ...{ tables, sent, unknown: null },
    ...{ before: null, beforeRead: null, beforeCommit: null, afterCommit: null },
    onCommit: (listener) => committed.push(listener),
    onNotify: (listener) => notified.push(listener),
    replace: (is, twin) => {
      if (!twins.some((one) => one.is === is)) throw new Error(`there is no such twin: ${is}`);
      replaced.set(is, twin);
      runs.clear();
    },
    query: async <Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> => {
      const wait = database.beforeRead?.();
      if (wait) await wait;
      // It reads what was there before a transaction or what is there after it, and never the middle.
      while (open !== null) await open;
      try {
        const rows = run<Row>(text, values);
        commit();
        return rows;
      } catch (error) {
        pending.rollBack();
        throw error;
      }
    },
    transaction: async (work) => {
      while (open !== null) await open;
      const { promise, resolve } = Promise.withResolvers<void>();
      open = promise;
      try {
        const result = await work(tx);
        database.beforeCommit?.();
        commit();
        open = null;
        database.afterCommit?.();
        return result;
      } catch (error) {
        if (open === promise) pending.rollBack();
        throw error;
      } finally {
        if (open === promise) open = null;
        resolve();
      }
    },
    listen: async () => async () => {},
    close: async () => {},
  };
  return database;
}

function find(database: SimulatedDatabase, text: string): Statement {
  try {
    return twinOf(text);
  } catch (error) {
    database.unknown = error as Error;
    throw error;
  }
}
