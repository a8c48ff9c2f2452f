import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RateArm, SequentialResult } from '../types.ts';
import { judgeRates, type RateEvidence } from './rates.ts';
import { binomialChance, settings, told } from './sequential.fixture.ts';

const runs = { seed: 20260717, numRuns: 150 };
const few = fc.integer({ min: 1, max: 9 });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const arm = fc
  .tuple(fc.integer({ min: 0, max: 40 }), share)
  .map(([total, of]): RateArm => ({ total, events: Math.floor(total * of) }));
/** Evidence of some looks, as an earlier process would have stored it. */
const earlier = fc
  .array(fc.tuple(arm, arm), { maxLength: 5 })
  .map((looks) =>
    looks.reduce<SequentialResult<RateEvidence> | null>(
      (before, [candidate, stable]) =>
        judgeRates(before?.evidence ?? null, { candidate, stable }, settings()),
      null,
    ),
  );

/** Means of both e-values after every table that one look can show, at these shares. */
function means(
  before: SequentialResult<RateEvidence> | null,
  [n, m]: readonly [number, number],
  [p, q]: readonly [number, number],
) {
  let harm = 0;
  let safety = 0;
  for (let i = 0; i <= n; i += 1) {
    for (let j = 0; j <= m; j += 1) {
      const look = { candidate: { total: n, events: i }, stable: { total: m, events: j } };
      const result = judgeRates(before?.evidence ?? null, look, settings());
      const chance = binomialChance(n, i, p) * binomialChance(m, j, q);
      harm += chance * result.harm.value;
      safety += chance * result.safety.value;
    }
  }
  return { harm, safety };
}

test('harm does not grow on average while the candidate is as good or better, after any past', () => {
  fc.assert(
    fc.property(earlier, few, few, share, share, (before, n, m, p, times) => {
      const was = before?.harm.value ?? 1;
      expect(means(before, [n, m], [p, p]).harm).toBeLessThanOrEqual(was * (1 + 1e-9));
      expect(means(before, [n, m], [p * times, p]).harm).toBeLessThanOrEqual(was * (1 + 1e-9));
    }),
    runs,
  );
});

test('safety does not grow on average while the candidate is worse by the change, after any past', () => {
  fc.assert(
    fc.property(earlier, few, few, share, share, (before, n, m, q, over) => {
      const stable = q * 0.99;
      const candidate = stable + 0.01 + over * (0.99 - stable);
      const was = before?.safety.value ?? 1;
      expect(means(before, [n, m], [candidate, stable]).safety).toBeLessThanOrEqual(
        was * (1 + 1e-9),
      );
    }),
    runs,
  );
});

test('evidence is bounded JSON whatever is looked at', () => {
  const number = fc.oneof(fc.integer(), fc.double(), fc.nat(1e9));
  const any = fc.record({ total: number, events: number });
  fc.assert(
    fc.property(fc.array(fc.tuple(any, fc.option(any)), { maxLength: 20 }), (looks) => {
      let evidence: RateEvidence | null = null;
      for (const [candidate, stable] of looks) {
        const by = settings({ harm: 'either' });
        const result: SequentialResult<RateEvidence> = judgeRates(
          evidence,
          { candidate, stable },
          by,
        );
        evidence = result.evidence;
        const text = JSON.stringify(told(result));
        expect(JSON.parse(text)).toEqual(told(result));
        expect(text.length).toBeLessThan(3000);
      }
    }),
    runs,
  );
});
