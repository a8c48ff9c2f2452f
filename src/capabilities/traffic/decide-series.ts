import type { TrafficPoint } from '../../contract/api/traffic.ts';
import type { Histogram } from '../../contract/counters.ts';
import type { Cell, Quantile, Range, Role, Share } from './types.ts';

export type Series = {
  readonly range: Range;
  readonly releases: readonly { readonly release: string; readonly role: Role }[];
  readonly targets: readonly string[];
  readonly cells: readonly Cell[];
  /** In the order of their times; those of before the range say where it begins. */
  readonly shares: readonly Share[];
  readonly quantile: Quantile;
};

/** A point per release for each cell in which any target said something new, oldest first. */
export function decideSeries(series: Series): readonly TrafficPoint[] {
  const { range, releases, targets, cells, shares } = series;
  const weights = firstWeights(series);
  const pending = [...shares];
  const times = [...new Set(cells.map(({ at }) => at.getTime()))].sort((a, b) => a - b);
  const found = new Map(cells.map((cell) => [keyOf(cell.release, cell.at.getTime()), cell]));
  return times.flatMap((at) => {
    const end = at + range.step * 1000;
    while (pending[0] && pending[0].at.getTime() < end) {
      const { target, release, weight } = pending.shift() as Share;
      weights.set(keyOf(release, target), weight);
    }
    const seconds = Math.min(Math.max((range.to - at) / 1000, 1), range.step);
    return releases.map(({ release }) => {
      const sum = targets.reduce((all, one) => all + (weights.get(keyOf(release, one)) ?? 0), 0);
      const weight = targets.length === 0 ? 0 : round(sum / targets.length);
      const figures = figuresOf(found.get(keyOf(release, at)), seconds, series.quantile);
      return { at: new Date(at).toISOString(), release, weight, ...figures };
    });
  });
}

const keyOf = (release: string, of: string | number): string => `${release} ${of}`;

/** Before a target says anything else, all that it serves is the stable release. */
function firstWeights({ releases, targets }: Series): Map<string, number> {
  const weights = new Map<string, number>();
  for (const { release, role } of releases) {
    for (const target of targets) weights.set(keyOf(release, target), role === 'stable' ? 100 : 0);
  }
  return weights;
}

/** `seconds`: of the cell under way only those that are over. */
function figuresOf(cell: Cell | undefined, seconds: number, quantile: Quantile) {
  const requests = cell?.requests ?? 0;
  const histogram = histogramOf(cell?.latency ?? {});
  return {
    requests,
    rps: round(requests / seconds),
    errorRate: requests === 0 ? null : Math.min(1, (cell?.errors ?? 0) / requests),
    p50: quantile(histogram, 0.5),
    p95: quantile(histogram, 0.95),
    p99: quantile(histogram, 0.99),
  };
}

function histogramOf(latency: Cell['latency']): Histogram {
  const { '+Inf': beyond = 0, ...within } = latency;
  const bounds = Object.entries(within)
    .map(([le, count]) => ({ le: Number(le), count }))
    .sort((a, b) => a.le - b.le);
  const counts: number[] = [];
  for (const { count } of [...bounds, { count: beyond }]) counts.push((counts.at(-1) ?? 0) + count);
  return { le: bounds.map(({ le }) => le), counts };
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
