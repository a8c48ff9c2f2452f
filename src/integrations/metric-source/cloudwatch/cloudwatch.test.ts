import { expect, test } from 'vitest';
import { questionOf } from '../question.fixture.ts';
import { key, now, telling, theSecret, vendorTests } from '../vendor.fixture.ts';
import { cloudwatchAddress, cloudwatchSource } from './cloudwatch.ts';
import { timesOf } from './queries.ts';
import { signAws } from './sigv4.ts';

type Result = readonly [id: string, values: readonly (number | string)[], status?: string];
/** As GetMetricData answers over JSON: times are seconds, the newest first. */
const results = (...list: readonly Result[]) =>
  JSON.stringify({
    MetricDataResults: list.map(([Id, Values, StatusCode = 'Complete']) => ({
      ...{ Id, Label: Id, StatusCode, Values },
      Timestamps: Values.map((_, at) => 1_700_000_000 - 60 * at),
    })),
    Messages: [],
  });

const expression =
  'SEARCH(\'{AWS/ECS,ServiceName} MetricName="Errors" ServiceName="{{application}}"\', \'Sum\')';
const filled = expression.replace('{{application}}', 'checkout');
const queries = [
  {
    id: 'errors',
    metricStat: {
      namespace: 'shop/{{environment}}',
      metricName: 'Errors',
      dimensions: [{ name: 'Release', value: '{{args.x}}' }],
      stat: 'Sum',
    },
    returnData: false,
  },
  { id: 'rate', expression: 'errors / PERIOD(errors)' },
];

const { ask, asked } = vendorTests({
  name: 'cloudwatch',
  make: cloudwatchSource,
  settings: {
    region: 'eu-central-1',
    expression,
    credentials: { accessKeyId: key, secretAccessKey: key },
  },
  pages: {
    value: results(['a', [3, 9]], ['b', [0.5]], ['c', []]),
    noData: results(),
    empty: results(['a', []]),
    odd: results(['a', ['NaN', 1]]),
    twice: results(['rate', [1]], ['rate', [2]]),
    partial: results(['a', [1], 'PartialData']),
    forbidden2: results(['a', [], 'Forbidden']),
    pages: '{"MetricDataResults":[],"NextToken":"more"}',
    message:
      '{"MetricDataResults":[],"Messages":[{"Code":"MaxMetricsExceeded","Value":"Maximum number of allowed metrics exceeded"}]}',
    list: '[]',
    told: JSON.stringify({ MetricDataResults: [], Messages: [{ Value: telling }] }),
    wrong: (answer) =>
      answer
        .writeHead(400)
        .end(
          '{"__type":"com.amazonaws#InvalidParameterValueException","message":"bad expression"}',
        ),
    throttled: (answer) =>
      answer
        .writeHead(400)
        .end('{"__type":"com.amazonaws#ThrottlingException","message":"Rate exceeded"}'),
  },
});

test('an expression: the newest number of each series, signed', async () => {
  const answer = await ask('value');
  expect(answer).toEqual({ ok: true, value: { result: [3, 0.5] }, query: filled, baseline: null });
  const last = asked.at(-1);
  expect(JSON.parse(last?.body ?? '')).toEqual({
    StartTime: 1_699_999_680,
    EndTime: 1_699_999_980,
    ScanBy: 'TimestampDescending',
    MetricDataQueries: [{ Id: 'result', ReturnData: true, Expression: filled, Period: 60 }],
  });
  const { host = '', authorization } = last?.headers ?? {};
  const headers = {
    'content-type': 'application/json',
    'content-encoding': 'amz-1.0',
    'x-amz-target': 'GraniteServiceVersion20100801.GetMetricData',
  };
  expect(last).toMatchObject({ method: 'POST', path: '/', headers });
  const expected = signAws(
    { method: 'POST', url: new URL(`http://${host}/value`), headers, body: last?.body ?? '' },
    { accessKeyId: theSecret, secretAccessKey: theSecret },
    { region: 'eu-central-1', service: 'monitoring', now },
  );
  expect(authorization).toBe(expected.authorization);
});

