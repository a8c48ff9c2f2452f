import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Bucket, takeToken } from './wrapped.ts';

test('however they come, no more begin in any span of time than the limit allows', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 60 });
  const limits = fc.record({
    perSecond: fc.integer({ min: 1, max: 20 }),
    burst: fc.integer({ min: 1, max: 10 }),
  });
  fc.assert(
    fc.property(gaps, limits, (given, limit) => {
      const begun: number[] = [];
      let bucket: Bucket | undefined;
      let now = 1_000_000;
      for (const gap of given) {
        now += gap;
        const taken = takeToken(bucket, limit, now);
        bucket = taken.bucket;
        begun.push(now + taken.wait);
      }
      const sorted = begun.toSorted((a, b) => a - b);
      for (const [first, from] of sorted.entries()) {
        for (const [last, to] of sorted.entries()) {
          if (last < first) continue;
          // One millisecond for the rounding of each end.
          const allowed = limit.burst + ((to - from + 2) / 1_000) * limit.perSecond;
          expect(last - first + 1).toBeLessThanOrEqual(allowed + 1e-6);
        }
      }
    }),
    { seed: 11, numRuns: 200 },
  );
});

test('nobody waits while there is a token, nor for a clock that was set back', () => {
  const limit = { perSecond: 1, burst: 2 };
  const first = takeToken(undefined, limit, 1_000);
  const second = takeToken(first.bucket, limit, 500);
  expect([first.wait, second.wait]).toEqual([0, 0]);
  expect(takeToken(second.bucket, limit, 1_000).wait).toBe(1_000);
});
