import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inPromQl } from '../../src/integrations/metric-source/prometheus/promql.ts';
import { fill, inJson } from '../../src/integrations/metric-source/template.ts';
import { parseJsonPath, selectJson } from '../../src/integrations/metric-source/web/json-path.ts';
import type { Json } from '../../src/platform/ids/types.ts';

const took = (run: () => unknown): number => {
  const begun = performance.now();
  run();
  return performance.now() - begun;
};

describe('paths into JSON', () => {
  test('whatever the path, it selects JSON or nothing, and no prototype', () => {
    const piece = fc.constantFrom(
      '.a',
      '[0]',
      "['__proto__']",
      '.constructor',
      '[-1]',
      '..',
      '[*]',
      '["',
      "\\'",
      '.toString',
    );
    const path = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.array(piece).map((some) => `$${some.join('')}`),
    );
    fc.assert(
      fc.property(path, fc.jsonValue(), (text, json) => {
        const parsed = parseJsonPath(text);
        if (parsed === null) return;
        const found = selectJson(json as Json, parsed);
        expect(typeof found).not.toBe('function');
        expect(found).not.toBe(Object.prototype);
      }),
      {
        examples: [
          ['$.__proto__', {}],
          ['$.constructor.name', {}],
          ['$[9999999999]', []],
        ],
      },
    );
    expect(took(() => parseJsonPath(`$['${"\\'".repeat(100_000)}`))).toBeLessThan(1_000);
  });
});

describe('arguments in queries', () => {
  const subject = {
    application: 'a',
    environment: 'e',
    candidate: 'r',
    stable: null,
    rollout: 'ro',
    targets: [],
  };
  const filled = (text: string, value: string, how: typeof inPromQl) =>
    fill(text, { subject, args: { x: value } } as unknown as Parameters<typeof fill>[1], how);

  test.each(['"', "'"])(
    'inside %s they stay one string, with the value that was given',
    (quote) => {
      fc.assert(
        fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (value) => {
          const made = filled(`up{a=${quote}{{args.x}}${quote}}`, value, inPromQl);
          if (!made.ok) return;
          const inside = made.text.slice(`up{a=${quote}`.length, -2);
          const open = new RegExp(`^(?:[^\\\\${quote}\\n]|\\\\[\\\\${quote}n])*$`, 's');
          expect(inside).toMatch(open);
          const read = inside.replace(/\\(.)/gs, (_all, one: string) => (one === 'n' ? '\n' : one));
          expect(read).toBe(value);
        }),
        { numRuns: 500, examples: [["it's"], ['"} or up{a="'], ['\\'], ['\n'], ['{{args.x}}']] },
      );
    },
  );

  test('outside of quotes only a word or a number may stand', () => {
    for (const value of ['up or 1', 'a{', '1)', '', 'a b', '-', 'é', '`'])
      expect([value, filled('rate({{args.x}}[5m])', value, inPromQl).ok]).toEqual([value, false]);
    for (const value of ['up', 'job:rate5m', '-1.5', '0.99'])
      expect([value, filled('rate({{args.x}}[5m])', value, inPromQl).ok]).toEqual([value, true]);
  });

  test('in JSON they stay inside of their text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const made = filled('{"a":"{{args.x}}"}', value, inJson);
        expect(made.ok && JSON.parse(made.text)).toEqual({ a: value });
      }),
    );
  });
});
