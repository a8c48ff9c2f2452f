import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseYaml } from '../../src/contract/kinds/parse.ts';
import { parseDocuments, validateAll } from '../../src/contract/kinds/validate.ts';
import { catalogue } from '../../src/platform/errors/catalogue.ts';
import { bombs, target } from './bombs.ts';

/** Well above what the slowest of them takes, and far below what a person waits for. */
const patience = 5_000;
const codesOf = (text: string): string[] => [
  ...new Set(parseDocuments(text, 'a.yaml').problems.map((one) => one.code)),
];
const timed = <T>(run: () => T): { readonly value: T; readonly took: number } => {
  const started = performance.now();
  return { value: run(), took: performance.now() - started };
};

describe('YAML that means harm', () => {
  test.each(bombs)('%s is refused in bounded time', (_name, text, code) => {
    const { value, took } = timed(() => codesOf(`${text}\n`));
    expect(value).toContain(code);
    expect(took).toBeLessThan(patience);
    expect(Object.prototype).not.toHaveProperty('x');
  });

  test.each(bombs)('%s leaves the file beside it good', (_name, text) => {
    const files = [
      { path: 'bad.yaml', text },
      { path: 'good.yaml', text: target('good') },
    ];
    const { value, took } = timed(() => validateAll(files));
    expect(value.length).toBeGreaterThan(0);
    expect(value.every((one) => one.where?.file === 'bad.yaml')).toBe(true);
    expect(took).toBeLessThan(2 * patience);
  });

  test('a file at its largest, of as many documents as are read, is read in bounded time', () => {
    const text = Array.from({ length: 2_000 }, (_none, at) => target(`t-${at}`)).join('---\n');
    const { value, took } = timed(() => parseDocuments(text, 'a.yaml'));
    expect([value.documents.length, value.problems.length]).toEqual([2_000, 0]);
    expect(took).toBeLessThan(patience);
  });

  test('100,000 documents in 1,000 files are checked against each other in bounded time', () => {
    const files = Array.from({ length: 1_000 }, (_none, file) => ({
      path: `${file}.yaml`,
      text: Array.from({ length: 100 }, (_n, at) => target(`t-${file}-${at}`)).join('---\n'),
    }));
    const { value, took } = timed(() => validateAll(files));
    expect(value).toEqual([]);
    expect(took).toBeLessThan(90_000);
  }, 120_000);

  test('whatever the text, what is wrong has a place and a code of the catalogue', () => {
    const words = fc.constantFrom(
      ...['apiVersion', 'tidegate.dev/v1', 'kind', 'Target', 'metadata', 'name', 'spec', 'driver'],
      ...['simulated', ': ', '- ', '\n', '\n  ', '---\n', '&a ', '*a', '!!binary ', '!!set ', '? '],
      ...[
        '{',
        '}',
        '[',
        ']',
        '"',
        "'",
        '|\n',
        '>\n',
        '%YAML 1.1\n',
        '<<: ',
        '\t',
        '\u0000',
        '\ufeff',
      ],
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(words, { maxLength: 60 }).map((some) => some.join('')),
      fc.array(words, { maxLength: 12 }).map((some) => target('a') + some.join('')),
    );
    fc.assert(
      fc.property(text, (one) => {
        for (const found of parseDocuments(one, 'a.yaml').problems) {
          expect(Object.hasOwn(catalogue, found.code)).toBe(true);
          expect(found.where?.file).toBe('a.yaml');
          expect(found.where?.line).toBeGreaterThan(0);
        }
      }),
      {
        numRuns: 1_500,
        examples: [['? [a]\n: b'], ['!!binary x: 1'], ['%YAML 9.9\n---\na'], ['*a'], ['\u0000']],
      },
    );
  });

  test('every value of a document that was read is plain: no prototype, no function, no date', () => {
    const yaml =
      '- !!timestamp 2001-01-01\n- !!js/function "function(){}"\n- !!set {a}\n- 0x1F\n- .nan\n- .inf';
    const read = parseYaml(yaml, 'a.yaml').map((one) => one.value);
    for (const value of read.flat())
      expect(['string', 'number', 'object', 'undefined']).toContain(typeof value);
    expect(read.flat().some((one) => one instanceof Date || one instanceof Set)).toBe(false);
  });
});
