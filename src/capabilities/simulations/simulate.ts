import type { Harm, Simulated, SimulationBody } from '../../contract/simulate/schema.ts';
import type { Judges } from '../backtests/types.ts';
import { randomOf } from './random.ts';
import { simulateRun } from './run.ts';
import { tallyRuns } from './tally.ts';
import { cumulativeOf } from './traffic.ts';
import type { Course, Load, RunEnd } from './types.ts';

export type Asked = Pick<SimulationBody, 'traffic' | 'baseline' | 'harms' | 'seeds' | 'seed'>;

/**
 * All runs of all harms, one seed after the other for all harms at once, so that none of them is left out when time
 * runs out. Yields after each look. The same seed gives each harm the same chance, which makes them comparable.
 * `spent` is the share of
 * the time that is over: beyond 1 no run begins, and one that takes far longer than that is given up.
 */
export function* simulate(
  course: Course,
  { traffic, baseline, harms, seeds, seed }: Asked,
  judges: Judges,
  spent: () => number,
): Generator<undefined, Simulated[]> {
  const loads = harms.map((harm) => loadOf(harm, traffic, baseline, course.needsLatency));
  const runs = harms.map((): RunEnd[] => []);
  for (let at = 0; at < seeds; at += 1) {
    for (const [index, load] of loads.entries()) {
      if (spent() >= 1) break;
      const end = yield* within(simulateRun(course, load, randomOf(seed, at), judges), spent);
      if (end !== null) runs[index]?.push(end);
    }
  }
  return harms.map((harm, index) => {
    const done = runs[index] ?? [];
    return tallyRuns(harm, done, course.steps.length, done.length === seeds);
  });
}

/** Runs that are given up would be the long ones, so what is under way may take its time. */
const grace = 1.25;

function* within(
  run: Generator<undefined, RunEnd>,
  spent: () => number,
): Generator<undefined, RunEnd | null> {
  for (;;) {
    const next = run.next();
    if (next.done) return next.value;
    if (spent() >= grace) return null;
    yield;
  }
}

function loadOf(
  { errorRate, latency = 0 }: Harm,
  perSecond: number,
  baseline: SimulationBody['baseline'],
  needsLatency: boolean,
): Load {
  const side = (errors: number, median: number) => ({
    errorRate: errors,
    cumulative: needsLatency ? cumulativeOf(median) : [],
  });
  return {
    perSecond,
    candidate: side(errorRate ?? baseline.errorRate, baseline.latency * (1 + latency)),
    stable: side(baseline.errorRate, baseline.latency),
  };
}
