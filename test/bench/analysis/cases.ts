import { judgeHistograms } from '../../../src/capabilities/analysis/judges/sequential/histograms.ts';
import { judgeRates } from '../../../src/capabilities/analysis/judges/sequential/rates.ts';
import { judgeValues } from '../../../src/capabilities/analysis/judges/sequential/values.ts';
import type { SequentialResult } from '../../../src/capabilities/analysis/judges/types.ts';
import { binomial, bounds, type Chance, draw, logNormal } from './sample.ts';
import { cumulated, latencySettings, settings } from './scenario.ts';

/** One run: each call looks once more. */
export type Case = (chance: Chance) => () => SequentialResult<unknown>;

/** `own` requests a look of the candidate, `other` of the stable side, with these shares of errors. */
export const rates =
  (
    own: number,
    other: number,
    shares: (look: number) => { readonly candidate: number; readonly stable: number },
  ): Case =>
  (chance) => {
    let look = 0;
    return resumed((evidence: Parameters<typeof judgeRates>[0]) => {
      const now = shares(look);
      look += 1;
      const candidate = { total: own, events: binomial(chance, own, now.candidate) };
      const stable = { total: other, events: binomial(chance, other, now.stable) };
      return judgeRates(evidence, { candidate, stable }, settings);
    });
  };

/** The candidate's latencies are `times` as long. */
export const latencies = (own: number, other: number, times = 1): Case => {
  const slow = logNormal(0.1 * times, 0.6);
  const usual = logNormal(0.1, 0.6);
  return (chance) =>
    resumed((evidence: Parameters<typeof judgeHistograms>[0]) => {
      const candidate = { le: bounds, counts: cumulated(draw(chance, slow, own)) };
      const stable = { le: bounds, counts: cumulated(draw(chance, usual, other)) };
      return judgeHistograms(evidence, { candidate, stable }, latencySettings);
    });
};

const valueSettings = { ...settings, minimumChange: { is: 'absolute', by: 1 } } as const;

/** `next` gives the values of one side, each side having its own; the candidate's are larger by `by`. */
export const values =
  (next: (chance: Chance) => () => number, by = 0): Case =>
  (chance) => {
    const candidate = next(chance);
    const stable = next(chance);
    return resumed((evidence: Parameters<typeof judgeValues>[0]) =>
      judgeValues(evidence, { candidate: candidate() + by, stable: stable() }, valueSettings),
    );
  };

function resumed<E>(judge: (evidence: E | null) => SequentialResult<E>): ReturnType<Case> {
  let evidence: E | null = null;
  return () => {
    const result = judge(evidence);
    evidence = result.evidence;
    return result;
  };
}

export const normal = (chance: Chance) => () => chance.normal();

/** Each value is like the one before; `noise` is added to what is seen. */
export const autocorrelated =
  (persistence: number, noise = 0) =>
  (chance: Chance) => {
    const news = Math.sqrt(1 - persistence ** 2);
    let at = chance.normal();
    return () => {
      at = persistence * at + news * chance.normal();
      return at + noise * chance.normal();
    };
  };
