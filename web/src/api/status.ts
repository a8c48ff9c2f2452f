import type { QueryClient } from '@tanstack/react-query';
import type { StatusRow } from '../../../src/contract/api/status.ts';
import { ask } from './client.ts';
import { keys } from './keys.ts';

type Page<Item> = { readonly items: readonly Item[]; readonly cursor: string | null };

const pageSize = 500;
/** Fills the screen; the others follow while it is read. */
const firstPageSize = 100;

/** Every row, page by page; `onPage` shows what is there already. */
export async function askStatus(
  signal: AbortSignal,
  onPage: (rows: readonly StatusRow[]) => void,
): Promise<readonly StatusRow[]> {
  const rows: StatusRow[] = [];
  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? { limit: firstPageSize } : { limit: pageSize, cursor };
    const page = await ask<Page<StatusRow>>('/status', { query, signal });
    rows.push(...page.items);
    cursor = page.cursor ?? undefined;
    if (cursor !== undefined) onPage([...rows]);
  } while (cursor !== undefined);
  return rows;
}

/** More applications than these at once are cheaper to ask for all together. */
const mostAlone = 16;

/**
 * Asks again for the rows of these applications only, so that the cost follows the change and not the fleet. A list that
 * is on its way may be older than the change, so it is waited for. Throws a `ProblemError`.
 */
export async function refreshStatus(
  client: QueryClient,
  applications: readonly string[],
): Promise<void> {
  const list = client.getQueryCache().find({ queryKey: keys.status });
  if (list === undefined || applications.length === 0) return;
  await list.promise?.catch(() => undefined);
  if (applications.length > mostAlone) {
    await client.invalidateQueries({ queryKey: keys.status });
    return;
  }
  const pages = await Promise.all(
    applications.map((application) =>
      ask<Page<StatusRow>>('/status', { query: { application, limit: pageSize } }),
    ),
  );
  client.setQueryData<readonly StatusRow[]>(keys.status, (before) =>
    before === undefined
      ? before
      : replaceRows(
          before,
          applications,
          pages.flatMap((page) => page.items),
        ),
  );
}

/**
 * The rows of `applications` as they are now, in the order of their path, at their places by name; the others stay the
 * same objects.
 */
export function replaceRows(
  before: readonly StatusRow[],
  applications: readonly string[],
  now: readonly StatusRow[],
): readonly StatusRow[] {
  const asked = new Set(applications);
  const known = new Set(before.map(({ application }) => application));
  const fresh = Map.groupBy(now, ({ application }) => application);
  const kept = before.flatMap((row, at) => {
    if (!asked.has(row.application)) return [row];
    const isFirst = before[at - 1]?.application !== row.application;
    return isFirst ? (fresh.get(row.application) ?? []) : [];
  });
  const added = now.filter(({ application }) => !known.has(application));
  if (added.length === 0) return kept;
  return [...kept, ...added].sort((a, b) => a.application.localeCompare(b.application, 'en'));
}
