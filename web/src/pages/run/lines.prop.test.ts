import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LogEntry } from '../../../../src/contract/api/run-logs.ts';
import { addEntries, type Lines, noLines } from './lines.ts';

const entry = (text: string, step = 'build', stream: LogEntry['stream'] = 'out'): LogEntry => ({
  ...{ id: '1', step, attempt: 1, stream, text, at: '2026-11-21T10:00:00Z' },
});
const texts = ({ lines }: Lines) => lines.map(({ text }) => text);
const told = (...parts: readonly string[]): readonly string[] =>
  texts(
    addEntries(
      noLines,
      parts.map((text) => entry(text)),
    ),
  );

test.each<[string, string[], string[]]>([
  ['nothing', [''], []],
  ['a part of a line', ['a'], ['a']],
  ['an end of a line is no line of its own', ['a\n'], ['a']],
  ['empty lines', ['a\n\nb\n\n'], ['a', '', 'b', '']],
  ['parts of one line', ['a', 'b', 'c\nd'], ['abc', 'd']],
  ['lines of Windows', ['a\r\nb\r\n'], ['a', 'b']],
  ['lines of Windows, cut between their two ends', ['a\r', '\nb'], ['a', 'b']],
  ['a bar that is written over itself', ['10 %\r20 %\r30 %\n'], ['30 %']],
  ['the same as it comes', ['10 %', '\r20 %', '\r', '30 %'], ['30 %']],
  ['a return at the end overwrites nothing', ['done\r'], ['done']],
  ['colours', ['\u001b[1;31mred\u001b[0m'], ['red']],
  ['a colour that is cut', ['\u001b[1;', '31mred\u001b', '[0m!'], ['red!']],
  ['cursors, character sets', ['\u001b[2K\u001b(Ba\u001b7b'], ['ab']],
  ['a colour alone', ['\u001b[0m'], []],
  ['what only begins like one', ['\u001b[3é', '\u001b[9'], ['[3é']],
  ['a colour that the line ends', ['a\u001b[3\nb'], ['a', 'b']],
])('%s', (_what, parts, expected) => {
  expect(told(...parts)).toEqual(expected);
});

test('each step, attempt and stream has its own line', () => {
  const now = addEntries(noLines, [
    entry('a', 'build'),
    entry('b', 'lint'),
    entry('c', 'build', 'err'),
    { ...entry('d', 'build'), attempt: 2 },
    entry('1\n', 'build'),
    entry('2\n', 'lint'),
  ]);
  expect(texts(now)).toEqual(['a1', 'b2', 'c', 'd']);
  expect(now.lines.map(({ id }) => id)).toEqual([0, 1, 2, 3]);
});

const symbols = ['a', 'é', '😀', '\n', '\r', '\u001b', '[', '3', ';', 'm', '(', ' '];

test('however the text is cut into entries, the lines are the same', () => {
  const text = fc.string({ unit: fc.constantFrom(...symbols), maxLength: 60 });
  const cuts = fc.array(fc.nat(60), { maxLength: 12 });
  fc.assert(
    fc.property(text, cuts, fc.array(fc.boolean()), (whole, places, together) => {
      const at = [0, ...places.sort((a, b) => a - b), whole.length];
      const parts = at.map((from, n) => entry(whole.slice(from, at[n + 1] ?? whole.length)));
      // Some come in one message and some in the next.
      const cut = parts.reduce<{ now: Lines; waiting: LogEntry[] }>(
        ({ now, waiting }, part, n) =>
          together[n] === true
            ? { now, waiting: [...waiting, part] }
            : { now: addEntries(now, [...waiting, part]), waiting: [] },
        { now: noLines, waiting: [] },
      );
      const last = addEntries(cut.now, cut.waiting);
      expect(last.lines).toEqual(addEntries(noLines, [entry(whole)]).lines);
    }),
    { numRuns: 2_000 },
  );
});

test('plain lines come through as they are', () => {
  const line = fc.string({ unit: fc.constantFrom('a', ' ', '[', 'm', 'é'), maxLength: 8 });
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      expect(told(lines.map((one) => `${one}\n`).join(''))).toEqual(lines);
    }),
  );
});

test('of very many lines the newest are kept, and what is cut off goes on as a new line', () => {
  const many = Array.from({ length: 20_000 }, (_, n) => `${n}\n`).join('');
  const begun = addEntries(noLines, [entry('old', 'slow'), entry(many)]);
  expect([begun.dropped, begun.lines.length]).toEqual([1, 20_000]);
  const now = addEntries(begun, [entry('er\n', 'slow'), entry('open'), entry(' end')]);
  expect([now.dropped, now.lines.length]).toEqual([3, 20_000]);
  expect(texts(now).slice(-3)).toEqual(['19999', 'er', 'open end']);
  expect(new Set(now.lines.map(({ id }) => id)).size).toBe(20_000);
});
