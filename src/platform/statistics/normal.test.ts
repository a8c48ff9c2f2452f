import { expect, test } from 'vitest';
import { normalCdf, normalQuantile } from './normal.ts';

// Abramowitz and Stegun, Handbook of Mathematical Functions, table 26.1 and 26.2; the far tails are Q(x) of table 26.2.
test.each([
  [0, 0.5],
  [0.5, 0.691462461274013],
  [1, 0.841344746068543],
  [1.5, 0.933192798731142],
  [2, 0.977249868051821],
  [3, 0.99865010196837],
  [-1, 0.158655253931457],
  [-2, 0.0227501319481792],
])('the chance to be at most %d is %d', (z, chance) => {
  expect(Math.abs(normalCdf(z) - chance)).toBeLessThan(1e-15);
});

test.each([
  [-5, 2.866515718791939e-7],
  [-6, 9.86587645037698e-10],
  [-8, 6.220960574271784e-16],
  [-10, 7.619853024160525e-24],
  [-20, 2.753624118606234e-89],
])('the tail below %d is %d, to 14 digits of its own', (z, chance) => {
  expect(Math.abs(normalCdf(z) / chance - 1)).toBeLessThan(1e-14);
});

test.each([
  [0.5, 0],
  [0.75, 0.6744897501960817],
  [0.9, 1.2815515655446004],
  [0.95, 1.6448536269514722],
  [0.975, 1.959963984540054],
  [0.99, 2.3263478740408408],
  [0.995, 2.5758293035489004],
  [0.01, -2.3263478740408408],
  [1e-10, -6.361340902404056],
  [1e-300, -37.0471],
])('the quantile of %d is %d', (chance, z) => {
  expect(normalQuantile(chance)).toBeCloseTo(z, chance === 1e-300 ? 4 : 14);
});

test('the quantile undoes the distribution over its whole range', () => {
  for (let z = -8; z <= 5; z += 0.0625) {
    expect(Math.abs(normalQuantile(normalCdf(z)) - z)).toBeLessThan(z < 0 ? 1e-13 : 1e-8);
  }
});

test('the parts meet without a step', () => {
  for (const z of [0.67448975, Math.sqrt(32)]) {
    const [below, above] = [normalCdf(-z * (1 + 1e-13)), normalCdf(-z * (1 - 1e-13))];
    expect(above / below).toBeGreaterThan(1);
    expect(above / below).toBeLessThan(1 + 1e-10);
  }
});

test('ends and nonsense', () => {
  expect(normalCdf(Number.POSITIVE_INFINITY)).toBe(1);
  expect(normalCdf(Number.NEGATIVE_INFINITY)).toBe(0);
  expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
  expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
  expect([normalCdf(Number.NaN), normalQuantile(1.1), normalQuantile(Number.NaN)]).toEqual([
    Number.NaN,
    Number.NaN,
    Number.NaN,
  ]);
});
