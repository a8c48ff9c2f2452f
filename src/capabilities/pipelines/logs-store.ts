import type { Sql } from '../../platform/db/types.ts';

/** NOTIFY channel: a run's log grew. The payload is the run. */
export const logsChannel = 'tidegate_step_logs';

export type LogStream = 'out' | 'err' | 'note';

export type LogPlace = { readonly run: string; readonly step: string; readonly attempt: number };

export type LogRow = LogPlace & {
  readonly id: number;
  readonly stream: LogStream;
  readonly text: string;
  readonly at: Date;
};

/**
 * Appends to the log of a run, in the order given. One writer of a run at a time, so that ids come to be seen in their
 * order and a reader that goes on after the last one misses nothing. Throws (foreign key) when the run is gone.
 */
export async function appendLogs(
  sql: Sql,
  { run, step, attempt }: LogPlace,
  parts: readonly { readonly stream: LogStream; readonly text: string }[],
): Promise<void> {
  if (parts.length === 0) return;
  const rows = parts.map(({ stream, text }, n) => ({ n, stream, text }));
  await sql.query(
    `with turn as materialized (
       select pg_advisory_xact_lock(hashtextextended('step_logs/' || $1, 0))),
     written as (
       insert into step_logs (run, step, attempt, stream, text)
       select $1, $2, $3, p.stream, p.text
         from turn, jsonb_to_recordset($4::jsonb) as p (n integer, stream text, text text)
        order by p.n
       returning id)
     select pg_notify($5, $1) from written limit 1`,
    [run, step, attempt, JSON.stringify(rows), logsChannel],
  );
}

/** Bytes that this attempt has printed so far. */
export async function readLogSize(sql: Sql, { run, step, attempt }: LogPlace): Promise<number> {
  const [row] = await sql.query<{ bytes: number }>(
    `select coalesce(sum(octet_length(text)), 0)::bigint as bytes
       from step_logs where run = $1 and step = $2 and attempt = $3`,
    [run, step, attempt],
  );
  return row?.bytes ?? 0;
}

/** Entries after a cursor, oldest first: of one step, or of all when it is null. */
export function readLogs(
  sql: Sql,
  ask: {
    readonly run: string;
    readonly step: string | null;
    readonly after: number;
    readonly limit: number;
  },
): Promise<readonly LogRow[]> {
  return sql.query<LogRow>(
    `select id, run, step, attempt, stream, text, at from step_logs
      where run = $1 and id > $2 and ($3::text is null or step = $3)
      order by id limit $4`,
    [ask.run, ask.after, ask.step, ask.limit],
  );
}

/** Null when there is no such run. */
export async function readIsOver(sql: Sql, run: string): Promise<boolean | null> {
  const [row] = await sql.query<{ terminal: boolean }>('select terminal from runs where id = $1', [
    run,
  ]);
  return row?.terminal ?? null;
}
