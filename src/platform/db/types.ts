/** One connection's worth of SQL: text with $1 placeholders, values, rows. Throws what `pg` throws. */
export type Sql = {
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
};

/** A pool of PostgreSQL connections. Bigints arrive as numbers, timestamptz as Date, jsonb parsed. */
export type Database = Sql & {
  /** Runs in one transaction: committed when `run` resolves, rolled back when it throws. */
  transaction<T>(run: (tx: Sql) => Promise<T>): Promise<T>;
  /** Subscribes to a NOTIFY channel on a connection that is opened again when it breaks; after each re-opening the listener is called once with an empty payload, since news may have been missed. */
  listen(channel: string, listener: (payload: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
};
