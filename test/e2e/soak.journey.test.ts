import { expect, test } from 'vitest';
import { soak } from '../soak/soak.ts';

const short = [
  'cut agent',
  'freeze worker',
  'kill agent',
  'kill postgres',
  'kill server',
  'kill worker',
];

test('six blows to real processes lose nothing that was answered, and no request but to the agent', {
  timeout: 180_000,
}, async () => {
  const told: string[] = [];
  const report = await soak({ seed: 1, blows: 6, say: (line) => told.push(line) });
  const story = told.join('\n');
  expect(report.broken, story).toEqual([]);
  expect(report.blows.map(({ kind }) => kind).toSorted()).toEqual(short);
  expect(report.requests.sent, story).toBeGreaterThan(1_000);
  expect(report.requests.lost).toBe(0);
  expect(report.acknowledged.promotions.length, story).toBeGreaterThan(2);
  const kinds = new Set(report.deliveries.map(({ quality, phase }) => `${quality} ${phase}`));
  expect(kinds, story).toEqual(new Set(['good succeeded', 'bad rolledBack']));
});
