import { build, type Histogram } from 'hdr-histogram-js';

/** What came back for one request. Times are milliseconds since the epoch. */
export type Outcome = {
  readonly url: string;
  /** Null when there was no answer; then `reason` says why. */
  readonly status: number | null;
  /** Value of `x-tidegate-release`; null without an answer or without the header. */
  readonly release: string | null;
  readonly reason: string | null;
  /** When it was due, which is when a user would have begun to wait. */
  readonly dueAt: number;
  readonly endedAt: number;
};

/** Latencies in milliseconds, from the moment that a request was due. */
export type Stats = {
  readonly requests: number;
  /** Answers with status 500–599, and requests without an answer. */
  readonly failed: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  readonly firstAt: number | null;
  readonly lastAt: number | null;
};

export type LoadReport = {
  readonly seconds: number;
  readonly requests: number;
  readonly failed: number;
  readonly inFlight: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** Requests without an answer, by reason. */
  readonly failures: Readonly<Record<string, number>>;
  /** By release; `none` holds answers that name no release, and requests without an answer. */
  readonly releases: Readonly<Record<string, Stats>>;
  /** By address, then by release. */
  readonly urls: Readonly<Record<string, Readonly<Record<string, Stats>>>>;
};

type Cell = {
  requests: number;
  failed: number;
  firstAt: number | null;
  lastAt: number | null;
  readonly latency: Histogram;
};

export const noRelease = 'none';

export function isFailed(outcome: Pick<Outcome, 'status'>): boolean {
  return outcome.status === null || outcome.status >= 500;
}

/** Counts outcomes as they come; a report can be had at any time. */
export function createTally() {
  const byStatus = new Map<string, number>();
  const failures = new Map<string, number>();
  const cells = new Map<string, Map<string, Cell>>();
  const totals = { requests: 0, failed: 0 };
  return {
    add(outcome: Outcome): void {
      totals.requests += 1;
      if (isFailed(outcome)) totals.failed += 1;
      if (outcome.status === null) count(failures, outcome.reason ?? 'unknown');
      else count(byStatus, String(outcome.status));
      addTo(cellOf(cells, outcome.url, outcome.release ?? noRelease), outcome);
    },
    report(seconds: number, inFlight: number): LoadReport {
      const releases = new Set([...cells.values()].flatMap((row) => [...row.keys()]));
      return {
        seconds,
        ...totals,
        inFlight,
        byStatus: Object.fromEntries(byStatus),
        failures: Object.fromEntries(failures),
        releases: Object.fromEntries(
          [...releases].map((release) => [release, statsOf(columnOf(cells, release))]),
        ),
        urls: Object.fromEntries(
          [...cells].map(([url, row]) => [
            url,
            Object.fromEntries([...row].map(([release, cell]) => [release, statsOf([cell])])),
          ]),
        ),
      };
    },
  };
}

function cellOf(cells: Map<string, Map<string, Cell>>, url: string, release: string): Cell {
  const row = cells.get(url) ?? new Map<string, Cell>();
  cells.set(url, row);
  const cell = row.get(release) ?? {
    requests: 0,
    failed: 0,
    firstAt: null,
    lastAt: null,
    latency: newHistogram(),
  };
  row.set(release, cell);
  return cell;
}

function columnOf(cells: Map<string, Map<string, Cell>>, release: string): Cell[] {
  return [...cells.values()].flatMap((row) => row.get(release) ?? []);
}

function addTo(cell: Cell, outcome: Outcome): void {
  cell.requests += 1;
  if (isFailed(outcome)) cell.failed += 1;
  cell.firstAt ??= outcome.endedAt;
  cell.lastAt = outcome.endedAt;
  cell.latency.recordValue(Math.max(1, Math.round((outcome.endedAt - outcome.dueAt) * 1000)));
}

// Microseconds up to ten minutes, three digits.
const newHistogram = (): Histogram =>
  build({ highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: 3 });

function statsOf(cells: readonly Cell[]): Stats {
  const latency = newHistogram();
  for (const cell of cells) latency.add(cell.latency);
  const at = (percentile: number): number =>
    Math.round(latency.getValueAtPercentile(percentile)) / 1000;
  const times = (pick: (cell: Cell) => number | null): number[] =>
    cells.flatMap((cell) => pick(cell) ?? []);
  const first = times((cell) => cell.firstAt);
  const last = times((cell) => cell.lastAt);
  return {
    requests: sum(cells.map((cell) => cell.requests)),
    failed: sum(cells.map((cell) => cell.failed)),
    p50: at(50),
    p95: at(95),
    p99: at(99),
    max: latency.maxValue / 1000,
    firstAt: first.length > 0 ? Math.min(...first) : null,
    lastAt: last.length > 0 ? Math.max(...last) : null,
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const count = (map: Map<string, number>, key: string): void => {
  map.set(key, (map.get(key) ?? 0) + 1);
};
