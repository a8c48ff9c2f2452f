import { expect, test } from 'vitest';
import type { SequentialResult, SequentialSettings, ValueLook } from '../types.ts';
import { settings, told } from './sequential.fixture.ts';
import { judgeValues, type ValueEvidence } from './values.ts';

/** Differences that alternate around their centre, on top of a load that both sides share. */
const looks = (by: number, spread = 1): readonly ValueLook[] =>
  Array.from({ length: 300 }, (_, at) => {
    const load = 1000 + 300 * Math.sin(at / 20);
    const swing = [1, -1, 0.4, -0.6, 0.2, -1.3, 0.9, -0.1][(at * 5) % 8] ?? 0;
    return { candidate: load + by + spread * swing, stable: load };
  });

function judgeAll(
  all: readonly ValueLook[],
  by: SequentialSettings,
): { readonly at: number; readonly result: SequentialResult<ValueEvidence> } {
  let result = judgeValues(null, { candidate: null, stable: null }, by);
  for (const [at, look] of all.entries()) {
    result = judgeValues(structuredClone(result.evidence), look, by);
    if (result.decision !== 'continue') return { at: at + 1, result };
  }
  return { at: all.length, result };
}

const three = settings({ minimumChange: { is: 'absolute', by: 3 } });

test('a higher value under a load that both share is harm', () => {
  const { at, result } = judgeAll(looks(3), three);
  expect(result.decision).toBe('fail');
  expect(at).toBeLessThanOrEqual(25);
  expect((result.candidate ?? 0) - (result.stable ?? 0)).toBeCloseTo(3, 0);
});

test('an equal value passes, a lower one sooner', () => {
  const same = judgeAll(looks(0), three);
  const lower = judgeAll(looks(-3), three);
  expect(same.result.decision).toBe('pass');
  expect(lower.result.decision).toBe('pass');
  expect(lower.at).toBeLessThanOrEqual(same.at);
});

test('a lower value is harm where less is worse, and any difference where either is', () => {
  const decrease = { ...three, harm: 'decrease' as const };
  const either = { ...three, harm: 'either' as const };
  expect(judgeAll(looks(-3), decrease).result.decision).toBe('fail');
  expect(judgeAll(looks(3), decrease).result.decision).toBe('pass');
  expect(judgeAll(looks(-3), either).result.decision).toBe('fail');
  expect(judgeAll(looks(3), either).result.decision).toBe('fail');
  expect(judgeAll(looks(0), either).result.decision).toBe('pass');
});

test('a relative change is one of the stable value', () => {
  const relative = settings({ minimumChange: { is: 'relative', by: 0.01 } });
  expect(judgeAll(looks(0), relative).result.decision).toBe('pass');
});

test('it passes only with the least sample', () => {
  expect(judgeAll(looks(0), { ...three, minimumSample: 120 }).at).toBe(120);
});

test('a slow swing of one side alone is no harm', () => {
  const swinging = looks(0).map((look, at) => ({
    ...look,
    candidate: (look.candidate ?? 0) + 10 * Math.sin(at / 15),
  }));
  expect(judgeAll(swinging, { ...three, missedHarm: 1e-300 }).result.decision).toBe('continue');
});

test('the same values on both sides are no evidence of harm', () => {
  const { result } = judgeAll(
    looks(0).map(({ stable }) => ({ candidate: stable, stable })),
    { ...three, missedHarm: 1e-300 },
  );
  expect(result.harm.value).toBe(1);
});

test.each<ValueLook>([
  { candidate: null, stable: 1 },
  { candidate: 1, stable: null },
  { candidate: Number.NaN, stable: 1 },
  { candidate: 1, stable: Number.POSITIVE_INFINITY },
  { candidate: 1e200, stable: 1 },
])('a look that says nothing changes nothing: %o', (bad) => {
  const before = judgeAll(looks(0).slice(0, 7), three).result;
  expect(told(judgeValues(before.evidence, bad, three))).toEqual(told(before));
});

test('the largest values leave finite evidence', () => {
  const huge = looks(0).map((look, at) => ({ ...look, candidate: at % 2 ? 9e139 : -9e139 }));
  const { result } = judgeAll(huge, { ...three, missedHarm: 1e-300 });
  expect(JSON.parse(JSON.stringify(told(result)))).toEqual(told(result));
});

test('needed is unknown at first and then a number of looks', () => {
  const fine = settings({ minimumChange: { is: 'absolute', by: 1 } });
  expect(judgeAll(looks(0).slice(0, 2), fine).result.needed()).toBeNull();
  const needed = judgeAll(looks(0).slice(0, 12), fine).result.needed();
  expect(needed ?? 0).toBeGreaterThan(5);
  expect(needed ?? 0).toBeLessThan(300);
});
