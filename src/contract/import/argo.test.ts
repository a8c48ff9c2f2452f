import { expect, test } from 'vitest';
import { importArgo } from './argo.ts';
import { done, places, valid } from './import.fixture.ts';

const template = (metric: string, spec = ''): string => `
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata:
  name: shop
spec:
${spec.replace(/^/gm, '  ')}
  metrics:
    - name: one
${metric.trim().replace(/^/gm, '      ')}
`;
const anyProvider = 'provider: { prometheus: { address: "http://prom:9090", query: "up" } }';

test('the usual one: PromQL, arguments, limits that are exceeded', () => {
  const { documents, notes } = valid(
    importArgo(`
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata:
  name: success-rate
spec:
  args:
  - name: service-name
  - name: floor
    value: 0.95
  metrics:
  - name: success-rate
    interval: 5m
    initialDelay: 1m30s
    successCondition: result[0] >= {{args.floor}}
    failureLimit: 3
    inconclusiveLimit: 2
    consecutiveErrorLimit: 0
    provider:
      prometheus:
        address: http://prometheus.example.com:9090
        timeout: 40
        headers:
        - { key: X-Scope-OrgID, value: shop }
        query: |
          sum(irate(requests_total{service=~"{{args.service-name}}",code!~"5.*"}[5m])) /
          sum(irate(requests_total{service=~"{{args.service-name}}"}[5m]))
`),
  );
  expect(notes).toEqual([]);
  expect(documents).toEqual([
    {
      apiVersion: 'tidegate.dev/v1',
      kind: 'AnalysisTemplate',
      metadata: { name: 'success-rate' },
      spec: {
        args: [{ name: 'service-name' }, { name: 'floor', value: '0.95' }],
        metrics: [
          {
            name: 'success-rate',
            provider: {
              prometheus: {
                address: 'http://prometheus.example.com:9090',
                query:
                  'sum(irate(requests_total{service=~"{{args.service-name}}",code!~"5.*"}[5m])) /\nsum(irate(requests_total{service=~"{{args.service-name}}"}[5m]))',
                headers: [{ name: 'X-Scope-OrgID', value: 'shop' }],
                timeout: '40s',
              },
            },
            interval: '5m',
            initialDelay: '1m30s',
            successCondition: 'result[0] >= double(args.floor)',
            failureLimit: 4,
            inconclusiveLimit: 3,
            consecutiveErrorLimit: 1,
          },
        ],
      },
    },
  ]);
});

test('what is not given is what it is there: one look, the first failure and the first inconclusive end it', () => {
  const { metrics } = valid(
    importArgo(template(`successCondition: result[0] > 1\n${anyProvider}`)),
  );
  expect(metrics[0]).toMatchObject({ count: 1, inconclusiveLimit: 1 });
  expect(metrics[0]).not.toHaveProperty('failureLimit');
  expect(metrics[0]).not.toHaveProperty('consecutiveErrorLimit');
});

test('a web request', () => {
  const { metrics, notes } = valid(
    importArgo(
      template(
        `
successCondition: result.ok && result.successPercent >= 0.90
interval: 1m
count: 3
provider:
  web:
    method: POST
    url: "http://measure.example.com/v1?service={{ args.service }}"
    timeoutSeconds: 20
    headers: [{ key: Authorization, value: "Bearer {{ args.api-token }}" }]
    jsonBody: { key: value }
    jsonPath: "{$.data}"
    insecure: true`,
        'args:\n- name: service\n- name: api-token\n  valueFrom: { secretKeyRef: { name: token, key: api } }',
      ),
    ),
  );
  expect(metrics[0]?.provider).toEqual({
    web: {
      url: 'http://measure.example.com/v1?service={{ args.service }}',
      method: 'POST',
      headers: [
        { name: 'Authorization', value: 'Bearer {{ args.api-token }}' },
        { name: 'Content-Type', value: 'application/json' },
      ],
      body: '{"key":"value"}',
      jsonPath: '$.data',
      timeout: '20s',
    },
  });
  expect(places(notes)).toEqual([
    'shop.spec.args[1]',
    'shop.spec.metrics[0].provider.web.insecure',
  ]);
});

