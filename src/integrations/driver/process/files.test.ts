import {
  closeSync,
  existsSync,
  mkdirSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporary } from '../../../../test/support/fixture-service/harness.ts';
import { openBundles } from './bundles.ts';
import { openLogs } from './logs.ts';
import { openPortBook, previewName } from './ports.ts';

const place = { path: '', remove: () => {} };
beforeEach(() => {
  Object.assign(place, temporary());
});
afterEach(() => place.remove());

const settings = { host: '127.0.0.1', ports: { from: 9000, to: 9003 }, listen: { fixed: 9001 } };

test('ports: fixed before remembered before free ones, and never one that is given', () => {
  const file = join(place.path, 'ports.json');
  const book = openPortBook(file);
  expect(book.candidates('fixed', settings)).toEqual({ own: 9001, others: [] });
  expect(book.candidates('shop', settings)).toEqual({ own: null, others: [9000, 9002, 9003] });
  book.remember('shop', 9002);
  book.remember('shop', 9002);
  book.remember(previewName('shop'), 9003);
  const later = openPortBook(file);
  expect(later.candidates('shop', settings)).toEqual({ own: 9002, others: [9000] });
  expect(later.candidates('cart', settings)).toEqual({ own: null, others: [9000] });
  const moved = { ...settings, ports: { from: 9100, to: 9101 } };
  expect(later.candidates('shop', moved)).toEqual({ own: null, others: [9100, 9101] });
  expect(later.candidates('shop', null)).toEqual({ own: 9002, others: [0] });
});

test('ports: a torn book is an empty one', () => {
  const file = join(place.path, 'ports.json');
  writeFileSync(file, '{"shop":');
  expect(openPortBook(file).candidates('shop', null)).toEqual({ own: null, others: [0] });
});

test('logs: a file that is too long is moved aside, and its writer goes on', async () => {
  const logs = openLogs(place.path, 100);
  const output = logs.openFor('shop', 'r-1', 1);
  for (let i = 1; i <= 20; i += 1) writeSync(output, `line number ${i}\n`);
  await logs.bound();
  writeSync(output, 'after the cut\n');
  const file = join(place.path, 'shop', 'r-1', '1.log');
  expect(statSync(file).size).toBe('after the cut\n'.length);
  const tail = await logs.tail('shop', 'r-1', 3);
  expect(tail).toEqual(['[1] line number 19', '[1] line number 20', '[1] after the cut']);

  for (let i = 1; i <= 20; i += 1) writeSync(output, `later line ${i}\n`);
  await logs.bound();
  closeSync(output);
  expect(statSync(file).size).toBe(0);
  expect(await logs.tail('shop', 'r-1', 1)).toEqual(['[1] later line 20']);
});

test('logs: each replica has its share of the lines, and old releases go', async () => {
  const logs = openLogs(place.path);
  for (const index of [1, 2]) {
    const output = logs.openFor('shop', 'r-1', index);
    for (let i = 1; i <= 5; i += 1) writeSync(output, `line ${i}\n`);
    closeSync(output);
  }
  expect(await logs.tail('shop', 'r-1', 2)).toEqual(['[1] line 5', '[2] line 5']);
  for (let i = 1; i <= 25; i += 1) {
    const folder = join(place.path, 'shop', `old-${i}`);
    mkdirSync(folder);
    writeFileSync(join(folder, '1.log'), '');
    utimesSync(join(folder, '1.log'), i, i);
  }
  await logs.bound();
  expect(existsSync(join(place.path, 'shop', 'old-6'))).toBe(false);
  expect(existsSync(join(place.path, 'shop', 'old-7'))).toBe(true);
  expect(existsSync(join(place.path, 'shop', 'r-1'))).toBe(true);
});

test('bundles: what a killed agent had half fetched is removed, and idle ones go beyond those kept', () => {
  mkdirSync(join(place.path, '.part-x'));
  for (const [i, tree] of ['a', 'b', 'c'].entries()) {
    mkdirSync(join(place.path, tree));
    utimesSync(join(place.path, tree), i + 1, i + 1);
  }
  const bundles = openBundles(
    place.path,
    () => Promise.reject(new Error('not asked')),
    () => {},
  );
  expect(existsSync(join(place.path, '.part-x'))).toBe(false);
  bundles.prune(new Set(['a', 'not-there']), 1);
  expect(['a', 'b', 'c'].map((tree) => existsSync(join(place.path, tree)))).toEqual([
    true,
    false,
    true,
  ]);
});
