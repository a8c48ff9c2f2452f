import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { examples } from './examples.ts';
import { jsonSchemaOf } from './json-schema.ts';
import { kindNames, kinds } from './registry.ts';
import { sampleOf } from './sample.ts';
import { parseDocuments, validateAll } from './validate.ts';

const { Application: app, Environment: environment, AnalysisTemplate: template } = examples;
const change = (text: string, ...changes: readonly (readonly [string, string])[]): string =>
  changes.reduce((now, [from, to]) => {
    expect(now).toContain(from);
    return now.replace(from, to);
  }, text);
const found = (...texts: readonly string[]): string[] =>
  validateAll([{ path: 'f', text: texts.join('---\n') }]).map(
    ({ code, where, detail }) => `${code} ${where?.line}:${where?.column} ${detail}`,
  );
const environments = ['staging', 'production'].map(
  (name) =>
    `apiVersion: tidegate.dev/v1\nkind: Environment\nmetadata: { name: ${name} }\nspec: { waves: [{ targets: [t-${name}] }] }\n---\napiVersion: tidegate.dev/v1\nkind: Target\nmetadata: { name: t-${name} }\nspec: { driver: process }\n`,
);

test('shape, schedule and reference faults of one document are told at once', () => {
  const text = change(
    app,
    ['owner: team-payments', 'owner: 5'],
    ['  replicas: 2', '  replica: 2'],
    ['duration: 5m', 'duration: 5'],
    ['setWeight: 50', 'setWeight: 5'],
    ['templates: [error-rate]', 'templates: [error-rat]'],
    ['startingStep: 1', 'startingStep: 7'],
  );
  expect(found(text, template, ...environments)).toEqual([
    'TG1004 6:10 spec.owner: expected a text, not 5.',
    'TG1004 17:3 spec.replica is not a field of Application.',
    'TG1004 29:23 spec.strategy.canary.steps.1.pause.duration: expected a text, not 5.',
    'TG1008 30:22 setWeight 5 does not rise above the 10 before it.',
    'TG1007 32:25 No AnalysisTemplate error-rat is declared.',
    'TG1008 39:23 startingStep 7 is after the last step, so the analysis would never start.',
  ]);
});

test('conditions, windows and waves are checked beside what has no shape', () => {
  const broken = change(
    template,
    ['interval: 30s', 'intervall: 30s'],
    ['count: 10', 'count: ten'],
    ['<=', '=>'],
  );
  expect(found(broken)).toEqual([
    'TG1004 12:7 spec.metrics.0.intervall is not a field of AnalysisTemplate.',
    'TG1004 13:14 spec.metrics.0.count: expected a number, not "ten".',
    'TG1009 14:25 The condition "result.errorRate => double(args.limit)" cannot be used: Unexpected character: =.',
  ]);
  const window = change(
    environment,
    ['maxUnavailable: 1', 'maxUnavailable: some'],
    ['us-1', 'eu-1'],
    ['Europe/Berlin', 'Berlin'],
  );
  expect(found(window, examples.Target)).toEqual([
    'TG1006 10:17 Target eu-1 is in the waves twice.',
    'TG1004 11:19 spec.maxUnavailable: expected a number, not "some".',
    'TG1004 16:17 Berlin is not a time zone of the IANA database.',
  ]);
});

test('what may only follow from a wrong part is not told', () => {
  const weights = change(
    app,
    ['setWeight: 10', 'setWeight: ten'],
    ['setWeight: 50', 'setWeight: 1'],
  );
  expect(found(weights, template, ...environments)).toHaveLength(1);
  const one = app.indexOf('        - pause');
  const only = change(app.slice(0, one), ['setWeight: 10', 'wait: 10']);
  expect(found(only, ...environments)).toHaveLength(1);
  const none = `${app.slice(0, app.indexOf('        - setWeight'))}${app.slice(app.indexOf('      background'))}`;
  expect(found(none, template, ...environments)).toEqual([
    'TG1004 26:13 spec.strategy.canary.steps is empty.',
  ]);
  const argument = change(app, ['limit: "0.01"', 'limit: 0.01']);
  expect(found(argument, template, ...environments)).toHaveLength(1);
  const name = change(app, ['- name: staging', '- name: Staging']);
  expect(found(name, template, ...environments)).toHaveLength(1);
});

