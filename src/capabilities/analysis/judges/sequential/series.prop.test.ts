import fc from 'fast-check';
import { expect, test } from 'vitest';
import { advance, persistenceOf, type SeriesEvidence, startSeries } from './series.ts';

const runs = { seed: 20260719, numRuns: 60 };
const sizes = fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), {
  minLength: 1,
  maxLength: 9,
});

/** The e-value after `sizes`, of which bit `at` of `signs` says the sign, each lowered by `less`. */
function valueAfter(sizes: readonly number[], signs: number, less: number): number {
  let evidence: SeriesEvidence = startSeries;
  for (const [at, size] of sizes.entries()) {
    const news = ((signs >> at) & 1 ? size : -size) - less;
    const carried = at === 0 ? 0 : persistenceOf(evidence) * evidence.last;
    evidence = advance(evidence, carried + news);
  }
  return Math.exp(evidence.capital.log);
}

function meanOver(sizes: readonly number[], less: number): number {
  let sum = 0;
  for (let signs = 0; signs < 2 ** sizes.length; signs += 1) sum += valueAfter(sizes, signs, less);
  return sum / 2 ** sizes.length;
}

test('over all signs of what is new in each look the mean is 1', () => {
  fc.assert(
    fc.property(sizes, (all) => {
      expect(meanOver(all, 0)).toBeCloseTo(1, 8);
    }),
    runs,
  );
});

test('it is not above 1 where the centre is below 0', () => {
  fc.assert(
    fc.property(sizes, fc.double({ min: 0.1, max: 50, noNaN: true }), (all, less) => {
      expect(meanOver(all, less)).toBeLessThanOrEqual(1 + 1e-12);
    }),
    runs,
  );
});

test('it shrinks where the centre is clearly below 0', () => {
  expect(meanOver([1, 2, 1, 3], 1.5)).toBeLessThan(0.6);
});

test('the persistence is found, on the high side, and stays within its bounds', () => {
  const noise = (at: number) => {
    const mixed = Math.sin(at * 12.9898) * 43758.5453;
    return mixed - Math.floor(mixed) - 0.5;
  };
  const of = (persistence: number) => {
    let evidence: SeriesEvidence = startSeries;
    let x = 0;
    for (let at = 0; at < 2000; at += 1) {
      x = persistence * x + noise(at);
      evidence = advance(evidence, x);
    }
    return persistenceOf(evidence);
  };
  expect(persistenceOf(startSeries)).toBe(0.8);
  expect(of(0.7)).toBeGreaterThan(0.68);
  expect(of(0.7)).toBeLessThan(0.8);
  expect(of(-0.5)).toBeLessThan(0.1);
  expect(of(1)).toBeLessThanOrEqual(0.95);
});
