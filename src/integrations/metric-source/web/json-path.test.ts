import { expect, test } from 'vitest';
import { parseJsonPath, selectJson } from './json-path.ts';

const document = {
  a: { b: [{ c: 1 }, 2, 'x'], 'with space': true, "it's": 5, 'q"q': 6, größe: 7 },
  none: null,
  list: [[1, 2], [3]],
};

test.each([
  ['$', document],
  ['$.a.b[0].c', 1],
  ['$.a.b[1]', 2],
  ['$.a.b[-1]', 'x'],
  ["$['a']['with space']", true],
  ['$["a"]["with space"]', true],
  ["$.a['it\\'s']", 5],
  ['$.a["q\\"q"]', 6],
  ['$.a.größe', 7],
  ['$.list[1][0]', 3],
  ['$.none', null],
  ['$.none.deeper', null],
  ['$.missing', null],
  ['$.a.b[3]', null],
  ['$.a.b[-4]', null],
  ['$.a.b.length', null],
  ['$.a[0]', null],
  ["$.list['0']", null],
  ['$.constructor', null],
  ['$.__proto__', null],
  ["$['__proto__']['polluted']", null],
  ['$.a.b[2].length', null],
])('%s selects', (text, expected) => {
  const path = parseJsonPath(text);
  expect(path).not.toBeNull();
  expect(selectJson(document, path ?? [])).toEqual(expected);
});

test.each([
  '',
  'a.b',
  '.a',
  '$.',
  '$..a',
  '$.a[*]',
  '$.*',
  '$.a[0:2]',
  '$.a[?(@.b)]',
  '$.a[01]',
  '$.a[-0]x',
  '$.a[',
  '$.a b',
  '$[a]',
  "$['a",
  '$.a[99999999999]',
])('%j is refused', (text) => {
  expect(parseJsonPath(text)).toBeNull();
});
