/*
 * npm run soak -- [--blows N] [--seed S] [--only WORD] [--json]
 *
 * Real processes under real traffic and rollouts without end; N times, at moments that the seed chooses, one of them
 * is killed, frozen, cut off or has no room on its disk. Ends with 1 when anything that was promised did not hold.
 */
import { parseArgs } from 'node:util';
import { soak } from './soak.ts';
import type { SoakReport } from './types.ts';

const usual = 50;

function numberOf(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${name} is a whole number from 1`);
  return value;
}

function show(report: SoakReport): string {
  const { blows, deliveries, requests, acknowledged, events, deaths, broken } = report;
  const kinds = Map.groupBy(blows, ({ kind }) => kind);
  const ends = Map.groupBy(deliveries, ({ quality, phase }) => `${quality} ${phase}`);
  const slowest = (all: typeof blows): number => Math.max(...all.map(({ recovered }) => recovered));
  return [
    `seed ${report.seed}: ${blows.length} blows in ${report.seconds.toFixed(0)} s`,
    ...[...kinds].map(
      ([kind, all]) =>
        `  ${String(all.length).padStart(3)} × ${kind.padEnd(16)} all there again within ${slowest(all).toFixed(0)} ms`,
    ),
    `rollouts: ${[...ends].map(([end, all]) => `${all.length} ${end}`).join(', ')}`,
    `acknowledged: ${acknowledged.promotions.length} promotions, ${acknowledged.releases.length} releases; ${events} events`,
    `requests: ${requests.sent} sent, ${requests.lost} lost, ${requests.whileAgentWasAway} failed while the agent was away, ${requests.failedByBadVersions} failed by bad versions`,
    `deaths: ${deaths.length}, ${deaths.filter(({ meant }) => meant).length} of them by a blow at once`,
    ...report.leftOut.map((what) => `left out: ${what}`),
    ...broken.map(({ promise, detail }) => `BROKEN: ${promise}\n  ${detail}`),
    broken.length === 0 ? 'everything held' : `${broken.length} broken; --seed ${report.seed}`,
  ].join('\n');
}

const { values } = parseArgs({
  options: {
    blows: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
});
const ending = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort());
const report = await soak({
  seed: numberOf('seed', values.seed, 1 + Math.floor(Math.random() * 1_000_000)),
  blows: numberOf('blows', values.blows, usual),
  only: values.only,
  say: (line) => process.stderr.write(`${line}\n`),
  signal: ending.signal,
});
process.stdout.write(`${values.json ? JSON.stringify(report, null, 2) : show(report)}\n`);
process.exitCode = report.broken.length === 0 ? 0 : 1;
