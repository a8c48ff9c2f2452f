/*
 * node test/bench/analysis/main.ts [--json] [--seeds N] [--only falseAlarm|missedHarm|passed|exposed|speed]
 *
 * Measures the sequential judge on made-up traffic: its shares of false alarms and of missed harm against the
 * declared ones, how many requests a bad release answers until it is failed beside two peers with the same share of
 * false alarms, how many a good one answers until it passes, and speed. All but speed is the same on every machine.
 */
import { parseArgs } from 'node:util';
import type { Figure } from '../types.ts';
import { measureFalseAlarms, measureMissedHarm, measurePasses } from './false-alarms.ts';
import { measurePower } from './power.ts';
import { measureSpeed } from './speed.ts';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seeds: { type: 'string', default: '1000' },
    only: { type: 'string' },
  },
});
const seeds = Number(flags.seeds);
if (!Number.isSafeInteger(seeds) || seeds < 10) {
  process.stderr.write('--seeds is a whole number from 10\n');
  process.exit(2);
}
const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** Runs of the power scenarios per seed of the false alarms: there are many scenarios. */
const powerRuns = Math.max(10, Math.round(seeds / 10));
const parts: { readonly [name: string]: () => readonly Figure[] } = {
  falseAlarm: () => measureFalseAlarms(seeds, say),
  missedHarm: () => measureMissedHarm(seeds, say),
  passed: () => measurePasses(powerRuns, say),
  exposed: () => measurePower(powerRuns, say),
  speed: () => measureSpeed(),
};
const results = Object.entries(parts)
  .filter(([name]) => flags.only === undefined || flags.only === name)
  .flatMap(([, measure]) => measure());
if (flags.json) process.stdout.write(`${JSON.stringify({ results })}\n`);
else for (const figure of results) print(figure);

function print({ name, value, unit, aim, best = 'low', note }: Figure): void {
  const met = aim === null || (best === 'low' ? value <= aim : value >= aim);
  const wanted = aim === null ? '' : `${met ? '✓' : '✗'} aim ${best === 'low' ? '≤' : '≥'} ${aim}`;
  const figure = `${Number(value.toPrecision(3))} ${unit}`;
  process.stdout.write(
    `${name.padEnd(46)} ${figure.padStart(10)}  ${wanted.padEnd(11)} ${note ?? ''}\n`,
  );
}
