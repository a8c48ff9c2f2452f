import { expect, test } from 'vitest';
import { providerSchema } from '../kinds/metric-provider.ts';
import { done, places, valid } from './import.fixture.ts';
import { importKayenta } from './kayenta.ts';

const metric = (name: string, query: object, canary: object = {}, groups = ['errors']) => ({
  name,
  query,
  groups,
  analysisConfigurations: { canary },
  scopeName: 'default',
});
const config = (metrics: readonly object[], more: object = {}) => ({
  name: 'shop-canary',
  configVersion: '1',
  judge: { name: 'NetflixACAJudge-v1.0', judgeConfigurations: {} },
  metrics,
  templates: {},
  classifier: {
    groupWeights: { errors: 60, latency: 40 },
    scoreThresholds: { pass: 95, marginal: 75 },
  },
  ...more,
});
const read = (value: object) => valid(importKayenta(JSON.stringify(value)));

test('a canary config: what is judged, and how', () => {
  const { documents, notes } = read(
    config([
      metric(
        'Request errors',
        {
          type: 'prometheus',
          serviceType: 'prometheus',
          customInlineTemplate:
            'PromQL:sum(rate(http_requests_total{code=~"5..",release="${scope}",env="${location}",team="${team}"}[5m]))',
        },
        {
          direction: 'increase',
          nanStrategy: 'replace',
          critical: true,
          mustHaveData: true,
          effectSize: { allowedIncrease: 1.1, criticalIncrease: 5 },
          outliers: { strategy: 'remove', outlierFactor: 2.5 },
        },
      ),
      metric(
        'p99',
        {
          type: 'prometheus',
          metricName: 'p99',
          labelBindings: ['release="${scope}"'],
          groupByFields: ['zone'],
        },
        {},
        ['latency'],
      ),
    ]),
  );
  expect(documents[0]).toEqual({
    apiVersion: 'tidegate.dev/v1',
    kind: 'AnalysisTemplate',
    metadata: { name: 'shop-canary' },
    spec: {
      args: [{ name: 'team' }],
      judge: { mannWhitney: { pass: 95, marginal: 75, groups: { errors: 60, latency: 40 } } },
      metrics: [
        {
          name: 'request-errors',
          provider: {
            prometheus: {
              address: 'http://prometheus:9090',
              query:
                'sum(rate(http_requests_total{code=~"5..",release="{{release}}",env="{{environment}}",team="{{args.team}}"}[5m]))',
            },
          },
          interval: '1m',
          mannWhitney: {
            direction: 'increase',
            nanStrategy: 'replace',
            critical: true,
            mustHaveData: true,
            effectSize: { measure: 'meanRatio', allowedIncrease: 1.1, criticalIncrease: 5 },
            outliers: { strategy: 'remove', factor: 2.5 },
            group: 'errors',
          },
        },
        {
          name: 'p99',
          provider: {
            prometheus: {
              address: 'http://prometheus:9090',
              query: 'avg(p99{release="{{release}}"})',
            },
          },
          interval: '1m',
          mannWhitney: {
            direction: 'either',
            nanStrategy: 'remove',
            critical: false,
            mustHaveData: false,
            effectSize: { measure: 'meanRatio' },
            outliers: { strategy: 'keep', factor: 3 },
            group: 'latency',
          },
        },
      ],
    },
  });
  expect(notes.map(({ fix }) => fix).join()).toContain('put baseline: fresh into the strategy');
  expect(places(notes)).toEqual(
    [
      ...['.metrics[0].query', '.metrics[0].name', '.metrics[1].query.groupByFields'],
      ...['.metrics[1].query', '.metrics', '.metrics', ''],
    ].map((rest) => `shop-canary${rest}`),
  );
});

test.each([
  ['prometheus', { metricName: 'm', customFilterTemplate: 'f' }, 'avg(m{release="{{release}}"})'],
  ['prometheus', { metricName: 'm' }, 'avg(m{release="{{release}}"})'],
  ['datadog', { metricName: 'avg:system.cpu.user' }, 'avg:system.cpu.user{release:{{release}}}'],
  [
    'datadog',
    { metricName: 'cpu', customInlineTemplate: 'env:${location}' },
    'avg:cpu{env:{{environment}},release:{{release}}}',
  ],
  ['newrelic', {}, "SELECT count(*) AS value FROM Transaction WHERE release = '{{release}}'"],
  [
    'newrelic',
    { select: "SELECT count(*) AS value FROM T WHERE v = '${scope}'" },
    "SELECT count(*) AS value FROM T WHERE v = '{{release}}'",
  ],
  [
    'newrelic',
    { select: 'SELECT count(*) AS value FROM T', q: 'code > 499' },
    "SELECT count(*) AS value FROM T WHERE code > 499 AND release = '{{release}}'",
  ],
  [
    'datadog',
    { metricName: 'cpu', customInlineTemplate: 'sum:cpu{version:${scope}}' },
    'sum:cpu{version:{{release}}}',
  ],
  ['graphite', { metricName: 'app.$scope.errors' }, 'app.{{release}}.errors'],
  [
    'newrelic',
    {
      select: 'SELECT average(duration) FROM Transaction',
      customInlineTemplate: "version = '${scope}'",
    },
    "SELECT average(duration) FROM Transaction WHERE version = '{{release}}'",
  ],
] as const)('a query of %s: %j', (type, query, expected) => {
  const templates = { f: 'release="${scope}"' };
  const { metrics } = read(config([metric('a', { type, ...query })], { templates }));
  expect(providerSchema.safeParse(metrics[0]?.provider).success).toBe(true);
  expect(Object.values(metrics[0]?.provider as object)[0]).toMatchObject({ query: expected });
});

