import { expect, test } from 'vitest';
import { importFlagger } from './flagger.ts';
import { places, valid } from './import.fixture.ts';

const canary = (metrics: string, analysis = ''): string => `
apiVersion: flagger.app/v1beta1
kind: Canary
metadata:
  name: podinfo
  namespace: test
spec:
  targetRef: { apiVersion: apps/v1, kind: Deployment, name: podinfo }
  service: { port: 9898 }
  analysis:
    interval: 30s
    threshold: 5
${analysis.replace(/^/gm, '    ')}
    metrics:
${metrics.trim().replace(/^/gm, '    ')}
`;

const template = (provider: string, query: string, name = 'not-found'): string => `
---
apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: { name: ${name}, namespace: istio-system }
spec:
  provider: ${provider}
  query: |
${query.replace(/^/gm, '    ')}
`;

test('the built-in metrics ask the router, with percent as a share and milliseconds as seconds', () => {
  const { documents, notes } = valid(
    importFlagger(
      canary(`
- name: request-success-rate
  thresholdRange: { min: 99 }
  interval: 1m
- name: request-duration
  thresholdRange: { max: 500 }
  interval: 30s`),
    ),
  );
  expect(documents).toEqual([
    {
      apiVersion: 'tidegate.dev/v1',
      kind: 'AnalysisTemplate',
      metadata: { name: 'podinfo' },
      spec: {
        metrics: [
          {
            name: 'request-success-rate',
            provider: { router: {} },
            interval: '30s',
            successCondition: 'result.errorRate <= 0.01',
            failureLimit: 5,
          },
          {
            name: 'request-duration',
            provider: { router: {} },
            interval: '30s',
            successCondition: 'result.p99 <= 0.5',
            failureLimit: 5,
          },
        ],
      },
    },
  ]);
  expect(places(notes)).toEqual([
    'podinfo.spec.analysis.threshold',
    'podinfo.spec.analysis.metrics[0].interval',
  ]);
});

test.each([
  ['request-success-rate', 'thresholdRange: { min: 99.9 }', 'result.errorRate <= 0.001'],
  [
    'request-success-rate',
    'thresholdRange: { min: 99, max: 100 }',
    'result.errorRate <= 0.01 && result.errorRate >= 0',
  ],
  ['request-success-rate', 'threshold: 95', 'result.errorRate <= 0.05'],
  ['request-duration', 'threshold: 250', 'result.p99 <= 0.25'],
  [
    'request-duration',
    'thresholdRange: { min: 1, max: 20 }',
    'result.p99 >= 0.001 && result.p99 <= 0.02',
  ],
  ['request-duration', '', 'false'],
])('%s with %s: %s', (name, range, expected) => {
  const { metrics } = valid(importFlagger(canary(`- name: ${name}\n  interval: 30s\n  ${range}`)));
  expect(metrics[0]?.successCondition).toBe(expected);
});

test('a metric template of the text is taken in, with its placeholders filled', () => {
  const text =
    canary(`
- name: "404s percentage"
  templateRef: { name: not-found, namespace: istio-system }
  templateVariables: { direction: inbound }
  thresholdRange: { min: 0, max: 5 }
  interval: 1m`) +
    template(
      '{ type: prometheus, address: "http://prometheus.istio-system:9090", secretRef: { name: auth } }',
      'rate(requests{ns="{{ namespace }}", app=~"{{target}}-[0-9a-z]+", d="{{ variables.direction }}"}[{{ interval }}])',
    );
  const { documents, metrics, notes } = valid(importFlagger(text));
  expect(documents).toHaveLength(1);
  expect(metrics[0]).toMatchObject({
    name: '404s-percentage',
    successCondition: 'result[0] >= 0 && result[0] <= 5',
    provider: {
      prometheus: {
        address: 'http://prometheus.istio-system:9090',
        query: 'rate(requests{ns="test", app=~"podinfo-[0-9a-z]+", d="inbound"}[1m])',
      },
    },
  });
  expect(places(notes)).toContain('not-found.spec.provider.secretRef');
  expect(places(notes)).toContain('podinfo.spec.analysis.metrics[0].name');
});