test.each([
  [
    'datadog',
    'successCondition: default(result, 0) <= 0.01',
    'datadog: { apiVersion: v2, interval: 10m, query: "sum:errors{service:{{args.s}}}" }',
    '(size(result) > 0 ? result[0] : 0) <= 0.01',
    { datadog: { apiVersion: 'v2', interval: '10m', query: 'sum:errors{service:{{args.s}}}' } },
  ],
  [
    'datadog with a formula',
    'successCondition: result < 0.5',
    'datadog: { apiVersion: v2, queries: { bad: "sum:bad{*}", all: "sum:all{*}" }, formula: "bad / all" }',
    'result[0] < 0.5',
    { datadog: { query: 'sum:bad{*}', queries: { all: 'sum:all{*}' }, formula: 'query / all' } },
  ],
  [
    'newRelic',
    'successCondition: result.successRate >= 0.95',
    'newRelic: { profile: nr, query: "FROM Transaction SELECT 1 AS successRate" }',
    'result[0].successRate >= 0.95',
    { newrelic: { query: 'FROM Transaction SELECT 1 AS successRate' } },
  ],
  [
    'graphite',
    'successCondition: results[0] >= 90.000000',
    'graphite: { address: "http://graphite:9090", query: "target=sumSeries(app.*)" }',
    'result[0] >= 90.000000',
    { graphite: { address: 'http://graphite:9090', query: 'sumSeries(app.*)' } },
  ],
  [
    'influxdb',
    'successCondition: result[0] <= 0.01',
    'influxdb: { query: "from(bucket: \\"a\\")" }',
    'result[0] <= 0.01',
    { influxdb: { query: 'from(bucket: "a")', token: { env: 'TIDEGATE_SECRET_INFLUXDB_TOKEN' } } },
  ],
] as const)('%s', (_name, condition, provider, expected, written) => {
  const text = template(`${condition}\nprovider: { ${provider} }`, 'args: [{ name: s }]');
  const { metrics, notes } = valid(importArgo(text));
  expect(metrics[0]).toMatchObject({ successCondition: expected, provider: written });
  // Each of them needs a secret that stood in the cluster, or no address that could be known.
  if (!('graphite' in written)) expect(notes[0]?.fix).toContain('TIDEGATE_SECRET_');
});

test('CloudWatch: queries as JSON, values by the id of their query', () => {
  const queries = JSON.stringify([
    { Id: 'rate', Expression: 'errors / requests' },
    ...['errors', 'requests'].map((name) => ({
      Id: name,
      MetricStat: {
        Metric: {
          Namespace: 'app',
          MetricName: name,
          Dimensions: [{ Name: 'service', Value: 'shop' }],
        },
        Period: 300,
        Stat: 'Sum',
        Unit: 'Count',
      },
      ReturnData: false,
    })),
  ]);
  const text = template(`
interval: 1m
successCondition: "all(result[0].Values, {# <= 0.01})"
provider:
  cloudWatch:
    interval: 15m
    metricDataQueries: '${queries}'`);
  const { metrics, notes } = valid(importArgo(text));
  expect(metrics[0]).toMatchObject({
    successCondition: '[result.rate].all(item, item <= 0.01)',
    provider: {
      cloudwatch: {
        window: '15m',
        period: '300s',
        metricDataQueries: [
          { id: 'rate', expression: 'errors / requests' },
          {
            id: 'errors',
            returnData: false,
            metricStat: {
              namespace: 'app',
              metricName: 'errors',
              dimensions: [{ name: 'service', value: 'shop' }],
              stat: 'Sum',
              unit: 'Count',
            },
          },
          { id: 'requests', returnData: false },
        ],
      },
    },
  });
  expect(notes.map(({ what }) => what)).toContain(
    'Of the values of a query only the newest is there.',
  );
});

test('what cannot be said in CEL never passes until it is mended', () => {
  const text = template(
    `successCondition: result matches "ok"\nfailureCondition: sum(result) > 3\n${anyProvider}`,
  );
  const { metrics, notes } = valid(importArgo(text));
  expect(metrics[0]).toMatchObject({ successCondition: 'false', failureCondition: 'true' });
  expect(notes).toEqual([
    {
      where: 'shop.spec.metrics[0].successCondition',
      what: '"result matches "ok"" cannot be said in CEL: there are no regular expressions. It is false until you mend it.',
      fix: 'Write the condition in CEL.',
    },
    {
      where: 'shop.spec.metrics[0].failureCondition',
      what: '"sum(result) > 3" cannot be said in CEL: the function sum has no counterpart. It is true until you mend it.',
      fix: 'Write the condition in CEL.',
    },
  ]);
});

test.each([
  ['failureLimit: -1', { failureLimit: 1000 }, 'failureLimit'],
  ['failureLimit: "{{args.n}}"', { failureLimit: 8 }, 'failureLimit'],
  ['count: "{{args.n}}"\ninterval: "{{args.every}}"', { count: 7, interval: '45s' }, 'count'],
  ['count: 4', { count: 4, interval: '1m' }, ''],
  ['interval: 5us', { interval: '1m' }, 'interval'],
  ['consecutiveSuccessLimit: 3', {}, 'consecutiveSuccessLimit'],
] as const)('%s', (fields, expected, place) => {
  const args = 'args:\n- { name: n, value: 7 }\n- { name: every, value: 45s }';
  const text = template(`successCondition: result[0] > 1\n${fields}\n${anyProvider}`, args);
  const { metrics, notes } = valid(importArgo(text));
  expect(metrics[0]).toMatchObject(expected);
  expect(places(notes)).toContain(`shop.spec.metrics[0]${place ? `.${place}` : ''}`);
});

