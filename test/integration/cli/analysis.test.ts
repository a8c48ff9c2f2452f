import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseDocuments } from '../../../src/contract/kinds/validate.ts';
import { runHere } from './run.ts';

const own = { directory: '' };
const at = (path: string): string => join(own.directory, path);
const put = (path: string, text: string): string => {
  writeFileSync(at(path), text);
  return at(path);
};
beforeAll(() => {
  own.directory = mkdtempSync(join(tmpdir(), 'tidegate-import-'));
});
afterAll(() => rmSync(own.directory, { recursive: true, force: true }));

const argo = (name: string, metric = 'successCondition: result[0] < 0.05') => `
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: ${name} }
spec:
  metrics:
    - name: errors
      ${metric}
      interval: 1m
      count: 5
      provider: { prometheus: { address: "http://prom:9090", query: up, insecure: true } }
`;
const kayenta = JSON.stringify({
  name: 'Shop',
  metrics: [
    {
      name: 'errors',
      query: { type: 'prometheus', customInlineTemplate: 'PromQL:errors{v="${scope}"}' },
      groups: ['all'],
      analysisConfigurations: { canary: { direction: 'increase' } },
    },
  ],
  classifier: { groupWeights: { all: 100 } },
});
const flagger = `
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: { name: shop }
spec:
  analysis:
    interval: 30s
    threshold: 1
    metrics: [{ name: request-success-rate, thresholdRange: { min: 99 } }]
`;

const importing = (...args: readonly string[]) => runHere({}, 'analysis', 'import', ...args);
const read = (yaml: string) => {
  const { documents, problems } = parseDocuments(yaml, 'made.yaml');
  expect(problems).toEqual([]);
  return documents.map(({ document }) => document);
};

test('documents go to standard output, what was not carried over to standard error, without a server', async () => {
  const file = put('argo.yaml', `${argo('first')}---${argo('second')}`);
  const { code, out, err } = await importing('argo', file);
  expect(code).toBe(0);
  expect(read(out)).toMatchObject([
    { kind: 'AnalysisTemplate', metadata: { name: 'first' } },
    { kind: 'AnalysisTemplate', metadata: { name: 'second' } },
  ]);
  const [head, first, second, ...rest] = err.trimEnd().split('\n');
  expect(head).toMatch(/^WHERE +WHAT$/);
  expect(first).toMatch(
    /^first\.spec\.metrics\[0\]\.provider\.prometheus\.insecure +A certificate/,
  );
  expect(second).toMatch(/^ +(?!first)\S/);
  expect(rest.join('\n')).toContain('(NODE_EXTRA_CA_CERTS)');
});

test.each([
  ['kayenta', 'canary.json', kayenta, 'shop'],
  ['argo', 'one.yaml', argo('latency'), 'latency'],
  ['flagger', 'canary.yaml', flagger, 'shop'],
] as const)('%s: the template is valid, and may be named', async (tool, path, text, name) => {
  const file = put(path, text);
  expect(read((await importing(tool, file)).out)).toMatchObject([{ metadata: { name } }]);
  const named = await importing(tool, file, '--name', 'checkout');
  expect(read(named.out)).toMatchObject([{ metadata: { name: 'checkout' } }]);
});

test('nothing is said where all was carried over', async () => {
  const clean = argo('clean').replace(', insecure: true', '');
  expect(await importing('argo', put('clean.yaml', clean))).toMatchObject({ code: 0, err: '' });
});

test('--out writes the YAML, --json tells documents and notes', async () => {
  const file = put('argo.yaml', argo('first'));
  const out = at('made.yaml');
  const written = await importing('argo', file, '--out', out);
  expect(written).toMatchObject({ code: 0, out: `${out}: 1 template.\n` });
  expect(read(readFileSync(out, 'utf8'))).toMatchObject([{ metadata: { name: 'first' } }]);
  const json = await importing('argo', file, '--json');
  expect(json.err).toBe('');
  expect(JSON.parse(json.out)).toMatchObject({
    documents: [{ kind: 'AnalysisTemplate', metadata: { name: 'first' } }],
    notes: [
      {
        where: 'first.spec.metrics[0].provider.prometheus.insecure',
        what: 'A certificate that is not trusted is refused here.',
        fix: 'Give the worker the certificate authority (NODE_EXTRA_CA_CERTS).',
      },
    ],
  });
});

test('what holds nothing of the tool is a problem that names the file', async () => {
  const file = put('argo.yaml', argo('first'));
  const wrong = await importing('flagger', file);
  expect(wrong).toMatchObject({ code: 1, out: '' });
  expect(wrong.err).toContain(`${file}  TG1403 Nothing to import`);
  const json = await importing('kayenta', file, '--json');
  expect(JSON.parse(json.out)).toMatchObject({ problem: { code: 'TG1403', where: { file } } });
  const broken = await importing('argo', put('broken.yaml', 'a: ['));
  expect(broken).toMatchObject({ code: 1, out: '', err: expect.stringContaining('TG1001') });
  const large = await importing('argo', put('large.yaml', `# ${'x'.repeat(1_100_000)}`));
  expect(large).toMatchObject({ code: 1, out: '', err: expect.stringContaining('TG1005') });
});

test.each([
  ['a tool that there is not', ['spinnaker', 'one.yaml'], 'only of kayenta, argo, flagger'],
  ['a file that is not there', ['argo', 'none.yaml'], 'cannot be read'],
  ['a directory', ['argo', '.'], 'cannot be read'],
  ['one name for two', ['argo', 'two.yaml', '--name', 'a'], 'gives 2 templates'],
  ['a name that is none', ['argo', 'one.yaml', '--name', 'A b'], 'A b is no name of a template'],
  ['a place that is not there', ['argo', 'one.yaml', '--out', 'no/such.yaml'], 'cannot be written'],
] as const)('%s is a fault of the command line', async (_, [tool, file, ...options], told) => {
  put('one.yaml', argo('one'));
  put('two.yaml', `${argo('first')}---${argo('second')}`);
  const more = options.map((one) => (one === 'no/such.yaml' ? at(one) : one));
  const { code, out, err } = await importing(tool, at(file), ...more);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(told);
});
