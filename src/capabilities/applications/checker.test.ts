import { expect, test } from 'vitest';
import { bombs, target } from '../../../test/hostile/bombs.ts';
import { openChecker } from './checker.ts';

const ask = (text: string) => ({ file: { path: 'a.yaml', text }, elsewhere: [] });
const [, slow = ''] = bombs.find(([name]) => name === '60,000 fields') ?? [];

test('a text that takes too long is given up, and the next is checked as ever', async () => {
  const checker = openChecker(30);
  await expect(checker.check(ask(slow))).rejects.toThrow('TG1005');
  await checker.close();
  const patient = openChecker();
  const both = await Promise.all([patient.check(ask(target('a'))), patient.check(ask('a: ['))]);
  expect(both.map((one) => one.problems.length)).toEqual([0, 1]);
  await patient.close();
});

test('what waits is bounded, and others are answered while a text is checked', async () => {
  const checker = openChecker();
  const all = Array.from({ length: 17 }, () => checker.check(ask(target('a'))));
  const settled = await Promise.allSettled(all);
  expect(settled.map((one) => one.status)).toEqual([...Array(16).fill('fulfilled'), 'rejected']);
  expect(settled[16]).toMatchObject({ reason: { problem: { code: 'TG1608' } } });
  const under: { way: boolean } = { way: true };
  const checked = checker.check(ask(slow)).finally(() => {
    under.way = false;
  });
  for (let turns = 0; turns < 5; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(under.way).toBe(true);
  expect((await checked).problems.length).toBeGreaterThan(0);
  await checker.close();
});
