import { expect, test } from 'vitest';
import { metricSourceContract } from '../contract.ts';
import type { MetricAnswer } from '../port.ts';
import { questionOf } from '../question.fixture.ts';
import { type CountedRelease, routerSource } from './router.ts';

type Counts = readonly [requests: number, errors: number, counts?: readonly number[]];

function row(target: string, release: string, given: Counts, epoch = 'e1'): CountedRelease {
  const [requests, errors, counts = [requests, requests, requests]] = given;
  const latency = { le: [0.1, 1], counts, sumSeconds: requests * 0.05 };
  return { target, release, counters: { epoch, requests, errors, latency } };
}

/** A router whose counters are what was last set, and a clock that is ten seconds further at each look. */
function world() {
  const state = {
    rows: [] as readonly CountedRelease[],
    now: 0,
    last: null as MetricAnswer | null,
  };
  const source = routerSource({ readCounters: async () => state.rows, clock: () => state.now });
  return async (rows: readonly CountedRelease[]) => {
    state.rows = rows;
    state.now += 10_000;
    const baseline = state.last?.ok ? state.last.baseline : null;
    const question = questionOf({ router: {} }, { baseline });
    state.last = await source.measure(question, AbortSignal.timeout(1000));
    return state.last.ok ? state.last.value : state.last.problem;
  };
}

test('figures are those since the last look, over all targets', async () => {
  const look = world();
  const first = await look([
    row('eu-1', 'r-2', [100, 0]),
    row('eu-1', 'r-1', [900, 9]),
    row('us-1', 'r-1', [900, 0]),
  ]);
  expect(first).toMatchObject({
    result: { requests: 100, errors: 0, errorRate: 0, rps: null },
    stable: { requests: 1800, errors: 9, errorRate: 0.005 },
  });
  const second = await look([
    row('eu-1', 'r-2', [150, 5, [140, 150, 150]]),
    row('us-1', 'r-2', [50, 0]),
    row('eu-1', 'r-1', [1000, 10]),
    row('us-1', 'r-1', [1000, 0]),
  ]);
  expect(second).toMatchObject({
    result: { requests: 100, errors: 5, errorRate: 0.05, rps: 10 },
    stable: { requests: 200, errors: 1, errorRate: 0.005, rps: 20 },
  });
  const { p50, p95 } = (second as { result: { p50: number; p95: number } }).result;
  expect(p50).toBeCloseTo(0.1 * (50 / 90), 9);
  expect(p95).toBeCloseTo(0.1 + 0.9 * (5 / 10), 9);
});

test('no request since the last look is no data, though there were some before', async () => {
  const look = world();
  const rows = [row('eu-1', 'r-2', [100, 0]), row('eu-1', 'r-1', [900, 9])];
  expect(await look(rows)).not.toBeNull();
  expect(await look(rows)).toBeNull();
  expect(await look([])).toBeNull();
});

test('a stable release without a request is null', async () => {
  expect(await world()([row('eu-1', 'r-2', [10, 1])])).toMatchObject({ stable: null });
});

test.each([
  ['a new epoch', row('eu-1', 'r-2', [120, 6], 'e2'), 120, 6],
  ['fewer requests', row('eu-1', 'r-2', [30, 3]), 30, 3],
  ['fewer errors', row('eu-1', 'r-2', [110, 1]), 110, 1],
  ['a smaller bucket', row('eu-1', 'r-2', [110, 5, [50, 110, 110]]), 110, 5],
  ['other buckets', row('eu-1', 'r-2', [110, 5, [110, 110]]), 110, 5],
])('counters that began anew are taken from zero: %s', async (_name, next, requests, errors) => {
  const look = world();
  await look([row('eu-1', 'r-2', [100, 5])]);
  expect(await look([next])).toMatchObject({
    result: { requests, errors, errorRate: errors / requests },
  });
});

test('a target that was silent for once does not count its old requests again', async () => {
  const look = world();
  await look([row('eu-1', 'r-2', [100, 50]), row('us-1', 'r-2', [100, 0])]);
  await look([row('us-1', 'r-2', [110, 0])]);
  expect(await look([row('eu-1', 'r-2', [110, 50]), row('us-1', 'r-2', [120, 0])])).toMatchObject({
    result: { requests: 20, errors: 0 },
  });
});

test('latencies counted with different bounds have no percentile, but the rest is there', async () => {
  const other = row('us-1', 'r-2', [10, 0]);
  const latency = { ...other.counters.latency, le: [0.2, 2] };
  const strange = { ...other, counters: { ...other.counters, latency } };
  expect(await world()([row('eu-1', 'r-2', [10, 0]), strange])).toMatchObject({
    result: { requests: 20, p50: null, p95: null, p99: null },
  });
});

metricSourceContract('router', async () => {
  const rows: Record<string, readonly CountedRelease[]> = {
    checkout: [row('eu-1', 'r-2', [10, 0])],
    quiet: [row('eu-1', 'r-2', [0, 0]), row('eu-1', 'r-1', [5, 0])],
  };
  const readCounters = async (_targets: readonly string[], application: string) => {
    const found = rows[application];
    if (!found) throw new Error('the database is away');
    return found;
  };
  const of = (application: string) => {
    const question = questionOf({ router: {} });
    return { ...question, subject: { ...question.subject, application } };
  };
  return {
    source: routerSource({ readCounters, clock: () => 1 }),
    value: of('checkout'),
    noData: of('quiet'),
    silent: of('away'),
    end: async () => {},
  };
});
