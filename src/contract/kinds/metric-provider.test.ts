import { expect, test } from 'vitest';
import { providerSchema } from './metric-provider.ts';

const key = { env: 'TIDEGATE_SECRET_A' };
const aws = { accessKeyId: key, secretAccessKey: { file: 'aws/secret' } };
const cloudwatch = { region: 'eu-central-1', expression: 'm1', credentials: aws };
const metricStat = { namespace: 'AWS/ECS', metricName: 'Errors', stat: 'Sum' };

test.each<[object, object]>([
  [
    { datadog: { query: 'a{*}', apiKey: key, appKey: key } },
    {
      datadog: {
        ...{ site: 'datadoghq.com', apiVersion: 'v1', aggregator: 'last', formula: 'query' },
        ...{ interval: 300_000, timeout: 10_000, queries: {} },
      },
    },
  ],
  [{ cloudwatch }, { cloudwatch: { period: 60_000, window: 300_000, timeout: 10_000 } }],
  [
    { newrelic: { account: 1, query: 'SELECT 1', key } },
    { newrelic: { region: 'us', timeout: 10_000 } },
  ],
  [
    { graphite: { address: 'https://g/render-api', query: 'a.b' } },
    { graphite: { window: 300_000 } },
  ],
  [{ influxdb: { address: 'http://i:8086', org: 'o', query: 'f', token: key } }, { influxdb: {} }],
  [
    { loki: { address: 'http://l:3100', query: 'a', tenant: 'x|y' } },
    { loki: { timeout: 10_000 } },
  ],
])('%j is taken, with what is usual', (given, filled) => {
  expect(providerSchema.parse(given)).toMatchObject(filled);
});

const refused = (given: object) => providerSchema.safeParse(given).error?.issues.length ?? 'taken';

test.each<[string, object]>([
  ['a secret as it is', { newrelic: { account: 1, query: 'a', key: 'NRAK-123' } }],
  ['a secret of two places', { newrelic: { account: 1, query: 'a', key: { ...key, file: 'b' } } }],
  ['an address by an argument', { loki: { address: '{{args.url}}', query: 'a' } }],
  ['an address with a part by an argument', { loki: { address: 'http://{{args.h}}', query: 'a' } }],
  ['an address that is none', { loki: { address: 'http://[', query: 'a' } }],
  ['an address of another kind', { graphite: { address: 'file:///etc/passwd', query: 'a' } }],
  ['a query in an address', { graphite: { address: 'http://a/?b=c', query: 'a' } }],
  ['a tenant with a line break', { loki: { address: 'http://l', query: 'a', tenant: 'a\nb' } }],
  ['an unknown site', { datadog: { site: 'example.com', query: 'a', apiKey: key, appKey: key } }],
  ['no window', { graphite: { address: 'http://a', query: 'a', window: '0s' } }],
  ['a period that there is not', { cloudwatch: { ...cloudwatch, period: '90s' } }],
  ['a window below its period', { cloudwatch: { ...cloudwatch, period: '10m' } }],
  ['neither expression nor queries', { cloudwatch: { ...cloudwatch, expression: undefined } }],
  [
    'expression and queries',
    { cloudwatch: { ...cloudwatch, metricDataQueries: [{ id: 'a', expression: 'b' }] } },
  ],
  [
    'a query of both kinds',
    {
      cloudwatch: {
        ...{ ...cloudwatch, expression: undefined },
        metricDataQueries: [{ id: 'a', expression: 'b', metricStat }],
      },
    },
  ],
  ['two providers', { router: {}, loki: { address: 'http://l', query: 'a' } }],
])('%s is refused', (_name, given) => {
  expect(refused(given)).not.toBe('taken');
});

test('a query of CloudWatch by its metric', () => {
  const metricDataQueries = [{ id: 'errors', metricStat }];
  expect(refused({ cloudwatch: { ...cloudwatch, expression: undefined, metricDataQueries } })).toBe(
    'taken',
  );
});
