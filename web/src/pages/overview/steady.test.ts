import { expect, test } from 'vitest';
import type { Line } from './choose.ts';
import { inOrderOf } from './steady.ts';

const line = (application: string): Line => ({ application, owner: '', cells: new Map() });
const namesOf = (lines: readonly Line[]) => lines.map(({ application }) => application).join('');

test.each([
  ['abc', 'cab', 'cab', 'stay where they stood'],
  ['adbc', 'cba', 'cbad', 'and what is new comes last'],
  ['ba', 'cab', 'ab', 'and what is gone leaves no place'],
  ['ab', '', 'ab', 'and without an order before, as they come'],
])('lines %s after %s are %s: they %s', (now, before, shown) => {
  expect(namesOf(inOrderOf([...now].map(line), [...before]))).toBe(shown);
});
