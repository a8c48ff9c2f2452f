import { expect, test } from 'vitest';
import type { HistogramArm, SequentialResult, SequentialSettings } from '../types.ts';
import { type HistogramEvidence, judgeHistograms } from './histograms.ts';
import { histogram, settings, told } from './sequential.fixture.ts';

/** Bounds 15 % apart, and a usual latency of 100 requests a look. */
const le = Array.from({ length: 12 }, (_, at) => 0.1 * 1.15 ** at);
const usual = [4, 6, 10, 15, 18, 16, 12, 8, 5, 3, 2, 1, 0];
const slower = [0, ...usual.slice(0, -1)];
const faster = [...usual.slice(1), 0];
const longTail = [4, 6, 10, 15, 18, 16, 12, 4, 1, 2, 2, 2, 8];
const none = usual.map(() => 0);
const relative = settings({ minimumChange: { is: 'relative', by: 0.15 } });

function repeat(
  candidate: readonly number[],
  by: SequentialSettings,
  bounds: readonly number[] = le,
): { readonly looks: number; readonly result: SequentialResult<HistogramEvidence> } {
  const look = { candidate: histogram(bounds, candidate), stable: histogram(bounds, usual) };
  let result = judgeHistograms(null, look, by);
  let looks = 1;
  while (result.decision === 'continue' && looks < 200) {
    result = judgeHistograms(structuredClone(result.evidence), look, by);
    looks += 1;
  }
  return { looks, result };
}

test('the first look only teaches', () => {
  const result = judgeHistograms(
    null,
    { candidate: histogram(le, slower), stable: histogram(le, usual) },
    relative,
  );
  expect(result).toMatchObject({ decision: 'continue', harm: { value: 1 }, safety: { value: 1 } });
  expect(result.candidate ?? 0).toBeCloseTo((result.stable ?? 0) * 1.15, 3);
});

test('15 % slower is found within 400 requests, and so is a long tail below an unchanged median', () => {
  const shifted = repeat(slower, relative);
  expect(shifted.result.decision).toBe('fail');
  expect(shifted.looks).toBeLessThanOrEqual(5);
  const tail = repeat(longTail, relative);
  expect(tail.result.decision).toBe('fail');
  expect(tail.looks).toBeLessThanOrEqual(10);
});

test('an equal or a faster candidate passes', () => {
  const same = repeat(usual, relative);
  const better = repeat(faster, relative);
  expect(same.result.decision).toBe('pass');
  expect(better.result.decision).toBe('pass');
  expect(better.looks).toBeLessThan(same.looks);
});

test('what is still needed is about what it then takes', () => {
  const look = { candidate: histogram(le, usual), stable: histogram(le, usual) };
  const first = judgeHistograms(null, look, relative);
  const { looks } = repeat(usual, relative);
  expect(first.needed() ?? 0).toBeGreaterThan((looks * 100) / 2);
  expect(first.needed() ?? 0).toBeLessThan(looks * 100 * 2);
});

test('a change smaller than a bucket is widened to the next bound and says so', () => {
  const narrow = settings({ minimumChange: { is: 'relative', by: 0.02 } });
  const look = { candidate: histogram(le, usual), stable: histogram(le, usual) };
  expect(judgeHistograms(null, look, narrow).needed()).toBeNull();
  expect(repeat(usual, narrow).looks).toBe(repeat(usual, relative).looks);
});

test('shorter is harm where less is worse', () => {
  const down = settings({ harm: 'decrease', minimumChange: { is: 'relative', by: 0.15 } });
  expect(repeat(faster, down).result.decision).toBe('fail');
  expect(repeat(slower, down).result.decision).toBe('pass');
  const either = settings({ harm: 'either', minimumChange: { is: 'relative', by: 0.15 } });
  expect(repeat(faster, either).result.decision).toBe('fail');
  expect(repeat(slower, either).result.decision).toBe('fail');
  expect(repeat(usual, either).result.decision).toBe('pass');
});

const good = histogram(le, usual);

test.each<readonly [string, HistogramArm, HistogramArm | null]>([
  ['no stable side', good, null],
  ['a stable side without requests', good, histogram(le, none)],
  ['falling counts', { le, counts: [...good.counts].reverse() }, good],
  ['counts that are no numbers', { le, counts: good.counts.map(() => Number.NaN) }, good],
  ['other bounds on each side', good, histogram([...le.slice(0, -1), 9], usual)],
])('%s changes nothing', (_, candidate, stable) => {
  const two = { candidate: good, stable: good };
  const before = judgeHistograms(judgeHistograms(null, two, relative).evidence, two, relative);
  const after = judgeHistograms(before.evidence, { candidate, stable }, relative);
  expect(told(after)).toEqual(told(before));
  expect(judgeHistograms(null, { candidate, stable }, relative).decision).toBe('continue');
});

test('with new bounds it learns again and keeps its evidence', () => {
  const { result } = repeat(slower, settings({ falseAlarm: 1e-9, missedHarm: 1e-300 }));
  const other = le.map((bound) => bound * 1.01);
  const look = { candidate: histogram(other, usual), stable: histogram(other, usual) };
  const after = judgeHistograms(result.evidence, look, relative);
  expect(after.harm).toEqual({ ...result.harm, bound: 20 });
  expect(after.evidence.le).toEqual(other);
});

test('evidence stays bounded and finite over many requests', () => {
  const many = usual.map((count) => count * 1000);
  const { result } = repeat(usual, settings({ missedHarm: 1e-300 }));
  let evidence = result.evidence;
  for (let at = 0; at < 20; at += 1) {
    const look = { candidate: histogram(le, many), stable: histogram(le, many) };
    evidence = judgeHistograms(evidence, look, relative).evidence;
  }
  expect(JSON.parse(JSON.stringify(evidence))).toEqual(evidence);
  expect(JSON.stringify(evidence).length).toBeLessThan(3000);
});
