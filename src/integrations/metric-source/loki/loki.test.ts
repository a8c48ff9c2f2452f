import { expect, test } from 'vitest';
import { key, theSecret, vendorTests } from '../vendor.fixture.ts';
import { lokiSource } from './loki.ts';

const vector = (...values: readonly string[]) =>
  JSON.stringify({
    status: 'success',
    data: {
      resultType: 'vector',
      result: values.map((value) => ({ metric: { app: 'checkout' }, value: [1588889221, value] })),
      stats: {},
    },
  });

const query =
  'sum(count_over_time({app="{{application}}", release="{{release}}"} |= "error" [5m]))';

const { ask, asked } = vendorTests({
  name: 'loki',
  make: lokiSource,
  settings: { query, token: key },
  pages: {
    value: vector('12', '0.5'),
    noData: vector(),
    odd: vector('NaN', '+Inf', '-Inf'),
    scalar: '{"status":"success","data":{"resultType":"scalar","result":[1588889221,"1267"]}}',
    streams:
      '{"status":"success","data":{"resultType":"streams","result":[{"stream":{},"values":[]}]}}',
    matrix: '{"status":"success","data":{"resultType":"matrix","result":[]}}',
    // Loki says what is wrong with a query in plain text.
    wrong: (answer) => answer.writeHead(400).end('parse error at line 1, col 5: syntax error'),
  },
});

test('path, query and headers of an instant query', async () => {
  const answer = await ask('value', { tenant: 'shop|web' });
  const filled = query.replace('{{application}}', 'checkout').replace('{{release}}', 'r-2');
  expect(answer).toEqual({ ok: true, value: { result: [12, 0.5] }, query: filled, baseline: null });
  const last = asked.at(-1);
  expect(last).toMatchObject({ method: 'GET', path: '/loki/api/v1/query' });
  expect(last?.query.get('query')).toBe(filled);
  expect(last?.headers).toMatchObject({
    authorization: `Bearer ${theSecret}`,
    'x-scope-orgid': 'shop|web',
  });
});

test('with a user name the token is a password; without both nothing is sent', async () => {
  await ask('value', { username: '4711' });
  const basic = Buffer.from(`4711:${theSecret}`).toString('base64');
  expect(asked.at(-1)?.headers.authorization).toBe(`Basic ${basic}`);
  await ask('value', { token: undefined });
  expect(asked.at(-1)?.headers).not.toHaveProperty('authorization');
  expect(asked.at(-1)?.headers).not.toHaveProperty('x-scope-orgid');
});

test.each([
  ['odd', { result: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] }],
  ['scalar', { result: 1267 }],
])('%s', async (mode, value) => {
  expect(await ask(mode)).toMatchObject({ ok: true, value });
});

test.each([
  ['streams', 'TG1402', 'sum(count_over_time('],
  ['matrix', 'TG1402', 'neither a scalar nor a vector'],
  ['wrong', 'TG1401', 'parse error at line 1'],
])('%s is %s', async (mode, code, detail) => {
  const answer = await ask(mode);
  expect(!answer.ok && answer.problem.code).toBe(code);
  expect(!answer.ok && answer.problem.detail).toContain(detail);
});

test('an argument with quotes stays one text', async () => {
  const more = { query: 'sum(count_over_time({app="{{args.x}}"}[5m]))' };
  const answer = await ask('value', more, { x: 'a"} or {b="' });
  expect(answer.query).toBe('sum(count_over_time({app="a\\"} or {b=\\""}[5m]))');
  const bare = await ask(
    'value',
    { query: 'count_over_time({a="b"}[{{args.x}}])' },
    { x: '5m]) or' },
  );
  expect(bare).toMatchObject({ ok: false, problem: { code: 'TG1402' } });
});
