import { Text } from '@codemirror/state';
import { expect, test } from 'vitest';
import type { Where } from '../../api/problem.ts';
import { diagnosticOf } from './editor.tsx';

const doc = Text.of(['kind: Application', '', '  name: shop']);

test.each<[string, Where | undefined, string]>([
  ['no place is the beginning', undefined, 'kind: Application'],
  ['a pointer is no place in a text', { pointer: '/spec' }, 'kind: Application'],
  ['a line is all of it', { line: 1 }, 'kind: Application'],
  ['a column is from there on', { line: 1, column: 7 }, 'Application'],
  ['an empty line has nothing', { line: 2, column: 1 }, ''],
  ['the last line', { line: 3, column: 3 }, 'name: shop'],
  ['after the end of a line', { line: 3, column: 99 }, ''],
  ['after the end of the text', { line: 99, column: 1 }, '  name: shop'],
  ['before the beginning', { line: 0, column: 0 }, 'kind: Application'],
])('%s', (_what, where, marked) => {
  const problem = { code: 'TG1101', title: 'Wrong.', detail: '', hint: 'Mend it.', where };
  const { from, to, message, source } = diagnosticOf(doc, problem);
  expect(doc.sliceString(from, to)).toBe(marked);
  expect([source, message]).toEqual(['TG1101', 'Wrong.\nMend it.']);
});
