import { expect, test } from 'vitest';
import { questionOf } from '../question.fixture.ts';
import { key, now, telling, theSecret, vendorTests } from '../vendor.fixture.ts';
import { datadogAddress, datadogSource } from './datadog.ts';

type Points = readonly (readonly [at: number, value: number | null])[];
/** As documented for v1: pairs of milliseconds and value. */
const series = (...lists: readonly Points[]) =>
  JSON.stringify({
    status: 'ok',
    res_type: 'time_series',
    series: lists.map((pointlist) => ({ metric: 'system.cpu.idle', pointlist, scope: 'env:x' })),
    message: '',
  });

/** As documented for v2: columns of groups and of numbers. */
const scalar = (...values: readonly (number | null)[]) =>
  JSON.stringify({
    data: {
      type: 'scalar_response',
      attributes: {
        columns: [
          { name: 'env', type: 'group', values: [['production'], ['staging']] },
          { name: 'a', type: 'number', values, meta: { unit: [{ family: 'time' }, null] } },
        ],
      },
    },
  });

const query = 'sum:http.errors{service:{{application}},version:{{release}}}.as_rate()';
const filled = 'sum:http.errors{service:checkout,version:r-2}.as_rate()';

const { ask, asked } = vendorTests({
  name: 'datadog',
  make: datadogSource,
  settings: { query, apiKey: key, appKey: key },
  pages: {
    value: series(
      [
        [1, 3],
        [2, 0.5],
        [3, null],
      ],
      [[1, 7]],
    ),
    noData: series(),
    nulls: series([[1, null]], []),
    failed: '{"status":"error","error":"Rule \'scope_expr\' didn\'t match","series":[]}',
    alone: '{"status":"ok"}',
    told: JSON.stringify({ status: 'error', error: telling }),
    reset: (answer) =>
      answer.writeHead(429, { 'x-ratelimit-reset': '7' }).end('{"errors":["Rate limit"]}'),
    scalar: scalar(0.5, null, 2),
    noScalar: scalar(null),
    scalarError: '{"errors":"An error generated when processing a request."}',
    scalarAlone: '{}',
  },
});

test('v1: the newest point that is not null of each series', async () => {
  const answer = await ask('value', { interval: '10m' });
  expect(answer).toEqual({ ok: true, value: { result: [0.5, 7] }, query: filled, baseline: null });
  const last = asked.at(-1);
  expect(last).toMatchObject({ method: 'GET', path: '/api/v1/query' });
  expect(Object.fromEntries(last?.query ?? [])).toEqual({
    from: String(now / 1000 - 600),
    to: String(now / 1000),
    query: filled,
  });
  expect(last?.headers).toMatchObject({ 'dd-api-key': theSecret, 'dd-application-key': theSecret });
});

test('v2: the formula over named queries', async () => {
  const more = {
    ...{ apiVersion: 'v2', aggregator: 'sum', formula: 'query / all' },
    queries: { all: 'sum:http.requests{service:{{application}}}' },
  };
  const answer = await ask('scalar', more);
  expect(answer).toMatchObject({ ok: true, value: { result: [0.5, 2] } });
  expect(answer.query).toBe(
    `query / all, all = sum:http.requests{service:checkout}, query = ${filled}`,
  );
  const last = asked.at(-1);
  expect(last).toMatchObject({ method: 'POST', path: '/api/v2/query/scalar' });
  const metric = { data_source: 'metrics', aggregator: 'sum' };
  expect(JSON.parse(last?.body ?? '')).toEqual({
    data: {
      type: 'scalar_request',
      attributes: {
        from: now - 300_000,
        to: now,
        formulas: [{ formula: 'query / all' }],
        queries: [
          { ...metric, name: 'all', query: 'sum:http.requests{service:checkout}' },
          { ...metric, name: 'query', query: filled },
        ],
      },
    },
  });
});

test.each([
  ['nulls', 'v1'],
  ['noScalar', 'v2'],
])('%s of %s is no data', async (mode, apiVersion) => {
  expect(await ask(mode, { apiVersion })).toMatchObject({ ok: true, value: null });
});

test.each([
  ['failed', 'v1', "Datadog says: Rule 'scope_expr'"],
  ['alone', 'v1', 'no list of series'],
  ['scalar', 'v1', 'no list of series'],
  ['scalarError', 'v2', 'An error generated'],
  ['scalarAlone', 'v2', 'no columns'],
  ['html', 'v2', 'what is not JSON'],
])('%s of %s is a problem', async (mode, apiVersion, detail) => {
  const answer = await ask(mode, { apiVersion });
  expect(!answer.ok && answer.problem.code).toBe('TG1402');
  expect(!answer.ok && answer.problem.detail).toContain(detail);
});

test('a limit says by its own header when it ends', async () => {
  const answer = await ask('reset');
  expect(!answer.ok && answer.problem.data).toEqual({ transient: true, retryAfter: 7000 });
});

test.each([
  ['a{version:{{args.x}}}', '1.2.3-rc/4', 'a{version:1.2.3-rc/4}'],
  ['a{*} > {{args.x}}', '-0.5', 'a{*} > -0.5'],
  ["anomalies(a{*}, '{{args.x}}', 2)", 'basic', "anomalies(a{*}, 'basic', 2)"],
  ['a{version:{{args.x}}}', '*', null],
  ['a{version:{{args.x}}}', 'x} + b{*', null],
  ['a{version:{{args.x}}}', 'x,env:y', null],
  ['a{version:{{args.x}}}', 'x OR y', null],
  ['a{ {{args.x}} }', '-env:production', null],
  ['a{version:{{args.x}}}', '', null],
  ["anomalies(a{*}, '{{args.x}}', 2)", "', 3", null],
  ['a{*} / {{args.x}}', 'b{*}', null],
])('%s with %j', async (template, x, expected) => {
  const before = asked.length;
  const answer = await ask('value', { query: template }, { x });
  expect(answer.ok ? answer.query : null).toBe(expected);
  expect(asked.length - before).toBe(expected === null ? 0 : 1);
});

test('the address follows the site', () => {
  const address = (more: object) => {
    const { provider } = questionOf({ datadog: { query: 'a', apiKey: key, appKey: key, ...more } });
    return 'datadog' in provider ? datadogAddress(provider.datadog) : '';
  };
  expect(address({})).toBe('https://api.datadoghq.com');
  expect(address({ site: 'datadoghq.eu' })).toBe('https://api.datadoghq.eu');
  expect(address({ address: 'http://gateway/dd/' })).toBe('http://gateway/dd');
});