test('whatever has no counterpart is said', () => {
  const { documents, metrics, notes } = valid(
    importArgo(`
kind: ClusterAnalysisTemplate
metadata: { name: Shop_Checks }
spec:
  dryRun: [{ metricName: a }]
  measurementRetention: [{ metricName: a, limit: 20 }]
  args: [{ name: pod, valueFrom: { fieldRef: { fieldPath: metadata.name } } }, { name: a.b }]
  metrics:
  - name: A
    ${anyProvider}
  - name: a
    successCondition: result > 1
    provider: { prometheus: { query: up, authentication: { sigv4: { region: x } } } }
  - name: job
    provider: { job: { spec: {} } }
  - name: mann-whitney
    provider: { kayenta: { address: "http://kayenta" } }
---
kind: Rollout
metadata: { name: shop }
`),
  );
  expect(documents).toHaveLength(1);
  expect(documents[0]?.metadata.name).toBe('shop-checks');
  expect(metrics.map(({ name }) => name)).toEqual(['a', 'a-2']);
  expect(metrics[0]?.successCondition).toBe('true');
  expect(places(notes)).toEqual([
    'Shop_Checks.metadata.name',
    'Shop_Checks.spec.dryRun',
    'Shop_Checks.spec.measurementRetention',
    'Shop_Checks.spec.args[0]',
    'Shop_Checks.spec.args[1]',
    'Shop_Checks.spec.metrics[0].name',
    'Shop_Checks.spec.metrics[0]',
    'Shop_Checks.spec.metrics[1].provider.prometheus.authentication',
    'Shop_Checks.spec.metrics[1].provider.prometheus',
    'Shop_Checks.spec.metrics[1].name',
    'Shop_Checks.spec.metrics[1].successCondition',
    'Shop_Checks.spec.metrics[2].provider.job',
    'Shop_Checks.spec.metrics[3].provider.kayenta',
    'Rollout shop',
  ]);
});

test('a text without a template, with broken YAML or too large is a problem', () => {
  const refused = (text: string) => {
    const result = importArgo(text);
    return result.ok ? null : result.problem.code;
  };
  expect(refused('kind: Rollout\nmetadata: { name: a }')).toBe('TG1403');
  expect(refused('')).toBe('TG1403');
  expect(refused(template('provider: { job: {} }'))).toBe('TG1403');
  expect(refused('a: [1, 2')).toBe('TG1001');
  expect(refused(`a: ${'x'.repeat(1_100_000)}`)).toBe('TG1005');
  expect(refused('a: &a [1]\nb: { <<: 1 }\n__proto__: 1')).toBe('TG1004');
});

test('what would be refused is written down and said', () => {
  const text = template(
    'successCondition: result[0] > 1\nprovider: { prometheus: { address: "http://prom:9090" } }',
  );
  const { notes, metrics } = done(importArgo(text));
  expect(metrics[0]?.provider).toEqual({ prometheus: { address: 'http://prom:9090', query: '' } });
  expect(places(notes)).toEqual(['shop: metric one']);
  expect(notes[0]?.what).toMatch(/^Its provider is not valid: prometheus\.query: /);
});

test('many metrics of one name are told apart in little time, and too many are said', () => {
  const metric = `- { name: a, ${anyProvider} }`;
  const text = `kind: AnalysisTemplate\nmetadata: { name: shop }\nspec:\n  metrics:\n${`  ${metric}\n`.repeat(2000)}`;
  const { metrics, notes } = done(importArgo(text));
  expect(new Set(metrics.map(({ name }) => name)).size).toBe(2000);
  expect(metrics.at(-1)?.name).toBe('a-2000');
  expect(notes.at(-1)?.what).toBe('It has 2000 metrics; 50 are allowed.');
});

test('a condition of any length is answered', () => {
  const text = template(`successCondition: "${'result > 1 || '.repeat(60_000)}"\n${anyProvider}`);
  const { metrics, notes } = valid(importArgo(text));
  expect(metrics[0]?.successCondition).toBe('false');
  expect(notes[0]?.what).toContain('it is longer than 4096 characters');
});

test('who had a baseline in an experiment is told where there is one here', () => {
  const experiment = `---
apiVersion: argoproj.io/v1alpha1
kind: Experiment
metadata: { name: baseline-canary }
`;
  const { notes } = done(
    importArgo(template(`${anyProvider}\nsuccessCondition: "true"`) + experiment),
  );
  expect(notes.find(({ where }) => where === 'Experiment baseline-canary')?.fix).toBe(
    'For a baseline beside the canary, put baseline: fresh into the strategy of the application.',
  );
});
