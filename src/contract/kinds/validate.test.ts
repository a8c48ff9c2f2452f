import { expect, test } from 'vitest';
import { examples } from './examples.ts';
import { parseDocuments, validateAll } from './validate.ts';

const places = (text: string) =>
  parseDocuments(text, 'f.yaml').problems.map(({ code, where, hint }) => [
    `${code} ${where?.file}:${where?.line}:${where?.column}`,
    hint,
  ]);
const codes = (text: string): string[] =>
  parseDocuments(text, 'f.yaml').problems.map((one) => one.code);
const app = examples.Application;
const head = 'apiVersion: tidegate.dev/v1\nkind: Target\nmetadata: { name: eu-1 }\n';

test.each([
  [
    'an unknown field, with the nearest known',
    app.replace('  replicas: 2', '  replica: 2'),
    'TG1004 f.yaml:17:3',
    'Did you mean replicas?',
  ],
  [
    'a mistyped field is not also missing',
    app.replace('owner:', 'ownr:'),
    'TG1004 f.yaml:6:3',
    'Did you mean owner?',
  ],
  [
    'an unknown step',
    app.replace('setWeight: 10', 'setWieght: 10'),
    'TG1004 f.yaml:27:11',
    'Did you mean setWeight?',
  ],
  [
    'an unknown field deep in a step',
    app.replace('duration: 5m', 'durration: 5m'),
    'TG1004 f.yaml:29:13',
    'Did you mean duration?',
  ],
  [
    'a missing field, at its parent',
    app.replace('  owner: team-payments\n', ''),
    'TG1004 f.yaml:6:3',
    'Add owner, such as owner: team-payments.',
  ],
  [
    'an unknown kind',
    app.replace('kind: Application', 'kind: Aplication'),
    'TG1003 f.yaml:2:7',
    'Did you mean Application?',
  ],
  [
    'a kind of another tool',
    'apiVersion: apps/v1\nkind: Deployment\n',
    'TG1002 f.yaml:1:13',
    'Start the document with apiVersion: tidegate.dev/v1 and a kind.',
  ],
  [
    'a field given twice',
    app.replace('  replicas: 2', '  owner: again'),
    'TG1001 f.yaml:17:3',
    'Remove one of the two; a field may be given once.',
  ],
  [
    'a prototype key',
    app.replace('      CURRENCY: EUR', '      __proto__: { x: y }'),
    'TG1004 f.yaml:13:7',
    'Rename it.',
  ],
])('%s', (_what, text, place, hint) => {
  expect(places(text)).toEqual([[place, hint]]);
});

test.each([
  ['a wrong duration', 'duration: 5m', 'duration: 5 minutes', 'TG1004 f.yaml:29:23'],
  ['a wrong number', 'replicas: 4', 'replicas: 4000', 'TG1004 f.yaml:23:17'],
  ['a wrong name', 'name: checkout', 'name: Check_Out', 'TG1004 f.yaml:4:9'],
  ['a weight over 100', 'setWeight: 50', 'setWeight: 150', 'TG1004 f.yaml:30:22'],
  ['a weight that does not rise', 'setWeight: 50', 'setWeight: 10', 'TG1008 f.yaml:30:22'],
  ['an analysis that starts too late', 'startingStep: 1', 'startingStep: 9', 'TG1008 f.yaml:39:23'],
  ['an environment twice on the path', 'name: production', 'name: staging', 'TG1006 f.yaml:22:13'],
])('%s is told at its place', (_what, from, to, place) => {
  expect(places(app.replace(from, to)).map(([first]) => first)).toEqual([place]);
});

test('schedules that could not work are refused', () => {
  const strategy = (text: string): string =>
    `${app.slice(0, app.indexOf('  strategy:\n    canary'))}  strategy: ${text}\n`;
  expect(codes(strategy('{ canary: { steps: [{ pause: {} }] } }'))).toEqual(['TG1008']);
  expect(codes(strategy('{ canary: { steps: [] } }'))).toEqual(['TG1004']);
  expect(
    codes(strategy('{ canary: { steps: [{ setWeight: 100 }, { setWeight: 100 }] } }')),
  ).toEqual(['TG1008']);
  expect(
    codes(strategy('{ canary: { steps: [{ setWeight: 0 }, { pause: {} }, { setWeight: 100 }] } }')),
  ).toEqual([]);
  expect(codes(strategy('{ progressive: { steps: [{ percent: 50 }, { percent: 50 }] } }'))).toEqual(
    ['TG1008'],
  );
  expect(
    codes(strategy('{ progressive: { steps: [{ percent: 50 }, { percent: 100 }] } }')),
  ).toEqual([]);
  expect(codes(strategy('{ blueGreen: {}, canary: { steps: [{ setWeight: 5 }] } }'))).toEqual([
    'TG1004',
  ]);
  expect(codes(strategy('{}'))).toEqual(['TG1004']);
});

