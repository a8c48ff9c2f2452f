import { expect, test } from 'vitest';
import type { Outcome } from '../../examples/load/tally.ts';
import { countRequests } from './traffic.ts';

const failure = (dueAt: number, endedAt: number, more: Partial<Outcome> = {}): Outcome => ({
  url: 'http://127.0.0.1:1',
  status: null,
  release: null,
  reason: 'ECONNREFUSED',
  dueAt,
  endedAt,
  ...more,
});
const away = [{ from: 1_000, until: 2_000 }];
const bad = new Set(['r-bad']);
const count = (...failed: readonly Outcome[]) => countRequests(100, failed, away, bad);

test('a request that met the time in which the agent was away counts apart', () => {
  const met = [failure(900, 1_000), failure(1_500, 1_501), failure(2_000, 2_400)];
  expect(count(...met)).toMatchObject({ lost: 0, whileAgentWasAway: 3 });
  expect(count(failure(900, 999), failure(2_001, 2_400))).toMatchObject({ lost: 2 });
});

test('only the 5xx answers of a bad version are its own', () => {
  const own = failure(10, 20, { status: 500, release: 'r-bad', reason: null });
  const other = failure(10, 20, { status: 500, release: 'r-good', reason: null });
  const nobody = failure(10, 20, { status: 503, reason: null });
  const counted = count(own, other, nobody);
  expect(counted).toMatchObject({ lost: 2, failedByBadVersions: 1 });
  expect(counted.firstLost[0]).toContain('500 of r-good, due 10 ms before');
});
