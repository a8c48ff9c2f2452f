import { expect, test } from 'vitest';
import type { SequentialResult } from '../types.ts';
import { describeSequential } from './describe.ts';
import { judgeRates } from './rates.ts';
import { settings } from './sequential.fixture.ts';

const result = (over: Partial<SequentialResult<unknown>>): SequentialResult<unknown> => ({
  evidence: null,
  decision: 'continue',
  harm: { value: 0.5, bound: 100 },
  safety: { value: 2, bound: 20 },
  candidate: 0.3,
  stable: 0.25,
  needed: () => 1234,
  ...over,
});

test('a share that failed', () => {
  const evidence = { candidate: { total: 240, events: 12 }, stable: { total: 2160, events: 9 } };
  const failed = result({
    evidence,
    decision: 'fail',
    harm: { value: 340.9, bound: 100 },
    candidate: 0.05,
    stable: 9 / 2160,
  });
  expect(describeSequential(failed, 'errors', settings())).toBe(
    '5 % of 240 errored, stable 0.417 % of 2,160: evidence of harm 340 of 100 needed',
  );
});

test.each([
  ['errors', 'increase', 0.005, '30 % errored, stable 25 %', '1,200 more requests', '+0.5 %'],
  ['latency', 'increase', 0.02, 'p95 300 ms, stable 250 ms', '1,200 more requests', '+20 ms'],
  ['value', 'decrease', 7, '0.3, stable 0.25', '1,200 more looks', '-7'],
  ['value', 'either', 0.5, '0.3, stable 0.25', '1,200 more looks', '±0.5'],
] as const)('%s (%s) that goes on', (of, harm, by, seen, more, change) => {
  const text = describeSequential(
    result({}),
    of,
    settings({ harm, minimumChange: { is: 'absolute', by } }),
  );
  expect(text).toBe(`${seen}: no difference seen; about ${more} are needed to rule out ${change}`);
});

test('one more, an unknown number, and a suspicion', () => {
  const by = settings({ minimumChange: { is: 'relative', by: 0.1 } });
  expect(describeSequential(result({ needed: () => 1 }), 'value', by)).toMatch(
    /about 1 more look is/,
  );
  expect(describeSequential(result({ needed: () => null }), 'latency', by)).toMatch(
    /not yet known how much more is needed to rule out \+10 % of stable$/,
  );
  const leaning = result({ harm: { value: 4.26, bound: 100 } });
  expect(describeSequential(leaning, 'errors', by)).toMatch(/evidence of harm 4.2 of 100 needed;/);
});

test('a pass and no data', () => {
  const passed = result({ decision: 'pass', safety: { value: 1e300, bound: 20 } });
  expect(describeSequential(passed, 'errors', settings())).toMatch(
    /\+1 % is ruled out, evidence more than 10\^15 of 20 needed$/,
  );
  const nothing = judgeRates(
    null,
    { candidate: { total: 1, events: 0 }, stable: null },
    settings(),
  );
  expect(describeSequential(nothing, 'errors', settings())).toBe('no data of both sides yet');
});