test('a part under a mistyped name, or of a second step in one item, is read where it was written', () => {
  const renamed = change(
    app,
    ['  strategy:\n    canary', '  stratgy:\n    canary'],
    ['setWeight: 50', 'setWeight: 500'],
    ['templates: [error-rate]', 'templates: [nothing]'],
  );
  expect(found(renamed, template, ...environments)).toEqual([
    'TG1004 24:3 spec.stratgy is not a field of Application.',
    'TG1004 30:22 spec.strategy.canary.steps.2.setWeight: 500 is more than the 100 that are allowed.',
    'TG1007 32:25 No AnalysisTemplate nothing is declared.',
  ]);
  const split = change(
    app,
    ['50\n        - analysis', '50\n          analysis'],
    ['templates: [error-rate]', 'templates: [nothing]'],
  );
  expect(found(split, template, ...environments)).toEqual([
    'TG1004 31:11 spec.strategy.canary.steps.2 has setWeight and analysis in one step.',
    'TG1007 32:25 No AnalysisTemplate nothing is declared.',
  ]);
  // The nearest name is a guess; a value that does not fit it says nothing more.
  expect(
    found(change(app, ['  replicas: 2', '  replica: [a]']), template, ...environments),
  ).toEqual(['TG1004 17:3 spec.replica is not a field of Application.']);
});

test('a wrong document is declared for those that refer to it, with what of it is right', () => {
  const wrong = change(
    template,
    ['count: 10', 'count: ten'],
    ['- name: limit', '- name: limit\n    - name: floor'],
  );
  expect(found(wrong, app, ...environments)).toEqual([
    'TG1004 14:14 spec.metrics.0.count: expected a number, not "ten".',
    'TG1007 49:25 AnalysisTemplate error-rate needs the argument floor.',
    'TG1007 53:21 AnalysisTemplate error-rate needs the argument floor.',
  ]);
  const hopeless =
    'apiVersion: tidegate.dev/v1\nkind: AnalysisTemplate\nmetadata: { name: error-rate }\nspec: 5\n';
  expect(found(hopeless, app, ...environments)).toEqual([
    'TG1004 4:7 spec: expected fields of its own, not 5.',
  ]);
  const twice = change(examples.Target, ['driver: process', 'driver: docker']);
  expect(found(examples.Target, twice)).toEqual([
    'TG1006 19:9 Target eu-1 is declared at f:1 already.',
    'TG1004 21:11 spec.driver: "docker" is not one of process, simulated.',
  ]);
});

test('a document with any fault is never given to whoever uses it', () => {
  const wrong = change(app, ['  replicas: 2', '  replica: 2']);
  const { documents, broken } = parseDocuments(`${wrong}---\n${template}`, 'f');
  expect(documents.map((one) => one.kind)).toEqual(['AnalysisTemplate']);
  expect(broken).toEqual([
    {
      kind: 'Application',
      name: 'checkout',
      isTorn: false,
      problems: [expect.objectContaining({ code: 'TG1004' })],
    },
  ]);
});

test.each(kindNames)(
  'the least %s that can stand in is read, save for rules between its fields',
  (kind) => {
    const result = kinds[kind].safeParse(sampleOf(jsonSchemaOf(kind)));
    expect(result.error?.issues.filter((one) => one.code !== 'custom') ?? []).toEqual([]);
  },
);

test('the cost of reading on is that of the size, however much is wrong', () => {
  const steps = (count: number): string =>
    `${app.slice(0, app.indexOf('        - setWeight'))}${'        - { setWeight: x, pause: 5, stepp: {} }\n'.repeat(count)}`;
  const started = performance.now();
  for (const count of [100, 5_000, 15_000]) {
    const problems = parseDocuments(steps(count), 'f').problems;
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThanOrEqual(50);
  }
  expect(performance.now() - started).toBeLessThan(10_000);
});

type Obj = Record<string, unknown>;
const odd: readonly unknown[] = [null, 5, -1.5, 'x y', '', [], [null], {}, { x: 1 }, true];
function pathsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, one]) => pathsOf(one, [...path, key]))];
}

test.each(kindNames)(
  'whatever stands where in the example of a %s, it is read to its end',
  (kind) => {
    const good: unknown = parse(examples[kind]);
    for (const path of pathsOf(good)) {
      for (const value of odd) {
        const document = structuredClone(good);
        const holder = path
          .slice(0, -1)
          .reduce((node, step) => (node as Obj)[step] as Obj, document as Obj);
        if (path.length > 0) holder[path.at(-1) ?? ''] = value;
        const text = JSON.stringify(path.length > 0 ? document : value);
        const { documents, problems } = parseDocuments(text, 'f');
        validateAll([{ path: 'f', text }]);
        expect(documents.length > 0, text).toBe(problems.length === 0 && text !== 'null');
        expect(JSON.stringify(problems)).not.toContain('stands-in');
      }
    }
  },
  // A thousand documents, each read twice.
  120_000,
);
