import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pipelineGraph } from '../pipeline-graph/graph.ts';
import { asWritten } from './as-written.ts';
import { examples } from './examples.ts';
import { pipelineSchema } from './pipeline.ts';
import { pipelineFaults } from './pipeline-checks.ts';
import { parseDocuments, validateAll } from './validate.ts';

const document = (spec: unknown): string =>
  JSON.stringify({
    apiVersion: 'tidegate.dev/v1',
    kind: 'Pipeline',
    metadata: { name: 'p' },
    spec,
  });

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const statuses = ['succeeded', 'failed', 'errored', 'skipped', 'omitted', 'cancelled'];
const cel = fc.oneof(
  fc.constantFrom(
    'true',
    'false',
    'steps.a.status == "failed"',
    'steps["b"].outputs.x > 1',
    'inputs.x == variables.y',
    'item + index',
    'round > 1',
    'secrets.x',
    '1 +',
    'response.status',
  ),
  fc.string({ maxLength: 30 }),
);
const text = fc.oneof(
  cel.map((one) => `x \${{ ${one} }} y`),
  cel,
);
const kind = fc.oneof(
  fc.record({ wait: fc.record({ duration: fc.oneof(fc.constant('1s'), text) }) }),
  fc.record({ shell: fc.record({ script: text, env: fc.dictionary(name, text) }) }),
  fc.record({ http: fc.record({ url: text, outputs: fc.dictionary(name, cel) }) }),
  fc.record({ deploy: fc.record({ environment: name }) }),
  fc.record({ pipeline: fc.record({ name, inputs: fc.dictionary(name, fc.jsonValue()) }) }),
  fc.record({ approve: fc.record({ approvers: fc.array(name), count: fc.nat(25) }) }),
);
const need = fc.oneof(name, fc.record({ step: name, is: fc.subarray(statuses, { minLength: 1 }) }));
const step = fc
  .tuple(
    fc.record(
      {
        name,
        needs: fc.array(need, { maxLength: 4 }),
        when: cel,
        environment: name,
        forEach: fc.oneof(
          fc.record({ items: fc.oneof(text, fc.array(fc.jsonValue(), { maxLength: 3 })) }),
          fc.record({ matrix: fc.dictionary(name, fc.array(fc.nat(), { minLength: 1 })) }),
        ),
        repeat: fc.record({ until: cel, limit: fc.nat(2000) }),
        retry: fc.record({ limit: fc.nat(30) }),
        continueOnError: fc.boolean(),
      },
      { requiredKeys: ['name'] },
    ),
    kind,
  )
  .map(([common, own]) => ({ ...common, ...own }));
const spec = fc.record(
  {
    steps: fc.array(step, { minLength: 1, maxLength: 6 }),
    onFailure: fc.array(step, { maxLength: 2 }),
    finally: fc.array(step, { maxLength: 2 }),
    inputs: fc.dictionary(name, fc.record({ type: fc.constantFrom('string', 'number', 'x') })),
    variables: fc.dictionary(name, text),
    concurrency: fc.record({ group: text }),
    triggers: fc.array(
      fc.record({ name, when: cel, cron: fc.record({ schedule: fc.string({ maxLength: 20 }) }) }),
    ),
  },
  { requiredKeys: ['steps'] },
);

test('no pipeline makes the checks throw, and each fault has a place in the text', () => {
  fc.assert(
    fc.property(spec, (one) => {
      const written = document(one);
      const parsed = parseDocuments(written, 'p');
      const { problems } = parsed;
      expect(parsed.documents.length).toBe(problems.length === 0 ? 1 : 0);
      expect(problems.length).toBeLessThanOrEqual(50);
      for (const { where, detail, hint } of problems) {
        expect(where?.line).toBe(1);
        expect(where?.column ?? 0).toBeLessThanOrEqual(written.length);
        expect(detail.length + hint.length).toBeLessThan(2_000);
        expect(`${detail}${hint}`).not.toContain('undefined');
      }
      validateAll([{ path: 'p', text: written }]);
      const read = pipelineSchema.safeParse(JSON.parse(written));
      if (!read.success) return;
      // Faults or not: it can be drawn and written.
      expect(pipelineGraph(read.data).nodes.length).toBeGreaterThan(0);
      expect(pipelineSchema.parse(asWritten(read.data))).toEqual(read.data);
    }),
    { numRuns: 150 },
  );
});

