import type { Sql } from '../../platform/db/types.ts';

/**
 * Until the transaction ends, statements are given up after so many milliseconds (SQLSTATE 57014), and each is planned
 * for the values that it has: which index serves a search depends on how much of the log its filters leave.
 */
export async function limitSearch(tx: Sql, milliseconds: number): Promise<void> {
  await tx.query(
    `select set_config('statement_timeout', $1, true), set_config('plan_cache_mode', 'force_custom_plan', true)`,
    [String(milliseconds)],
  );
}