test.each([
  [
    'datadog',
    '{ type: datadog, address: "https://api.datadoghq.eu" }',
    'sum:a{*}',
    { datadog: { site: 'datadoghq.eu', query: 'sum:a{*}' } },
    'result[0] <= 5',
  ],
  [
    'newrelic',
    '{ type: newrelic }',
    'SELECT 1',
    { newrelic: { query: 'SELECT 1' } },
    'result[0].value <= 5',
  ],
  [
    'graphite',
    '{ type: graphite, address: "http://graphite.monitoring" }',
    'target=a.{{target}}',
    { graphite: { address: 'http://graphite.monitoring', query: 'a.podinfo' } },
    'result[0] <= 5',
  ],
  [
    'influxdb',
    '{ type: influxdb }',
    'from(bucket: "a")',
    { influxdb: { org: 'my-org' } },
    'result[0] <= 5',
  ],
  [
    'cloudwatch',
    '{ type: cloudwatch, region: ap-northeast-1 }',
    '[{"Id":"e1","Expression":"m1 / m2","Label":"ErrorRate"},{"Id":"m1","MetricStat":{"Metric":{"Namespace":"K","MetricName":"E","Dimensions":[{"Name":"app","Value":"{{ name }}.{{ namespace }}"}]},"Period":60,"Stat":"Sum"},"ReturnData":false}]',
    {
      cloudwatch: {
        region: 'ap-northeast-1',
        period: '60s',
        metricDataQueries: [
          { id: 'e1', expression: 'm1 / m2' },
          { id: 'm1', metricStat: { dimensions: [{ name: 'app', value: 'podinfo.test' }] } },
        ],
      },
    },
    'result.e1 <= 5',
  ],
] as const)('a template of %s', (_name, provider, query, expected, condition) => {
  const metric = '- name: a\n  templateRef: { name: not-found }\n  thresholdRange: { max: 5 }';
  const { metrics } = valid(importFlagger(canary(metric) + template(provider, query)));
  expect(metrics[0]).toMatchObject({ provider: expected, successCondition: condition });
});

test('a metric template alone becomes a template that never passes until it has a range', () => {
  const { documents, notes } = valid(
    importFlagger(
      template(
        '{ type: prometheus, address: "http://prom:9090" }',
        'rate(a{ns="{{ namespace }}", v="{{ variables.version }}"}[{{ interval }}])',
      ),
    ),
  );
  expect(documents[0]?.spec).toEqual({
    args: [{ name: 'namespace' }, { name: 'variables_version' }],
    metrics: [
      {
        name: 'not-found',
        provider: {
          prometheus: {
            address: 'http://prom:9090',
            query: 'rate(a{ns="{{args.namespace}}", v="{{args.variables_version}}"}[1m])',
          },
        },
        interval: '1m',
        successCondition: 'false',
      },
    ],
  });
  expect(notes.map(({ fix }) => fix)).toEqual([
    'Write successCondition, such as result[0] <= 5, and the interval.',
  ]);
});

test('what is about traffic, and what is not there, is said', () => {
  const text = `${canary(
    `
- name: gone
  templateRef: { name: elsewhere }
- name: odd
- name: old
  query: sum(up)
  threshold: 3
- name: cloudy
  templateRef: { name: not-found }`,
    'iterations: 10\nmaxWeight: 50\nstepWeight: 5\nwebhooks: [{ name: load, url: "http://a" }]',
  )}${template('{ type: stackdriver }', 'fetch')}
---
kind: AlertProvider
metadata: { name: slack }
`;
  const { metrics, notes } = valid(importFlagger(text));
  expect(metrics).toEqual([
    {
      name: 'old',
      provider: { prometheus: { address: 'http://prometheus:9090', query: 'sum(up)' } },
      interval: '30s',
      count: 10,
      successCondition: 'result[0] <= 3',
      failureLimit: 5,
    },
  ]);
  expect(places(notes)).toEqual([
    'podinfo.spec.analysis.maxWeight',
    'podinfo.spec.analysis.stepWeight',
    'podinfo.spec.analysis.webhooks',
    'podinfo.spec.analysis.threshold',
    'podinfo.spec.analysis.metrics[0].templateRef',
    'podinfo.spec.analysis.metrics[1]',
    'podinfo.spec.analysis.metrics[2]',
    'not-found.spec.provider',
    'AlertProvider',
  ]);
});

test('without a metric that can be imported there is a problem that says why', () => {
  const result = importFlagger(canary('- name: odd'));
  expect(result.ok ? '' : result.problem.detail).toBe(
    'There is no Canary or MetricTemplate of Flagger in it that could be imported. podinfo.spec.analysis.threshold: 5 failed checks of all metrics together ended it; here it is 5 of one metric. podinfo.spec.analysis.metrics[0]: odd is no metric of its own and names no template; it was left out. podinfo.spec.analysis: It has no metric that could be imported.',
  );
});
