import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { compileCondition } from '../../platform/cel/condition.ts';
import { importArgo } from './argo.ts';
import { convertCondition } from './condition.ts';
import { importFlagger } from './flagger.ts';
import { done } from './import.fixture.ts';
import { importKayenta } from './kayenta.ts';

const runs = { seed: 20260716, numRuns: 300 };
const importers = [importKayenta, importArgo, importFlagger];

/** Documents of the right form with anything in their fields. */
const field = fc.constantFrom(
  ...['name', 'args', 'metrics', 'provider', 'interval', 'count', 'successCondition', 'query'],
  ...['prometheus', 'web', 'datadog', 'cloudWatch', 'metricDataQueries', 'analysis', 'templateRef'],
  ...[
    'thresholdRange',
    'groups',
    'analysisConfigurations',
    'canary',
    'type',
    'failureLimit',
    'value',
  ],
);
const { anything } = fc.letrec((tie) => ({
  anything: fc.oneof(
    { maxDepth: 5 },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom('prometheus', '{{args.a}}', '${scope}', '5m', 'result > 1'),
    fc.array(tie('anything'), { maxLength: 4 }),
    fc.dictionary(field, tie('anything'), { maxKeys: 6 }),
  ),
}));
const document = fc.record({
  kind: fc.constantFrom(
    'AnalysisTemplate',
    'ClusterAnalysisTemplate',
    'Canary',
    'MetricTemplate',
    'List',
  ),
  metadata: fc.record({ name: fc.string() }),
  spec: fc.dictionary(field, anything),
  metrics: fc.array(fc.dictionary(field, anything), { maxLength: 3 }),
});

test('no document makes an import throw, and what comes out can be read', () => {
  fc.assert(
    fc.property(document, fc.constantFrom(...importers), (value, run) => {
      const result = run(stringify(value));
      if (result.ok) done(result);
      else expect(result.problem.detail).not.toBe('');
    }),
    runs,
  );
});

test('nor does any text', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), fc.constantFrom(...importers), (text, run) => {
      expect(run(text).ok).toBe(false);
    }),
    runs,
  );
});

const piece = fc.constantFrom(
  ...['result', '[0]', '.a', '(', ')', '&&', 'or', 'not', '!', '>', '==', '1', '0.5', '"x"', '#'],
  ...[
    'all(',
    ', {',
    '}',
    '?',
    ':',
    'len(',
    'isNaN(',
    'default(',
    ',',
    '+',
    '-',
    'in',
    '{{args.a}}',
    '??',
  ],
);

test('what a condition becomes is always a condition', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const converted = convertCondition(pieces.join(' '), 'same');
      if (converted.ok) expect(compileCondition(converted.cel)).toMatchObject({ ok: true });
      else expect(converted.why).not.toBe('');
    }),
    { ...runs, numRuns: 2000 },
  );
});

/** Conditions over two truths, as the one language writes them and as JavaScript would answer. */
type Sentence = { readonly text: string; readonly holds: (a: boolean, b: boolean) => boolean };
const { sentence } = fc.letrec<{ sentence: Sentence }>((tie) => ({
  sentence: fc.oneof(
    { maxDepth: 4 },
    fc.constant<Sentence>({ text: 'result.a', holds: (a) => a }),
    fc.constant<Sentence>({ text: 'result.b', holds: (_, b) => b }),
    tie('sentence').map((one) => ({
      text: `not (${one.text})`,
      holds: (a: boolean, b: boolean) => !one.holds(a, b),
    })),
    fc.tuple(tie('sentence'), tie('sentence')).map(([one, other]) => ({
      text: `(${one.text}) and (${other.text})`,
      holds: (a: boolean, b: boolean) => one.holds(a, b) && other.holds(a, b),
    })),
    fc.tuple(tie('sentence'), tie('sentence')).map(([one, other]) => ({
      text: `(${one.text}) || (${other.text})`,
      holds: (a: boolean, b: boolean) => one.holds(a, b) || other.holds(a, b),
    })),
  ),
}));

test('and, or and not mean the same on both sides', () => {
  fc.assert(
    fc.property(sentence, fc.boolean(), fc.boolean(), (one, a, b) => {
      const converted = convertCondition(one.text, 'same');
      if (!converted.ok) throw new Error(converted.why);
      const compiled = compileCondition(converted.cel);
      if (!compiled.ok) throw new Error(compiled.problem.detail);
      const answer = compiled.condition.evaluate({ result: { a, b }, stable: null, args: {} });
      expect(answer.kind).toBe(String(one.holds(a, b)));
    }),
    runs,
  );
});
