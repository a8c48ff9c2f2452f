import { largestFile } from '../../src/contract/kinds/parse.ts';

/** A good document. */
export const target = (name: string): string =>
  `apiVersion: tidegate.dev/v1\nkind: Target\nmetadata: { name: ${name} }\nspec: { driver: simulated }\n`;

/** Nine lists of nine of the one before: 9^9 scalars, were they expanded. */
const laughs = [
  'a0: &a0 [x, x, x, x, x, x, x, x, x]',
  ...Array.from(
    { length: 9 },
    (_none, at) => `a${at + 1}: &a${at + 1} [${Array(9).fill(`*a${at}`).join(', ')}]`,
  ),
].join('\n');

/** Name, text and the code that it is refused with. */
export const bombs: readonly (readonly [string, string, string])[] = [
  ['a billion laughs', laughs, 'TG1005'],
  ['an alias to what holds it', 'a: &a [*a]', 'TG1005'],
  ['the name of a field that is too long', `? "${'k'.repeat(1_025)}"\n: 1`, 'TG1005'],
  [
    '60,000 fields',
    target('a') + Array.from({ length: 60_000 }, (_none, at) => `k${at}:`).join('\n'),
    'TG1004',
  ],
  ['70,000 prototypes', '__proto__: 1\n'.repeat(70_000), 'TG1004'],
  ['flow lists without end', '['.repeat(200_000), 'TG1005'],
  ['flow maps without end', '{a: '.repeat(100_000), 'TG1005'],
  ['block lists without end', `${'- '.repeat(100_000)}x`, 'TG1005'],
  [
    'a deep block map',
    Array.from({ length: 500 }, (_n, at) => `${' '.repeat(at)}a:`).join('\n'),
    'TG1005',
  ],
  ['100,000 documents', '---\na: 1\n'.repeat(100_000), 'TG1005'],
  ['100,000 empty documents', '---\n'.repeat(100_000), 'TG1005'],
  ['one byte too many', `a: ${'x'.repeat(largestFile)}`, 'TG1005'],
  ['a prototype key', '__proto__: { x: 1 }', 'TG1004'],
  ['a constructor key', `${target('a')}constructor: { prototype: { x: 1 } }`, 'TG1004'],
  ['a merge of a prototype', '"__proto__": { x: 1 }\n"<<": { x: 2 }', 'TG1004'],
];
