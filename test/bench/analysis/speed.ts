import { judgeRates } from '../../../src/capabilities/analysis/judges/sequential/rates.ts';
import { judgeValues } from '../../../src/capabilities/analysis/judges/sequential/values.ts';
import type {
  RateLook,
  SequentialResult,
  ValueLook,
} from '../../../src/capabilities/analysis/judges/types.ts';
import type { Figure } from '../types.ts';
import { binomial, type Chance, chanceOf } from './sample.ts';
import { settings } from './scenario.ts';

const metrics = 1000;
const points = 1000;

/** Seconds that one core needs for a thousand metrics of a thousand looks each, made beforehand. */
export function measureSpeed(): readonly Figure[] {
  const chance = chanceOf(1, 'speed');
  const rates = Array.from({ length: points }, () => rateLook(chance));
  const values = Array.from(
    { length: points },
    (): ValueLook => ({ candidate: chance.normal(), stable: chance.normal() }),
  );
  return [
    figure('rates', '250 requests a look, 10 % to the candidate, 1 % errors', () =>
      judgeAll(rates, (evidence: Parameters<typeof judgeRates>[0], look) =>
        judgeRates(evidence, look, settings),
      ),
    ),
    figure('values', 'normal values', () =>
      judgeAll(values, (evidence: Parameters<typeof judgeValues>[0], look) =>
        judgeValues(evidence, look, settings),
      ),
    ),
  ];
}

function rateLook(chance: Chance): RateLook {
  const side = (total: number) => ({ total, events: binomial(chance, total, 0.01) });
  return { candidate: side(25), stable: side(225) };
}

function judgeAll<E, L>(
  looks: readonly L[],
  judge: (evidence: E | null, look: L) => SequentialResult<E>,
): void {
  for (let metric = 0; metric < metrics; metric += 1) {
    let evidence: E | null = null;
    for (const look of looks) evidence = judge(evidence, look).evidence;
  }
}

function figure(name: string, what: string, run: () => void): Figure {
  const begun = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(begun);
  return {
    name: `analysis.speed.${name}`,
    unit: 's',
    value: (user + system) / 1e6,
    aim: 1,
    best: 'low',
    note: `1,000 metrics of 1,000 looks on one core; ${what}`,
  };
}
