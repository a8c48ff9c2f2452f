import fc from 'fast-check';
import { expect, test } from 'vitest';
import { closestWorse, divergence, logRatio } from './half-plane.ts';
import { binomialChance } from './sequential.fixture.ts';

const runs = { seed: 20260716, numRuns: 200 };
const size = fc.integer({ min: 1, max: 500 });
const share = fc.double({ min: 0.0001, max: 0.7, noNaN: true });
const plane = fc.oneof(
  fc.record({ add: fc.double({ min: 0.001, max: 0.2, noNaN: true }), times: fc.constant(1) }),
  fc.record({ add: fc.constant(0), times: fc.double({ min: 1.01, max: 1.4, noNaN: true }) }),
);

test('no pair of a fine grid on the edge is closer', () => {
  fc.assert(
    fc.property(size, size, share, plane, (candidate, stable, both, half) => {
      const found = closestWorse(both, { candidate, stable }, half);
      expect(found).not.toBeNull();
      if (found === null) return;
      const cost = (s: number) =>
        candidate * divergence(both, half.add + half.times * s) + stable * divergence(both, s);
      expect(found.candidate).toBeCloseTo(half.add + half.times * found.stable, 12);
      const best = cost(found.stable);
      const most = (1 - half.add) / half.times;
      for (let at = 1; at < 2000; at += 1) {
        expect(cost((most * at) / 2000)).toBeGreaterThanOrEqual(best - 1e-9 * (1 + best));
      }
    }),
    { ...runs, numRuns: 60 },
  );
});

test('the mean of the ratio is at most 1 for every pair of shares within the half plane', () => {
  const few = fc.integer({ min: 1, max: 8 });
  const unit = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(few, few, share, plane, unit, unit, (n, m, both, half, along, above) => {
      const worse = closestWorse(both, { candidate: n, stable: m }, half);
      expect(worse).not.toBeNull();
      if (worse === null) return;
      const s = (along * (1 - half.add)) / half.times;
      const edge = Math.min(1, half.add + half.times * s);
      const c = edge + above * (1 - edge);
      let mean = 0;
      for (let i = 0; i <= n; i += 1) {
        for (let j = 0; j <= m; j += 1) {
          const ratio = logRatio(
            { total: n, events: i },
            { total: m, events: j },
            { candidate: both, stable: both },
            worse,
          );
          mean += binomialChance(n, i, c) * binomialChance(m, j, s) * Math.exp(ratio);
        }
      }
      expect(mean).toBeLessThanOrEqual(1 + 1e-9);
    }),
    runs,
  );
});

test('there is nothing to compare with where equal shares are already too much or nothing could be', () => {
  const sizes = { candidate: 10, stable: 10 };
  expect(closestWorse(0.1, sizes, { add: 0, times: 1 })).toBeNull();
  expect(closestWorse(0.1, sizes, { add: 1, times: 1 })).toBeNull();
  expect(closestWorse(0.1, sizes, { add: -0.1, times: 1 })).toBeNull();
});
