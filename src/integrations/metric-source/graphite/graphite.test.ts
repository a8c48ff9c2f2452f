import { expect, test } from 'vitest';
import { key, theSecret, vendorTests } from '../vendor.fixture.ts';
import { graphiteSource } from './graphite.ts';

/** As the render API documents it: pairs of value and time, null where nothing was counted. */
const series = (...lists: readonly (readonly (number | null)[])[]) =>
  JSON.stringify(
    lists.map((values, at) => ({
      target: `entries.${at}`,
      datapoints: values.map((value, step) => [value, 1_311_836_008 + step]),
    })),
  );

const { ask, asked } = vendorTests({
  name: 'graphite',
  make: graphiteSource,
  settings: { query: 'sumSeries(apps.{{application}}.{{release}}.errors)', token: key },
  pages: {
    value: series([1, 2, 6, null, null], [null, 0]),
    noData: '[]',
    nulls: series([null, null], []),
    mixed: series([null], [3]),
    infinite: '[{"target":"a","datapoints":[[1e9999,1]]}]',
    object: '{"target":"a"}',
    texts: '[{"target":"a","datapoints":[["1",1]]}]',
    wrong: (answer) => answer.writeHead(400).end('Invalid target'),
  },
});

test('the newest datapoint that is not null of each series', async () => {
  const answer = await ask('value', { window: '90s' });
  const query = 'sumSeries(apps.checkout.r-2.errors)';
  expect(answer).toEqual({ ok: true, value: { result: [6, 0] }, query, baseline: null });
  const last = asked.at(-1);
  expect(last).toMatchObject({ method: 'GET', path: '/render' });
  expect(Object.fromEntries(last?.query ?? [])).toEqual({
    ...{ target: query, from: '-90s', until: 'now', format: 'json' },
  });
  expect(last?.headers.authorization).toBe(`Bearer ${theSecret}`);
});

test.each([
  ['nulls', null],
  ['mixed', { result: [3] }],
  ['infinite', { result: [Number.POSITIVE_INFINITY] }],
])('%s', async (mode, value) => {
  expect(await ask(mode)).toMatchObject({ ok: true, value });
});

test.each([
  ['object', 'TG1402', 'no list of series'],
  ['texts', 'TG1402', 'no list of series'],
  ['wrong', 'TG1401', 'status 400: Invalid target'],
])('%s is %s', async (mode, code, detail) => {
  const answer = await ask(mode);
  expect(!answer.ok && answer.problem.code).toBe(code);
  expect(!answer.ok && answer.problem.detail).toContain(detail);
});

test.each([
  ['a.{{args.x}}.c', 'b-1', 'a.b-1.c'],
  ['scale(a, {{args.x}})', '-0.5', 'scale(a, -0.5)'],
  [
    "seriesByTag('name=errors', 'release={{args.x}}')",
    'r 2',
    "seriesByTag('name=errors', 'release=r 2')",
  ],
  ["seriesByTag('name=a', 'release={{args.x}}')", '', "seriesByTag('name=a', 'release=')"],
  ['a.{{args.x}}.c', '*', null],
  ['a.{{args.x}}.c', 'b),sum(c', null],
  ['a.{{args.x}}.c', '', null],
  ["seriesByTag('release={{args.x}}')", "'),sum(c", null],
  ["seriesByTag('release={{args.x}}')", '~.*', null],
  ["seriesByTag('release={{args.x}}')", 'a\\', null],
])('%s with %j', async (query, x, expected) => {
  const before = asked.length;
  const answer = await ask('value', { query }, { x });
  expect(answer.ok ? answer.query : null).toBe(expected);
  expect(asked.length - before).toBe(expected === null ? 0 : 1);
});