const wait = { wait: { duration: '1s' } };
const numbered = (count: number, of: (index: number) => object): object[] =>
  Array.from({ length: count }, (_, index) => ({ name: `s${index}`, ...of(index) }));
const upTo = (count: number): string[] => Array.from({ length: count }, (_, at) => `s${at}`);
const many = (count: number, value: unknown): Record<string, unknown> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`v${at}`, value]));
const long = (count: number): string => '${{ inputs.aaa + steps.bbb.x }}'.repeat(count);

/** What is as large as it may be, or larger. */
const hostile: Readonly<Record<string, unknown>> = {
  'all need all': { steps: numbered(200, () => ({ needs: upTo(100), ...wait })) },
  'all need what is not there': {
    steps: numbered(200, () => ({ needs: upTo(100).map((one) => `${one}-x`), ...wait })),
  },
  'a long line of steps': {
    steps: numbered(200, (at) => ({ needs: at > 0 ? [`s${at - 1}`] : [], ...wait })),
  },
  'every step needs those before it': {
    steps: numbered(200, (at) => ({ needs: upTo(at).slice(-100), ...wait })),
    finally: numbered(200, (at) => ({
      name: `f${at}`,
      needs: [],
      when: 'steps.s1.x == 1',
      ...wait,
    })),
  },
  'one name': { steps: numbered(200, () => ({ name: 'a', needs: ['a'], ...wait })) },
  'many expressions': {
    steps: numbered(100, () => ({ shell: { command: ['x'], env: { A: long(200) } } })),
  },
  'many variables': { steps: numbered(1, () => wait), variables: many(8_000, '${{ unknown }}') },
  'one long text': {
    steps: numbered(1, () => wait),
    variables: { a: long(20_000), b: '${{ "'.repeat(30_000) },
  },
  'deep values': {
    steps: numbered(1, () => ({
      pipeline: {
        name: 'x',
        inputs: { a: JSON.parse(`${'['.repeat(30)}"\${{ 1 }}"${']'.repeat(30)}`) },
      },
    })),
  },
  'large matrices': {
    steps: numbered(200, () => ({
      forEach: {
        matrix: many(
          100,
          Array.from({ length: 64 }, (_, at) => at),
        ),
      },
      ...wait,
    })).slice(0, 20),
  },
  'costly conditions': {
    steps: numbered(200, () => ({
      when: Array.from({ length: 120 }, () => '[1] == [1]').join('&&'),
      ...wait,
    })),
  },
  'many triggers and inputs': {
    inputs: many(5_000, {}),
    triggers: Array.from({ length: 20 }, (_, at) => ({ name: `t${at}`, push: {} })),
    steps: numbered(1, () => wait),
  },
  'too many steps': { steps: numbered(5_000, () => wait) },
};

test.each(Object.keys(hostile))('the checks end soon: %s', (what) => {
  const written = document(hostile[what]);
  expect(written.length).toBeLessThan(1_048_576);
  const begun = performance.now();
  const problems = validateAll([{ path: 'p', text: written }]);
  expect(problems.length).toBeLessThanOrEqual(60);
  // Far below a second by itself; the bound leaves room for a busy machine.
  expect(performance.now() - begun).toBeLessThan(15_000);
});

test('pipelines that run each other in all ways are checked soon', () => {
  const names = Array.from({ length: 300 }, (_, at) => `p${at}`);
  const text = names
    .map((own) =>
      document({
        steps: numbered(50, (at) => ({ pipeline: { name: names[(at * 7) % names.length] } })),
      }).replace('"name":"p"', `"name":"${own}"`),
    )
    .join('\n---\n');
  const begun = performance.now();
  expect(validateAll([{ path: 'p', text }]).some((one) => one.code === 'TG1011')).toBe(true);
  expect(performance.now() - begun).toBeLessThan(30_000);
});

test('the example is as it is written', () => {
  const [found] = parseDocuments(examples.Pipeline, 'p').documents;
  if (found?.document.kind !== 'Pipeline') throw new Error('no pipeline');
  expect(pipelineFaults(found.document)).toEqual([]);
  expect(pipelineSchema.parse(asWritten(found.document))).toEqual(found.document);
});