test('CloudWatch: one metric by its name', () => {
  const query = {
    type: 'cloudwatch',
    namespace: 'app',
    metricName: 'errors',
    statistic: 'Sum',
    dimensions: [{ name: 'version', value: '${scope}' }],
  };
  const { metrics } = read(config([metric('a', query)]));
  expect(providerSchema.safeParse(metrics[0]?.provider).success).toBe(true);
  expect(metrics[0]?.provider).toMatchObject({
    cloudwatch: {
      metricDataQueries: [
        {
          id: 'value',
          metricStat: {
            namespace: 'app',
            metricName: 'errors',
            dimensions: [{ name: 'version', value: '{{release}}' }],
            stat: 'Sum',
          },
        },
      ],
    },
  });
});

test('whatever is otherwise or left out is said', () => {
  const { documents, metrics, notes } = read({
    canaryConfig: config(
      [
        metric('stars', { type: 'stackdriver', metricType: 'a' }),
        metric('quiet', { type: 'prometheus', metricName: 'm' }, { muted: true }),
        metric('open', { type: 'prometheus', metricName: 'm' }, { direction: 'sideways' }, [
          'a',
          'b',
        ]),
        metric(
          'cles',
          { type: 'prometheus', metricName: 'm', labelBindings: ['a="b"'], unheardOf: 1 },
          { effectSize: { measure: 'CLES', allowedIncrease: 0.7 }, surprise: 1 },
        ),
      ],
      {
        judge: { name: 'RemoteJudge-v1.0' },
        classifier: { groupWeights: { errors: 50 } },
        description: 'of the shop',
      },
    ),
    executionRequest: { scopes: {} },
  });
  expect(metrics.map(({ name }) => name)).toEqual(['open', 'cles']);
  expect(documents[0]?.spec.judge).toEqual({
    mannWhitney: { pass: 95, marginal: 75, groups: { errors: 50 } },
  });
  expect(metrics[1]?.mannWhitney).toMatchObject({
    effectSize: { measure: 'cles', allowedIncrease: 0.7 },
  });
  const at = (rest: string): string => `shop-canary.metrics${rest}`;
  expect(places(notes)).toEqual([
    'request.executionRequest',
    'shop-canary.description',
    at('[0].query.metricType'),
    at('[0].query'),
    at('[1]'),
    at('[2].query'),
    at('[2].query'),
    at('[2].groups'),
    at('[2].analysisConfigurations.canary.direction'),
    at('[3].query.unheardOf'),
    at('[3].query'),
    at('[3].query'),
    at('[3].analysisConfigurations.canary.surprise'),
    'shop-canary.metrics',
    'shop-canary.metrics',
    'shop-canary.judge',
    'shop-canary.classifier.scoreThresholds',
    'shop-canary.classifier.groupWeights',
  ]);
});

test('a query that was written by hand and asks for no release is kept, and said to be invalid', () => {
  const query = { type: 'graphite', metricName: 'app.errors' };
  const { metrics, notes } = done(importKayenta(JSON.stringify(config([metric('a', query)]))));
  expect(metrics[0]?.provider).toMatchObject({ graphite: { query: 'app.errors' } });
  expect(notes.at(-1)).toEqual({
    where: 'shop-canary: metric a',
    what: 'It is not valid: a metric that is compared asks for one release.',
    fix: 'Put {{release}} into its query: it is asked of the candidate and of the stable release. Or give successCondition or failureCondition.',
  });
});

test.each([
  ['newrelic', 'value'],
  ['cloudwatch', 'value'],
  ['prometheus', undefined],
])('the point of a series of %s is its figure', (type, of) => {
  const { metrics } = read(config([metric('a', { type, metricName: 'm' })]));
  expect(metrics.map(({ mannWhitney }) => (mannWhitney as { readonly of?: string }).of)).toEqual([
    of,
  ]);
});

test('a variable that begins with _ is an argument that a template may have', () => {
  const customInlineTemplate = 'PromQL:up{a="${_scope_key}",release="${scope}"}';
  const { documents } = read(config([metric('a', { type: 'prometheus', customInlineTemplate })]));
  expect(documents[0]?.spec.args).toEqual([{ name: 'ascope_key' }]);
});

test('JSON with tabs is read; what is no canary config is a problem', () => {
  const text = JSON.stringify(
    config([metric('a', { type: 'prometheus', metricName: 'm' })]),
    null,
    '\t',
  );
  expect(importKayenta(text).ok).toBe(true);
  for (const wrong of ['{}', '[]', '7', '', '{"metrics": 3}', '{"metrics": [{}]}']) {
    expect(importKayenta(wrong)).toMatchObject({ ok: false, problem: { code: 'TG1403' } });
  }
  expect(importKayenta('{"a": ')).toMatchObject({ ok: false, problem: { code: 'TG1001' } });
});
