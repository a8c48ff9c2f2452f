import { expect, test } from 'vitest';
import type { RateLook, SequentialResult, SequentialSettings } from '../types.ts';
import { judgeRates, type RateEvidence } from './rates.ts';
import { settings, told } from './sequential.fixture.ts';

const look = (candidate: [number, number], stable: [number, number] | null): RateLook => ({
  candidate: { total: candidate[0], events: candidate[1] },
  stable: stable === null ? null : { total: stable[0], events: stable[1] },
});

/** The same look until a decision, or the last of 400. */
function repeat(
  one: RateLook,
  by: SequentialSettings,
): { readonly looks: number; readonly result: SequentialResult<RateEvidence> } {
  let result = judgeRates(null, one, by);
  let looks = 1;
  while (result.decision === 'continue' && looks < 400) {
    result = judgeRates(structuredClone(result.evidence), one, by);
    looks += 1;
  }
  return { looks, result };
}

test('six errors of a candidate with half of the traffic, none at the stable side, are harm', () => {
  const { looks, result } = repeat(look([50, 1], [50, 0]), settings());
  expect(result.decision).toBe('fail');
  expect(looks).toBe(6);
  expect(result).toMatchObject({ candidate: 0.02, stable: 0, harm: { bound: 20 } });
});

test('without a single error it passes after about log(20) / 1 % requests', () => {
  const { looks, result } = repeat(look([10, 0], [90, 0]), settings());
  expect(result.decision).toBe('pass');
  expect(looks * 10).toBeGreaterThanOrEqual(300);
  expect(looks * 10).toBeLessThanOrEqual(420);
});

test('it does not pass before the least sample', () => {
  const { looks } = repeat(look([10, 0], [90, 0]), settings({ minimumSample: 700 }));
  expect(looks).toBe(70);
});

test('what is still needed falls to 0 as it nears the decision, and is about right', () => {
  const by = settings();
  const same = look([100, 1], [900, 9]);
  let result = judgeRates(null, same, by);
  const first = result.needed() ?? 0;
  let used = 0;
  for (; result.decision === 'continue'; used += 100) {
    result = judgeRates(result.evidence, same, by);
  }
  expect(result.decision).toBe('pass');
  expect(result.needed()).toBe(0);
  expect(first).toBeGreaterThan(used / 2);
  expect(first).toBeLessThan(used * 2);
});

test('fewer conversions are harm where events are good', () => {
  const down = settings({ harm: 'decrease' });
  expect(repeat(look([100, 10], [100, 30]), down).result.decision).toBe('fail');
  expect(repeat(look([100, 30], [100, 10]), down).result.decision).toBe('pass');
});

test.each(['increase', 'decrease'] as const)('a relative change is ruled out for %s', (harm) => {
  const by = settings({ harm, minimumChange: { is: 'relative', by: 0.3 } });
  expect(repeat(look([100, 20], [100, 20]), by).result.decision).toBe('pass');
});

test('either way is harm, and neither is what passes', () => {
  const either = settings({ harm: 'either', minimumChange: { is: 'absolute', by: 0.05 } });
  expect(repeat(look([100, 10], [100, 30]), either).result.decision).toBe('fail');
  expect(repeat(look([100, 30], [100, 10]), either).result.decision).toBe('fail');
  expect(repeat(look([100, 20], [100, 20]), either).result.decision).toBe('pass');
});

test('harm wins over safety', () => {
  const { evidence } = repeat(look([50, 1], [50, 0]), settings()).result;
  const [side] = evidence.sides;
  if (!side) throw new Error('no side');
  const both = { ...evidence, sides: [{ ...side, safety: { ...side.safety, log: 10 } }] };
  const result = judgeRates(both, look([50, 1], [50, 0]), settings());
  expect(result.safety.value).toBeGreaterThan(20);
  expect(result.decision).toBe('fail');
});

test.each([
  look([10, 1], null),
  look([10, 1], [0, 0]),
  look([10, 11], [10, 0]),
  look([10, -1], [10, 0]),
  look([Number.NaN, 0], [10, 0]),
  look([10, 0], [Number.POSITIVE_INFINITY, 0]),
  look([10, 0.5], [10, 0]),
])('a look that says nothing changes nothing: %o', (bad) => {
  const before = judgeRates(null, look([20, 2], [80, 1]), settings());
  const after = judgeRates(before.evidence, bad, settings());
  expect(after.evidence).toEqual(before.evidence);
  expect(told(after)).toEqual(told(before));
  expect(judgeRates(null, bad, settings()).candidate).toBeNull();
});

test('harm that begins after a long time without is found', () => {
  let result = judgeRates(null, look([100, 1], [100, 1]), settings({ missedHarm: 1e-300 }));
  const next = (one: RateLook) => {
    result = judgeRates(result.evidence, one, settings({ missedHarm: 1e-300 }));
  };
  for (let at = 0; at < 5000; at += 1) next(look([100, 1], [100, 1]));
  for (let at = 0; at < 10; at += 1) next(look([100, 10], [100, 1]));
  expect(result.decision).toBe('fail');
});

test('a million requests a look stay exact and finite', () => {
  const { result } = repeat(look([500_000, 250_000], [500_000, 250_000]), settings());
  expect(result.decision).toBe('pass');
  expect(JSON.parse(JSON.stringify(told(result)))).toEqual(told(result));
  expect(repeat(look([500_000, 260_000], [500_000, 250_000]), settings()).looks).toBe(1);
});
