import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MetricQuestion } from '../port.ts';
import { questionOf } from '../question.fixture.ts';
import { serve, type TestServer } from '../server.fixture.ts';
import { prometheusSource } from './prometheus.ts';

/** The wire format of answers that a healthy Prometheus does not give on demand; the real one is in prometheus.real.test.ts. */
const answers: Readonly<Record<string, string>> = {
  scalar: '{"status":"success","data":{"resultType":"scalar","result":[1,"0.5"]}}',
  vector:
    '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"1"]},{"metric":{"a":"b"},"value":[1.5,"-Inf"]}]}}',
  empty: '{"status":"success","data":{"resultType":"vector","result":[]}}',
  nan: '{"status":"success","data":{"resultType":"scalar","result":[1,"NaN"]}}',
  infinite: '{"status":"success","data":{"resultType":"scalar","result":[1,"+Inf"]}}',
  matrix: '{"status":"success","data":{"resultType":"matrix","result":[]}}',
  text: '{"status":"success","data":{"resultType":"string","result":[1,"up"]}}',
  histogram:
    '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[1,{}]}]}}',
  failed: '{"status":"error","errorType":"execution","error":"too many samples"}',
  list: '[]',
};

const servers: TestServer[] = [];
const paths: string[] = [];
beforeAll(async () => {
  servers.push(
    await serve((request, response) => {
      const url = new URL(request.url ?? '', 'http://127.0.0.1');
      paths.push(`${url.pathname} ${request.headers['x-scope'] ?? ''}`);
      const name = url.searchParams.get('query') ?? '';
      if (name === 'refused') response.writeHead(422).end(answers.failed);
      else response.end(answers[name]);
    }),
  );
});
afterAll(async () => {
  for (const server of servers) await server.stop();
});

type Fields = { readonly [field: string]: unknown };
const ask = (fields: Fields, args: MetricQuestion['args'] = {}) =>
  prometheusSource().measure(
    questionOf({ prometheus: { address: servers[0]?.url, ...fields } }, { args }),
    AbortSignal.timeout(5000),
  );

test.each([
  ['scalar', { result: 0.5 }],
  ['vector', { result: [1, Number.NEGATIVE_INFINITY] }],
  ['empty', null],
  ['nan', { result: Number.NaN }],
  ['infinite', { result: Number.POSITIVE_INFINITY }],
])('%s', async (query, value) => {
  expect(await ask({ query })).toEqual({ ok: true, value, query, baseline: null });
});

test.each([
  ['matrix', 'TG1402', 'neither a scalar nor a vector'],
  ['text', 'TG1402', 'neither a scalar nor a vector'],
  ['histogram', 'TG1402', 'neither a scalar nor a vector'],
  ['failed', 'TG1402', 'neither a scalar nor a vector'],
  ['list', 'TG1402', 'neither a scalar nor a vector'],
  ['refused', 'TG1401', 'status 422: {"status":"error","errorType":"execution"'],
])('%s is %s', async (query, code, detail) => {
  const answer = await ask({ query });
  expect(!answer.ok && answer.problem.code).toBe(code);
  expect(!answer.ok && answer.problem.detail).toContain(detail);
  expect(answer.query).toBe(query);
});

test('a path before the API and headers go along', async () => {
  const headers = [{ name: 'X-Scope', value: '{{args.tenant}}' }];
  const address = `${servers[0]?.url}/prom//`;
  expect((await ask({ address, headers, query: 'scalar' }, { tenant: 'shop' })).ok).toBe(true);
  expect(paths.at(-1)).toBe('/prom/api/v1/query shop');
});

test.each<[string, Fields, MetricQuestion['args']]>([
  ['an address that is none', { address: '{{args.a}}', query: 'up' }, { a: 'file:///etc/passwd' }],
  ['a query that an argument would change', { query: 'up > {{args.a}}' }, { a: '1 or up' }],
  ['an address without its argument', { address: '{{args.a}}', query: 'up' }, {}],
  [
    'a header without its argument',
    { headers: [{ name: 'a', value: '{{args.b}}' }], query: 'up' },
    {},
  ],
])('%s is refused before anything is asked', async (_name, fields, args) => {
  const before = paths.length;
  const answer = await ask(fields, args);
  expect(!answer.ok && answer.problem.code).toBe('TG1402');
  expect(paths).toHaveLength(before);
});

test('another kind of metric is refused', async () => {
  const answer = await prometheusSource().measure(
    questionOf({ router: {} }),
    AbortSignal.timeout(1000),
  );
  expect(answer.ok).toBe(false);
});
