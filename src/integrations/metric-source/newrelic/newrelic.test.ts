import { expect, test } from 'vitest';
import { questionOf } from '../question.fixture.ts';
import { key, telling, theSecret, vendorTests } from '../vendor.fixture.ts';
import { newrelicAddress, newrelicSource } from './newrelic.ts';

const results = (...rows: readonly object[]) =>
  JSON.stringify({ data: { actor: { account: { nrql: { results: rows } } } } });
const error = (message: string, errorClass: string) =>
  JSON.stringify({
    data: { actor: { account: { nrql: null } } },
    errors: [{ message, path: ['actor'], extensions: { errorClass } }],
  });

const query =
  "SELECT count(*) FROM Transaction WHERE appName = '{{application}}' AND release = '{{release}}'";
const filled = "SELECT count(*) FROM Transaction WHERE appName = 'checkout' AND release = 'r-2'";

const { ask, asked } = vendorTests({
  name: 'newrelic',
  make: newrelicSource,
  settings: { account: 12345, query, key },
  pages: {
    value: results({ count: 1000 }),
    noData: results(),
    empty: results({ 'average.duration': null }, { 'percentile.duration': { '95': null } }),
    percentile: results({ 'percentile.duration': { '95': 0.4 } }),
    syntax: error('NRQL Syntax Error: Error at line 1 position 8', 'INVALID_INPUT'),
    slow: error('Your query timed out', 'TIMEOUT'),
    nothing: '{"data":{"actor":{"account":{"nrql":null}}}}',
    list: '[]',
    told: error(telling, 'SERVER_ERROR'),
  },
});

test('the rows, asked for with account and query as variables', async () => {
  const answer = await ask('value', { timeout: '4500ms' });
  expect(answer).toEqual({
    ...{ ok: true, value: { result: [{ count: 1000 }] }, query: filled, baseline: null },
  });
  const last = asked.at(-1);
  expect(last).toMatchObject({ method: 'POST', path: '/', headers: { 'api-key': theSecret } });
  const body = JSON.parse(last?.body ?? '');
  expect(body.variables).toEqual({ account: 12345, nrql: filled, timeout: 5 });
  expect(body.query).toContain('nrql(query: $nrql, timeout: $timeout) { results }');
});

test.each([
  ['empty', null],
  ['percentile', { result: [{ 'percentile.duration': { '95': 0.4 } }] }],
])('%s', async (mode, value) => {
  expect(await ask(mode)).toMatchObject({ ok: true, value });
});

test.each([
  ['syntax', 'TG1402', 'New Relic says: NRQL Syntax Error', undefined],
  ['slow', 'TG1401', 'Your query timed out', { transient: true, retryAfter: null }],
  ['nothing', 'TG1402', 'no results', undefined],
  ['list', 'TG1402', 'no results', undefined],
])('%s is %s', async (mode, code, detail, data) => {
  const answer = await ask(mode);
  expect(!answer.ok && answer.problem).toMatchObject({ code });
  expect(!answer.ok && answer.problem.detail).toContain(detail);
  expect(!answer.ok && answer.problem.data).toEqual(data);
});

test.each([
  ["SELECT 1 FROM A WHERE b = '{{args.x}}'", 'any text, (even) -- this', true],
  ["SELECT 1 FROM A WHERE b = '{{args.x}}'", '', true],
  ['SELECT 1 FROM A WHERE b > {{args.x}}', '0.5', true],
  ['SELECT 1 FROM A WHERE `b {{args.x}}` > 1', 'some thing', true],
  ["SELECT 1 FROM A WHERE b = '{{args.x}}'", "' OR 1=1 OR '", false],
  ["SELECT 1 FROM A WHERE b = '{{args.x}}'", '\\', false],
  ["SELECT 1 FROM A WHERE b = '{{args.x}}'", 'a\nb', false],
  ['SELECT 1 FROM A WHERE b > {{args.x}}', '0 OR true', false],
  ['SELECT 1 FROM A WHERE `b {{args.x}}` > 1', 'c` OR `d', false],
  ["SELECT 1 -- it's\nFROM A WHERE b > {{args.x}}", '0 OR true', false],
  ["SELECT 1 // it's\nFROM A WHERE b > {{args.x}}", '0 OR true', false],
  ["SELECT 1 /* it's */ FROM A WHERE b > {{args.x}}", '0 OR true', false],
  ["SELECT 1 /* it's */ FROM A WHERE b = '{{args.x}}'", 'a b', true],
  ["SELECT 1 FROM A WHERE b = '\\' AND c > {{args.x}}", '0 OR true', false],
])('%s with %j', async (template, x, isTaken) => {
  const before = asked.length;
  const answer = await ask('value', { query: template }, { x });
  expect(answer.ok).toBe(isTaken);
  if (isTaken) expect(answer.query).toBe(template.replace('{{args.x}}', x));
  expect(asked.length - before).toBe(isTaken ? 1 : 0);
});

test('the address follows the region', () => {
  const address = (more: object) => {
    const { provider } = questionOf({ newrelic: { account: 1, query: 'a', key, ...more } });
    return 'newrelic' in provider ? newrelicAddress(provider.newrelic) : '';
  };
  expect(address({})).toBe('https://api.newrelic.com/graphql');
  expect(address({ region: 'eu' })).toBe('https://api.eu.newrelic.com/graphql');
});
