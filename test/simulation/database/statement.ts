import type { Table, Tables } from './tables.ts';

/** What a statement may do: read and put rows, and notify. */
export type Session = {
  readonly tables: Tables;
  readonly now: () => number;
  put<K extends string | number, Row>(of: Table<K, Row>, key: K, row: Row | undefined): void;
  /** The next number of a sequence; as in PostgreSQL a rollback does not give it back. */
  nextId(): number;
  notify(channel: string, payload: string): void;
};

export type Run = (session: Session, values: readonly unknown[]) => readonly unknown[];

/**
 * The twin of one SQL statement of the product. `is` is how the statement begins, with white space collapsed, and `has`
 * what tells it from another one that begins alike.
 */
export type Statement = { readonly is: string; readonly has?: string; readonly run: Run };