test('a fresh copy that nobody compares with is refused at its place', () => {
  const strategy = (text: string): string =>
    `${app.slice(0, app.indexOf('  strategy:\n    canary'))}  strategy: ${text}\n`;
  const judge = '{ templates: [error-rate] }';
  const alone = [
    '{ canary: { baseline: fresh, steps: [{ setWeight: 5 }, { pause: {} }] } }',
    '{ progressive: { baseline: fresh, steps: [{ percent: 50 }] } }',
  ];
  for (const text of alone) {
    expect(places(strategy(text)).map(([place]) => place?.split(':')[0])).toEqual([
      'TG1008 f.yaml',
    ]);
    expect(codes(strategy(text.replace('fresh', 'stable')))).toEqual([]);
  }
  const compared = [
    `{ canary: { baseline: fresh, steps: [{ setWeight: 5 }, { analysis: ${judge} }] } }`,
    `{ canary: { baseline: fresh, steps: [{ setWeight: 5 }], backgroundAnalysis: ${judge} } }`,
    `{ progressive: { baseline: fresh, steps: [{ percent: 50, analysis: ${judge} }] } }`,
  ];
  for (const text of compared) expect(codes(strategy(text))).toEqual([]);
  expect(codes(strategy('{ blueGreen: { baseline: fresh } }'))).toEqual(['TG1004']);
});

test('windows, waves and metrics are checked by what they mean', () => {
  const environment = examples.Environment;
  expect(places(environment.replace('FREQ=WEEKLY', 'FREQ=OFTEN')).map(([one]) => one)).toEqual([
    'TG1004 f.yaml:14:14',
  ]);
  expect(
    places(environment.replace('Europe/Berlin', 'Europe/Nowhere')).map(([one]) => one),
  ).toEqual(['TG1004 f.yaml:16:17']);
  expect(places(environment.replace('us-1', 'eu-1')).map(([one]) => one)).toEqual([
    'TG1006 f.yaml:10:17',
  ]);
  const metric =
    '    - { name: errors, provider: { router: {} }, count: 1, failureCondition: "true" }\n';
  expect(places(examples.AnalysisTemplate + metric).map(([one]) => one)).toEqual([
    'TG1006 f.yaml:16:15',
  ]);
});

test('conditions are compiled', () => {
  const text = examples.AnalysisTemplate.replace('double(', 'half(');
  expect(parseDocuments(text, 'f.yaml').problems).toMatchObject([
    {
      code: 'TG1009',
      detail: expect.stringContaining('the function half is not available'),
      where: { file: 'f.yaml', line: 14, column: 25, pointer: '/spec/metrics/0/successCondition' },
    },
  ]);
});

test('one bad document never drops those beside it', () => {
  const text = `${examples.Target}---\nkind: [\n---\n${app}---\n${head}spec: { driver: sail }\n---\n# nothing\n`;
  const parsed = parseDocuments(text, 'f.yaml');
  expect(parsed.documents.map((one) => one.name)).toContain('eu-1');
  expect(parsed.documents.map((one) => one.kind)).toContain('Application');
  expect(parsed.broken.map((one) => [one.kind, one.name])).toEqual([
    [null, null],
    ['Target', 'eu-1'],
  ]);
  expect(parsed.problems.at(-1)?.where).toMatchObject({
    line: text.split('\n').findIndex((line) => line.includes('sail')) + 1,
    column: 17,
  });
});

test('a document with a wrong part still says which it is', () => {
  const broken = parseDocuments(app.replace('  replicas: 2', '  owner: again'), 'f.yaml').broken;
  expect(broken.map((one) => [one.kind, one.name])).toEqual([['Application', 'checkout']]);
  const release = parseDocuments(
    examples.Release.replace('commit: 4b', 'commit: xx'),
    'f.yaml',
  ).broken;
  expect(release.map((one) => one.name)).toEqual(['production/checkout']);
});

test('sizes, depths and aliases are bounded', () => {
  const deep = (levels: number): string =>
    `${head}spec: ${'['.repeat(levels)}${']'.repeat(levels)}\n`;
  expect(codes(deep(60))).toEqual(['TG1005']);
  expect(codes(deep(100_000))).toContain('TG1005');
  expect(codes(`${head}spec: "${'x'.repeat(1_100_000)}"\n`)).toEqual(['TG1005']);
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    'b: &b [*a,*a,*a,*a,*a,*a,*a]',
    'c: [*b,*b,*b,*b,*b,*b,*b]',
  ].join('\n');
  expect(codes(`${head}spec:\n  ${bomb.replaceAll('\n', '\n  ')}\n`)).toEqual(['TG1005']);
  const shared = `${head}spec:\n  driver: process\n  labels: &l { a: b }\n  process: { ports: { from: 1, to: 2 } }\n`;
  expect(codes(shared)).toEqual([]);
  expect(codes(`${'a: b\n---\n'.repeat(3_000)}`)).not.toEqual([]);
});

