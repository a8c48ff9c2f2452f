import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvCell, csvLine } from './csv.ts';

test.each([
  ['plain', 'plain'],
  ['', ''],
  ['a,b', '"a,b"'],
  ['say "no"', '"say ""no"""'],
  ['two\nlines', '"two\nlines"'],
  ['=HYPERLINK("http://evil")', `"'=HYPERLINK(""http://evil"")"`],
  ['+1', `"'+1"`],
  ['-1', `"'-1"`],
  ['@SUM(A1)', `"'@SUM(A1)"`],
  ['\t=1', `"'\t=1"`],
  ['\r=1', `"'\r=1"`],
  ['a=b', 'a=b'],
  ['ada@example.com', 'ada@example.com'],
])('%j is written as %j', (text, cell) => {
  expect(csvCell(text)).toBe(cell);
});

/** The cells of one line, as a reader of RFC 4180 takes them. */
function read(line: string): string[] {
  const cells = [...line.slice(0, -2).matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)];
  return cells.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}

test('whatever the cells, a reader gets as many, none is a formula, and no other text is changed', () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('=1', '"', ',', '\r\n', "'", '-', '+a,b'));
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 6 }), (cells) => {
      const back = read(csvLine(['first', ...cells])).slice(1);
      expect(back).toHaveLength(cells.length);
      for (const [at, cell] of back.entries()) {
        expect(cell).not.toMatch(/^[=+\-@]/);
        expect([cells[at], `'${cells[at]}`]).toContain(cell);
      }
    }),
  );
});
