import { expect, test } from 'vitest';
import { readStrategy } from './input.ts';

const application = (strategy: string): string => `
apiVersion: tidegate.dev/v1
kind: Application
metadata: { name: shop }
spec:
  owner: team-shop
  source: { repository: ../shop }
  run: { command: [node, server.js] }
  environments: [{ name: staging, strategy: { blueGreen: {} } }, { name: production }]
  strategy:
    canary: ${strategy}
`;
const judged = '{ steps: [{ setWeight: 20 }], backgroundAnalysis: { templates: [errors] } }';
const errors = `
apiVersion: tidegate.dev/v1
kind: AnalysisTemplate
metadata: { name: errors }
spec: { metrics: [{ name: errors, provider: { router: {} }, interval: 10s }] }
`;
const file = (text: string, path = 'a.yaml') => ({ path, text });

function read(...texts: readonly string[]) {
  const found = readStrategy(texts.map((text, at) => file(text, `${at}.yaml`)));
  return found.ok ? found.input : found.problems;
}

test('a strategy by itself, or that of an application, with its templates', () => {
  const alone = read(`canary: ${judged}\n---${errors}`);
  expect(alone).toMatchObject({
    strategy: { canary: { steps: [{ setWeight: 20 }] } },
    templates: [{ metadata: { name: 'errors' } }],
  });
  expect(read(application(judged), errors)).toEqual(alone);
});

test('an environment may have a strategy of its own', () => {
  const files = [file(application(judged)), file(errors)];
  expect(readStrategy(files, 'staging')).toMatchObject({
    input: { strategy: { blueGreen: { autoPromotion: true } } },
  });
  expect(readStrategy(files, 'production')).toMatchObject({
    input: { strategy: { canary: { steps: [{ setWeight: 20 }] } } },
  });
});

test.each<[string, readonly string[], object]>([
  ['a missing template', [`canary: ${judged}`], { code: 'TG1007', detail: /errors/ }],
  ['no strategy', [errors], { code: 'TG1802' }],
  ['two strategies', ['blueGreen: {}', application(judged), errors], { code: 'TG1802' }],
  [
    'a field that is wrong',
    ['canary:\n  steps:\n    - setWeight: 200\n'],
    { code: 'TG1004', detail: /setWeight/, where: { file: '0.yaml', line: 3, column: 18 } },
  ],
  [
    'weights that fall',
    ['canary:\n  steps: [{ setWeight: 50 }, { setWeight: 20 }]\n'],
    { code: 'TG1008', where: { line: 2, column: 43 } },
  ],
  [
    'a template that is wrong',
    [`canary: ${judged}`, errors.replace('10s', 'soon')],
    { code: 'TG1004' },
  ],
  ['what is no YAML', ['canary: ['], { code: 'TG1001' }],
])('%s is refused where it stands', (_name, texts, problem) => {
  const [first] = read(...texts) as readonly object[];
  const { detail, ...rest } = problem as { detail?: RegExp };
  expect(first).toMatchObject(rest);
  if (detail) expect(first).toMatchObject({ detail: expect.stringMatching(detail) });
});
