import fc from 'fast-check';
import { expect, test } from 'vitest';
import { classifyMetric } from './classify.ts';
import { series, settings } from './judge.fixture.ts';
import { judgeMannWhitney } from './judge.ts';

const runs = { seed: 20260715, numRuns: 200 };
const points = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 8, maxLength: 60 });
const mirrored = { high: 'low', low: 'high', pass: 'pass', nodata: 'nodata', error: 'error' };

test('changing sides makes high low, with bounds that allow everything', () => {
  fc.assert(
    fc.property(points, points, fc.integer({ min: 0, max: 2000 }), (a, b, by) => {
      const x = a.map((value) => value + by);
      const one = classifyMetric(series(x, b, { effectSize: { measure: 'cles' } }), 1);
      const other = classifyMetric(series(b, x, { effectSize: { measure: 'cles' } }), 1);
      expect(other.classification).toBe(mirrored[one.classification]);
    }),
    runs,
  );
});

test('enough added to a series is high, enough taken from it low', () => {
  fc.assert(
    fc.property(points, (y) => {
      const spread = Math.max(...y) - Math.min(...y);
      // Above 4 spreads the least difference is more than a quarter of the largest.
      const far = 4 * spread + 1;
      const up = y.map((value) => value + far);
      expect(classifyMetric(series(up, y), 1).classification).toBe('high');
      expect(classifyMetric(series(y, up), 1).classification).toBe('low');
    }),
    runs,
  );
});

test('the unit does not matter', () => {
  fc.assert(
    fc.property(points, points, fc.constantFrom(0.125, 4, 1024), (x, y, unit) => {
      const one = classifyMetric(series(x, y), 1);
      const scaled = series(
        x.map((value) => value * unit),
        y.map((value) => value * unit),
      );
      const other = classifyMetric(scaled, 1);
      expect(other.classification).toBe(one.classification);
      expect(other.effectSize ?? 0).toBeCloseTo(one.effectSize ?? 0, 10);
      expect(other.test?.p).toBe(one.test?.p);
    }),
    runs,
  );
});

test('identical series pass, whatever they are and however they are set', () => {
  const any = fc.array(fc.option(fc.double({ noNaN: false, noDefaultInfinity: true })), {
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(any, fc.boolean(), (x, critical) => {
      fc.pre(x.some((value) => value !== null && !Number.isNaN(value)));
      const same = series(x, x.toReversed(), { critical, mustHaveData: true });
      expect(judgeMannWhitney([same], settings())).toMatchObject({ verdict: 'pass', score: 100 });
    }),
    runs,
  );
});

test('the score is within 0 and 100, and a metric that failed never raises it', () => {
  const kind = fc.constantFrom('good', 'bad', 'silent');
  fc.assert(
    fc.property(fc.array(fc.tuple(kind, fc.constantFrom('a', 'b')), { minLength: 1 }), (made) => {
      const one = ([name, group]: readonly [string, string]) =>
        series(
          name === 'silent' ? [] : name === 'bad' ? [50, 60, 70, 80] : [1, 2, 3, 4],
          [1, 2, 3],
          {
            name,
            group,
            effectSize: { measure: 'cles', allowedIncrease: 0.9 },
          },
        );
      const groups = { a: 30, b: 70 };
      const before = judgeMannWhitney(made.map(one), settings({ groups }));
      expect(before.score).toBeGreaterThanOrEqual(0);
      expect(before.score).toBeLessThanOrEqual(100);
      const first = made[0];
      if (first === undefined || before.score === 0) return;
      const after = judgeMannWhitney(
        [...made, ['bad', first[1]] as const].map(one),
        settings({ groups }),
      );
      expect(after.score).toBeLessThanOrEqual(before.score);
    }),
    runs,
  );
});