const environmentOf = (name: string, target: string): string =>
  `apiVersion: tidegate.dev/v1\nkind: Environment\nmetadata: { name: ${name} }\nspec: { waves: [{ targets: [${target}] }] }\n`;

test('documents are checked beside each other', () => {
  const files = Object.entries(examples)
    .filter(([kind]) => kind !== 'Pipeline')
    .map(([kind, text]) => ({ path: `${kind}.yaml`, text }));
  const west = { path: 'us-1.yaml', text: examples.Target.replace('name: eu-1', 'name: us-1') };
  const facts = (more: { path: string; text: string }[]) =>
    validateAll([...files, west, ...more]).map(
      (one) => `${one.code} ${one.where?.file}:${one.where?.line} ${one.detail} ${one.hint}`,
    );
  expect(facts([])).toEqual([
    'TG1007 Application.yaml:19 No Environment staging is declared. Declare the document that is referred to, or mend the name.',
  ]);
  const staging = {
    path: 'staging.yaml',
    text: `${environmentOf('staging', 's-1')}---\n${west.text.replace('us-1', 's-1')}`,
  };
  expect(facts([staging])).toEqual([]);
  expect(facts([staging, { path: 'twice.yaml', text: west.text }])).toEqual(
    [
      'TG1006 us-1.yaml:4 Target us-1 is declared at twice.yaml:1 already. Remove one of the documents: a kind and name may be declared once.',
    ].map(() =>
      expect.stringMatching(/^TG1006 twice.yaml:4 Target us-1 is declared at us-1.yaml:1 already/),
    ),
  );
  const bad = {
    path: 'bad.yaml',
    text: app
      .replace('name: checkout', 'name: other')
      .replace('[error-rate]', '[error-rat]')
      .replace('          limit: "0.05"', '          lim: "0.05"'),
  };
  expect(facts([staging, bad])).toEqual([
    'TG1007 bad.yaml:32 No AnalysisTemplate error-rat is declared. Did you mean error-rate?',
    'TG1007 bad.yaml:36 AnalysisTemplate error-rate needs the argument limit. Add args: { limit: … } beside templates.',
  ]);
  const wrong = {
    path: 'staging.yaml',
    text: staging.text.replace('waves:', 'maxUnavailable: x, waves:'),
  };
  expect(facts([wrong])).toEqual([expect.stringMatching(/^TG1004 staging.yaml/)]);
});

test('a step that waits for an analysis without an end is refused where it stands', () => {
  const endless = examples.AnalysisTemplate.replace('      count: 10\n', '');
  const files = [
    { path: 'application.yaml', text: examples.Application },
    { path: 'template.yaml', text: endless },
  ];
  const found = validateAll(files).filter((one) => one.code === 'TG1008');
  expect(found).toMatchObject([{ where: { file: 'application.yaml', line: 32 } }]);
  expect(found[0]?.detail).toContain('errors');
});

test.each([
  ['(', 'this is not a regular expression'],
  ['^(?=a)b', 'look-around'],
  ['(a)\\\\1', 'back references'],
  ['(a{5}){5}', 'a group cannot be repeated'],
])('a route by the regex %s is refused', (regex, why) => {
  const match = `{ header: { name: x, regex: "${regex}" } }`;
  const text = app.replace('setWeight: 10', `setHeaderRoute: { match: [${match}] }`);
  const [first] = parseDocuments(text, 'f.yaml').problems;
  expect(first).toMatchObject({ code: 'TG1004', where: { line: 27 } });
  expect(first?.detail).toContain(why);
});

test('a route by a regex that is linear is taken', () => {
  const match = '{ cookie: { name: x, regex: "^(a+)+[0-9]{2,4}$" } }';
  const text = app.replace('setWeight: 10', `setHeaderRoute: { match: [${match}] }`);
  expect(parseDocuments(text, 'f.yaml').problems).toEqual([]);
});

test('two environments of one application may not share a target', () => {
  const text = [
    ...['staging', 'production'].map((name) => environmentOf(name, 'eu-1')),
    'apiVersion: tidegate.dev/v1\nkind: Target\nmetadata: { name: eu-1 }\nspec: { driver: process }\n',
    `apiVersion: tidegate.dev/v1
kind: Application
metadata: { name: shop }
spec:
  owner: shop@example.com
  source: { repository: ../shop.git }
  run: { command: [node, main.js] }
  environments: [{ name: staging }, { name: production }]
  strategy: { canary: { steps: [{ setWeight: 10 }] } }
`,
  ].join('---\n');
  const [found, ...more] = validateAll([{ path: 'all.yaml', text }]);
  expect(more).toEqual([]);
  expect(found).toMatchObject({ code: 'TG1006', where: { line: 23, column: 45 } });
  expect(found?.detail).toBe(
    'Target eu-1 is in staging and in production, and shop goes through both.',
  );
});
