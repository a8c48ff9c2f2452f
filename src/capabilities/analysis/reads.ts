import type { Sql } from '../../platform/db/types.ts';
import { viewDetail } from './explain.ts';
import type { AnalysisState, AnalysisView } from './types.ts';

export type AnalysisRow = { readonly key: string; readonly state: AnalysisState };

/** What a rollout sees of its analyses; those that are not there (yet) are left out. */
export async function readAnalysisViews(
  sql: Sql,
  keys: readonly string[],
): Promise<readonly AnalysisView[]> {
  const rows = await readAnalyses(sql, keys);
  return rows.map(({ key, state }) => ({
    key,
    phase: state.phase,
    because: state.because,
    detail: viewDetail(state),
  }));
}

/** Analyses with all that they saw, for `explain`, by key; those that are not there are left out. */
export async function readAnalyses(
  sql: Sql,
  keys: readonly string[],
): Promise<readonly AnalysisRow[]> {
  if (keys.length === 0) return [];
  return await sql.query<AnalysisRow>(
    `select key, state from objects where kind = 'analysis' and key = any($1) order by key`,
    [keys],
  );
}
