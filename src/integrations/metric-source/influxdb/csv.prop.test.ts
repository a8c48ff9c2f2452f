import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCsv } from './csv.ts';

const write = (rows: readonly (readonly string[])[], end: string): string =>
  rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',') + end).join('');

test('what was written with quotes is read as it was, with either line break', () => {
  const rows = fc.array(fc.array(fc.string(), { minLength: 1, maxLength: 5 }), { maxLength: 8 });
  fc.assert(
    fc.property(rows, fc.constantFrom('\n', '\r\n'), (given, end) => {
      expect(parseCsv(write(given, end))).toEqual(given);
    }),
    { seed: 7, numRuns: 300 },
  );
});

test('any text comes to an end, as rows or as none', () => {
  const pieces = fc.array(fc.constantFrom('"', '""', ',', '\r\n', '\n', '\r', 'a', '#'));
  fc.assert(
    fc.property(pieces, (given) => {
      const text = given.join('');
      const rows = parseCsv(text);
      if (rows === null) return;
      expect(rows.flat().join('').length).toBeLessThanOrEqual(text.length);
    }),
    { seed: 8, numRuns: 500 },
  );
});

test('a cell of a megabyte', () => {
  const cell = 'x"y'.repeat(350_000);
  expect(parseCsv(write([[cell]], '\n'))?.[0]?.[0]).toHaveLength(cell.length);
});