test('queries: the newest number of each by its id', async () => {
  const more = { expression: undefined, metricDataQueries: queries };
  const answer = await ask('value', more, { x: '"any" text' });
  expect(answer).toMatchObject({ ok: true, value: { result: { a: 3, b: 0.5 } } });
  const sent = JSON.parse(asked.at(-1)?.body ?? '').MetricDataQueries;
  expect(JSON.parse(answer.query)).toEqual(sent);
  expect(sent).toEqual([
    {
      Id: 'errors',
      ReturnData: false,
      MetricStat: {
        Metric: {
          Namespace: 'shop/production',
          MetricName: 'Errors',
          Dimensions: [{ Name: 'Release', Value: '"any" text' }],
        },
        ...{ Period: 60, Stat: 'Sum' },
      },
    },
    { Id: 'rate', ReturnData: true, Expression: 'errors / PERIOD(errors)', Period: 60 },
  ]);
});

test.each([
  ['empty', {}, null],
  ['odd', {}, { result: [Number.NaN] }],
  ['empty', { expression: undefined, metricDataQueries: queries.slice(1) }, null],
])('%s', async (mode, more, value) => {
  expect(await ask(mode, more)).toMatchObject({ ok: true, value });
});

test.each([
  ['partial', 'TG1402', 'a is PartialData', undefined],
  ['forbidden2', 'TG1402', 'a is Forbidden', undefined],
  ['pages', 'TG1402', 'further pages', undefined],
  ['message', 'TG1402', 'Maximum number', undefined],
  ['list', 'TG1402', 'no MetricDataResults', undefined],
  ['wrong', 'TG1401', 'bad expression', undefined],
  ['throttled', 'TG1401', 'Rate exceeded', { transient: true, retryAfter: null }],
])('%s is %s', async (mode, code, detail, data) => {
  const answer = await ask(mode);
  expect(!answer.ok && answer.problem.code).toBe(code);
  expect(!answer.ok && answer.problem.detail).toContain(detail);
  expect(!answer.ok && answer.problem.data).toEqual(data);
});

test('an id that gives several series is refused', async () => {
  const more = { expression: undefined, metricDataQueries: queries.slice(1) };
  const answer = await ask('twice', more);
  expect(!answer.ok && answer.problem.detail).toContain('rate gives several series');
});

test.each([
  [`SEARCH('{A} "{{args.x}}"', 'Sum')`, 'app/alb-1/50dc', `SEARCH('{A} "app/alb-1/50dc"', 'Sum')`],
  ['m1 > {{args.x}}', '0.5', 'm1 > 0.5'],
  [`SEARCH('{A} "{{args.x}}"', 'Sum')`, `"', 'Sum')`, null],
  [`SEARCH('{A} {{args.x}}', 'Sum')`, 'a OR b', null],
  ["SELECT SUM(x) FROM y WHERE z = '{{args.x}}'", "' OR z != '", null],
  ['m1 > {{args.x}}', '0 + m2', null],
])('%s with %j', async (template, x, expected) => {
  const before = asked.length;
  const answer = await ask('value', { expression: template }, { x });
  expect(answer.ok ? answer.query : null).toBe(expected);
  expect(asked.length - before).toBe(expected === null ? 0 : 1);
});

test.each([
  [60_000, 300_000, 1_199_999, { start: 840, end: 1140 }],
  [60_000, 60_000, 1_200_000, { start: 1140, end: 1200 }],
  [300_000, 420_000, 1_200_000, { start: 600, end: 1200 }],
  [10_000, 10_000, 19_999, { start: 0, end: 10 }],
])('period %d and window %d at %d', (period, window, at, expected) => {
  expect(timesOf({ period, window }, at)).toEqual(expected);
});

test('the address follows the region', () => {
  const address = (region: string, more: object = {}) => {
    const credentials = { accessKeyId: key, secretAccessKey: key };
    const { provider } = questionOf({
      cloudwatch: { region, expression: '1', credentials, ...more },
    });
    return 'cloudwatch' in provider ? cloudwatchAddress(provider.cloudwatch) : '';
  };
  expect(address('us-gov-west-1')).toBe('https://monitoring.us-gov-west-1.amazonaws.com');
  expect(address('cn-north-1')).toBe('https://monitoring.cn-north-1.amazonaws.com.cn');
  expect(address('eu-west-1', { address: 'http://stack:4566' })).toBe('http://stack:4566');
});
