import type { Traffic, TrafficPoint } from '../../../../src/contract/api/traffic.ts';

export type Figure = 'weight' | 'rps' | 'errorRate' | 'p50' | 'p95' | 'p99';

export type Role = Traffic['releases'][number]['role'];

export type Line = {
  readonly release: string;
  readonly role: Role;
  readonly values: readonly (number | null)[];
};

export type Chart = {
  /** Seconds since the epoch, ascending. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
};

/** One figure of every release on the time axis that all charts share. */
export function chartOf(traffic: Traffic, figure: Figure): Chart {
  const places = [...new Set(traffic.points.map(({ at }) => at))].sort();
  const byRelease = Map.groupBy(traffic.points, ({ release }) => release);
  return {
    times: places.map((at) => Date.parse(at) / 1000),
    lines: traffic.releases.map(({ release, role }) => {
      const points = new Map(byRelease.get(release)?.map((point) => [point.at, point]));
      return { release, role, values: valuesOf(places, points, figure) };
    }),
  };
}

/** A share of traffic stays what it was while nothing is reported; rates and latencies are not known then. */
function valuesOf(
  places: readonly string[],
  points: ReadonlyMap<string, TrafficPoint>,
  figure: Figure,
): readonly (number | null)[] {
  const values: (number | null)[] = [];
  for (const at of places) {
    const point = points.get(at);
    const last = figure === 'weight' ? (values.at(-1) ?? null) : null;
    values.push(point ? point[figure] : last);
  }
  return values;
}

export const newest = ({ values }: Line): number | null =>
  values.findLast((value) => value !== null) ?? null;

/** Three digits that count, with the unit that fits. */
export const formats: { readonly [F in Figure]: (value: number) => string } = {
  weight: (value) => `${round(value)} %`,
  rps: (value) => `${round(value)}/s`,
  errorRate: (value) => `${round(value * 100)} %`,
  p50: (value) => secondsText(value),
  p95: (value) => secondsText(value),
  p99: (value) => secondsText(value),
};

const round = (value: number): string =>
  value === 0 ? '0' : String(Number(value.toPrecision(value >= 100 ? 4 : 3)));

const secondsText = (seconds: number): string =>
  seconds < 1 ? `${round(seconds * 1000)} ms` : `${round(seconds)} s`;
