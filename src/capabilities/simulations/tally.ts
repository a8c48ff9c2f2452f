import type { Estimate, Harm, Simulated } from '../../contract/simulate/schema.ts';
import type { RunEnd } from './types.ts';

/** What the runs of one harm came to. */
export function tallyRuns(
  harm: Harm,
  runs: readonly RunEnd[],
  steps: number,
  complete: boolean,
): Simulated {
  const of = (is: RunEnd['is']) => runs.filter((run) => run.is === is);
  const caught = of('caught');
  return {
    harm,
    runs: runs.length,
    complete,
    caught: estimate(caught.length, runs.length),
    passed: estimate(of('passed').length, runs.length),
    unclear: estimate(of('unclear').length, runs.length),
    timeToCatch: times(caught),
    timeToPass: times(of('passed')),
    exposed: mean(runs.map(({ exposed }) => exposed.reduce((sum, one) => sum + one, 0))),
    steps: Array.from({ length: steps + 1 }, (_, at) => ({
      caught: estimate(caught.filter(({ step }) => step <= at).length, runs.length),
      exposed: mean(runs.map(({ exposed }) => exposed[at] ?? 0)),
    })),
  };
}

/** The 97.5th percentile of the normal distribution: both ends together leave 5 %. */
const z = 1.959964;

/** A share with its 95 % score interval (Wilson, "Probable inference", 1927), which never leaves 0 to 1. */
export function estimate(count: number, of: number): Estimate {
  if (of === 0) return { count, share: 0, low: 0, high: 1 };
  const share = count / of;
  const middle = share + (z * z) / (2 * of);
  const half = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  const whole = 1 + (z * z) / of;
  return {
    count,
    share,
    low: count === 0 ? 0 : Math.max(0, (middle - half) / whole),
    high: count === of ? 1 : Math.min(1, (middle + half) / whole),
  };
}

function times(runs: readonly RunEnd[]): Simulated['timeToCatch'] {
  if (runs.length === 0) return null;
  const sorted = runs.map(({ at }) => at).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { median: at(0.5), p95: at(0.95) };
}

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, one) => sum + one, 0) / values.length;
