import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { routerSource } from '../../src/integrations/metric-source/router/router.ts';
import type { Json } from '../../src/platform/ids/types.ts';

describe('counters that cannot be', () => {
  const whole = fc.oneof(fc.nat(1_000), fc.constantFrom(0, Number.MAX_SAFE_INTEGER));
  const counters = fc.record({
    epoch: fc.constantFrom('a', 'b'),
    requests: whole,
    errors: whole,
    latency: fc.record({
      // JSON has no -0, and a bound of it is 0.
      le: fc.array(
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((bound) => bound + 0),
        { maxLength: 4 },
      ),
      counts: fc.array(whole, { maxLength: 6 }),
      sumSeconds: fc.constant(0),
    }),
  });
  const question = {
    subject: {
      application: 'shop',
      environment: 'production',
      targets: ['eu-1', 'us-1'],
      candidate: 'r-2',
      stable: 'r-1',
      rollout: 'ro-1',
    },
    args: {},
  };
  const rows = fc.array(
    fc.record({
      target: fc.constantFrom('eu-1', 'us-1'),
      release: fc.constantFrom('r-1', 'r-2', 'nobody-asked'),
      counters,
    }),
    { maxLength: 6 },
  );
  test('a measurement of any of them is JSON, and no request gives no data', async () => {
    await fc.assert(
      fc.asyncProperty(rows, rows, async (first, second) => {
        const reads = [first, second];
        const source = routerSource({
          readCounters: async () => reads.shift() ?? [],
          clock: () => 1_000,
        });
        const ask = (baseline: Json) =>
          source.measure(
            { ...question, provider: { router: {} }, baseline },
            new AbortController().signal,
          );
        const one = await ask(null);
        const two = await ask(one.ok ? one.baseline : null);
        for (const measured of [one, two]) {
          expect(measured.ok).toBe(true);
          if (!measured.ok || measured.value === null) continue;
          expect(JSON.parse(JSON.stringify(measured.value))).toEqual(measured.value);
        }
        if (one.ok && first.every((row) => row.release !== 'r-2' || row.counters.requests === 0))
          expect(one.value).toBeNull();
      }),
      { numRuns: 300 },
    );
  });
});
