import type { StatusRow } from '../../../../src/contract/api/status.ts';

export type Line = {
  readonly application: string;
  readonly owner: string;
  readonly cells: ReadonlyMap<string, StatusRow>;
};

export type Choice = {
  readonly q?: string | undefined;
  readonly state?: string | undefined;
  readonly environment?: string | undefined;
  readonly sort?: string | undefined;
};

export const sorts = ['name', 'attention', 'changed'] as const;

/** One for all: a list of a thousand is sorted with each change that is told. */
const names = new Intl.Collator('en');

/** Columns: every environment, in the order in which most applications pass through them. */
export function environmentsOf(rows: readonly StatusRow[]): readonly string[] {
  const places = new Map<string, { sum: number; count: number }>();
  let application = '';
  let at = 0;
  for (const row of rows) {
    at = row.application === application ? at + 1 : 0;
    application = row.application;
    const place = places.get(row.environment) ?? { sum: 0, count: 0 };
    places.set(row.environment, { sum: place.sum + at, count: place.count + 1 });
  }
  const mean = ({ sum, count }: { sum: number; count: number }) => sum / count;
  return [...places]
    .sort(([a, left], [b, right]) => mean(left) - mean(right) || names.compare(a, b))
    .map(([name]) => name);
}

/** One line per application; those in which nothing fits the choice are left out. */
export function linesOf(rows: readonly StatusRow[], choice: Choice): readonly Line[] {
  const lines = new Map<string, { owner: string; cells: Map<string, StatusRow>; fits: boolean }>();
  for (const row of rows) {
    if (choice.environment && row.environment !== choice.environment) continue;
    const line = lines.get(row.application) ?? { owner: row.owner, cells: new Map(), fits: false };
    line.cells.set(row.environment, row);
    line.fits ||= fits(row, choice);
    lines.set(row.application, line);
  }
  return [...lines]
    .filter(([, { fits: isChosen }]) => isChosen)
    .map(([application, { owner, cells }]) => ({ application, owner, cells }))
    .sort(orders[choice.sort ?? 'name'] ?? byName);
}

function fits(row: StatusRow, { q = '', state }: Choice): boolean {
  if (state && row.state !== state) return false;
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const { application, environment, owner, stable, stableCommit, desiredCommit, state: is } = row;
  const text = [application, environment, owner, stable, stableCommit, desiredCommit, is]
    .join(' ')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

/** What wants to be looked at comes first. */
const gravity: { readonly [State in StatusRow['state']]: number } = {
  failed: 0,
  rollingBack: 1,
  waiting: 2,
  rollingOut: 3,
  notReleased: 4,
  steady: 5,
};

const byName = (a: Line, b: Line): number => names.compare(a.application, b.application);
const gravityOf = ({ cells }: Line): number =>
  Math.min(...[...cells.values()].map(({ state }) => gravity[state]));
const changedAt = ({ cells }: Line): number =>
  Math.max(...[...cells.values()].map(({ rollout }) => Date.parse(rollout?.updatedAt ?? '') || 0));

const orders: { readonly [sort: string]: (a: Line, b: Line) => number } = {
  name: byName,
  attention: (a, b) => gravityOf(a) - gravityOf(b) || byName(a, b),
  changed: (a, b) => changedAt(b) - changedAt(a) || byName(a, b),
};

/** How many rows are in each state, for the head of the page. */
export function countStates(rows: readonly StatusRow[]): ReadonlyMap<StatusRow['state'], number> {
  const counts = new Map<StatusRow['state'], number>();
  for (const { state } of rows) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
}
