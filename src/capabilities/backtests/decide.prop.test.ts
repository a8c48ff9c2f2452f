import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backtest, record, template } from './backtests.fixture.ts';

const metric = fc.oneof(
  fc.record({
    failureCondition: fc.constantFrom('result.errorRate > 0.05', 'result.requests < 60', 'false'),
    failureLimit: fc.integer({ min: 1, max: 3 }),
    interval: fc.constantFrom('10s', '15s', '40s'),
  }),
  fc.record({
    sequential: fc.record({ of: fc.constantFrom('errors', 'latency') }),
    interval: fc.constantFrom('10s', '25s'),
    count: fc.integer({ min: 1, max: 10 }),
  }),
  fc.record({
    provider: fc.constant({
      prometheus: { address: 'http://localhost:9090', query: 'up{release="{{release}}"}' },
    }),
    successCondition: fc.constant('result[0] > 0.0'),
    consecutiveErrorLimit: fc.integer({ min: 2, max: 9 }),
  }),
);

test('the policy that judged it never differs', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(metric, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 0, max: 300 }),
      fc.constantFrom(0, 0.1, 0.4),
      fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined }),
      fc.boolean(),
      async (metrics, from, share, endAt, untilEnded) => {
        const named = metrics.map((one, index) => ({ name: `m${index}`, ...one }));
        const by = template('errors', named);
        const failing = (second: number) => (second >= from ? share : 0);
        const looks = await record({
          ...{ by, failing, untilEnded },
          ...(endAt === undefined ? {} : { endAt }),
        });
        const told = backtest([by], looks);
        expect(told.difference).toBe('same');
        expect(told.would.at).toBe(told.was.at);
        expect(told.analyses[0]?.leftOut).toEqual([]);
      },
    ),
    { numRuns: 60, seed: 7 },
  );
});
