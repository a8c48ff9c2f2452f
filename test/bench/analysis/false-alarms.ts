import { estimate } from '../../../src/capabilities/simulations/tally.ts';
import type { Figure } from '../types.ts';
import { autocorrelated, type Case, latencies, normal, rates, values } from './cases.ts';
import { chanceOf } from './sample.ts';
import { meanOf } from './statistics.ts';

const looks = 500;
const declared = [0.05, 0.01];

const both = (share: number) => () => ({ candidate: share, stable: share });
/** Both sides have ten minutes of trouble. */
const trouble = (look: number) => both(look >= 100 && look < 220 ? 0.05 : 0.005)();

const alike: readonly (readonly [name: string, run: Case])[] = [
  ['rates', rates(25, 225, both(0.01))],
  ['ratesEvenSplit', rates(125, 125, both(0.01))],
  ['ratesLowTraffic', rates(2, 18, both(0.02))],
  ['ratesSharedTrouble', rates(25, 225, trouble)],
  ['latencies', latencies(25, 225)],
  ['latenciesLowTraffic', latencies(5, 5)],
  ['valuesNormal', values(normal)],
  ['valuesLogNormal', values((chance) => () => Math.exp(chance.normal()))],
  ['valuesBimodal', values((chance) => () => (chance.chance(0.5) ? 10 : 0) + chance.normal())],
  [
    'valuesZeroInflated',
    values((chance) => () => (chance.chance(0.8) ? 0 : Math.exp(chance.normal()))),
  ],
  ['valuesAutocorrelated0.6', values(autocorrelated(0.6))],
  ['valuesAutocorrelated0.7', values(autocorrelated(0.7))],
  ['valuesAutocorrelated0.8', values(autocorrelated(0.8))],
  ['valuesAutocorrelatedNoisy', values(autocorrelated(0.8, 0.5))],
];

/** Worse by exactly the minimum change of cases.ts. */
const worse: readonly (readonly [name: string, run: Case])[] = [
  ['rates', rates(25, 225, () => ({ candidate: 0.015, stable: 0.01 }))],
  ['ratesNoErrors', rates(25, 225, () => ({ candidate: 0.005, stable: 0 }))],
  ['latencies', latencies(25, 225, 1.15)],
  ['valuesNormal', values(normal, 1)],
  ['valuesAutocorrelated0.7', values(autocorrelated(0.7), 1)],
];

/** The share of runs in which harm was ever declared though both sides are alike. */
export function measureFalseAlarms(runs: number, say: (text: string) => void): readonly Figure[] {
  return alike.flatMap(([name, run]) => {
    say(`false alarms: ${name}`);
    return shares(`analysis.falseAlarm.${name}`, highest(name, run, 'harm', runs));
  });
}

/** The share of runs that ever passed though the candidate is worse by the minimum change. */
export function measureMissedHarm(runs: number, say: (text: string) => void): readonly Figure[] {
  return worse.flatMap(([name, run]) => {
    say(`missed harm: ${name}`);
    // The bound of rates is nearly reached, so only many runs can tell; they are cheap.
    const times = name.startsWith('rates') ? 5 : 1;
    return shares(`analysis.missedHarm.${name}`, highest(name, run, 'safety', times * runs));
  });
}

/** The highest e-value that each run came to. */
function highest(name: string, run: Case, of: 'harm' | 'safety', runs: number): readonly number[] {
  return Array.from({ length: runs }, (_, seed) => {
    const look = run(chanceOf(seed, name));
    let most = 0;
    for (let at = 0; at < looks; at += 1) most = Math.max(most, look()[of].value);
    return most;
  });
}

function shares(name: string, values: readonly number[]): readonly Figure[] {
  return declared.map((level): Figure => {
    const hits = values.filter((value) => value >= 1 / level).length;
    const { low, high } = estimate(hits, values.length);
    const percent = (share: number) => Number((share * 100).toPrecision(2));
    return {
      name: `${name}.${level * 100}%`,
      unit: '%',
      value: (hits / values.length) * 100,
      aim: level * 100,
      best: 'low',
      note: `95 % interval ${percent(low)} to ${percent(high)} %, ${values.length} runs of ${looks} looks`,
    };
  });
}

const passing: readonly (readonly [name: string, run: Case, perLook: number, unit: string])[] = [
  ['ratesNoErrors', rates(25, 225, both(0)), 25, 'requests'],
  ['rates0.5%', rates(25, 225, both(0.005)), 25, 'requests'],
  ['latencies', latencies(25, 225), 25, 'requests'],
  ['valuesNormal', values(normal), 1, 'looks'],
];

/** How much of the candidate is seen until it passes, both sides being alike. */
export function measurePasses(runs: number, say: (text: string) => void): readonly Figure[] {
  return passing.map(([name, run, perLook, unit]): Figure => {
    say(`passes: ${name}`);
    const counts = Array.from({ length: runs }, (_, seed) => {
      const look = run(chanceOf(seed, `pass/${name}`));
      for (let at = 1; at < looks; at += 1) if (look().decision === 'pass') return at * perLook;
      return looks * perLook;
    });
    const { mean, half } = meanOf(counts);
    return {
      name: `analysis.passed.${name}`,
      unit,
      value: mean,
      aim: null,
      best: 'low',
      note: `± ${half.toPrecision(2)}; of the candidate, to rule out the minimum change at 5 %`,
    };
  });
}
