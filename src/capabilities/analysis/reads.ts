import type { Sql } from '../../platform/db/types.ts';
import { viewDetail } from './explain.ts';
import type { AnalysisState, AnalysisView } from './types.ts';

type AnalysisRow = { readonly key: string; readonly state: AnalysisState };

/** What a rollout sees of its analyses; those that are not there (yet) are left out. */
export async function readAnalysisViews(
  sql: Sql,
  keys: readonly string[],
): Promise<readonly AnalysisView[]> {
  if (keys.length === 0) return [];
  const rows = await sql.query<AnalysisRow>(
    `select key, state from objects where kind = 'analysis' and key = any($1) order by key`,
    [keys],
  );
  return rows.map(({ key, state }) => ({
    key,
    phase: state.phase,
    because: state.because,
    detail: viewDetail(state),
  }));
}

/** One analysis with all that it saw, for screens and `explain`; null when there is none. */
export async function readAnalysis(sql: Sql, key: string): Promise<AnalysisState | null> {
  const [row] = await sql.query<AnalysisRow>(
    `select key, state from objects where kind = 'analysis' and key = $1`,
    [key],
  );
  return row?.state ?? null;
}
