import { expect, test } from 'vitest';
import { askText, authorization, numberOf } from './http.ts';
import { serve } from './server.fixture.ts';

test.each([
  ['seconds', { 'retry-after': '3' }, 3_000],
  [
    'a date, by the clock of the other side',
    { 'retry-after': 'Tue, 14 Nov 2023 22:13:25 GMT', date: 'Tue, 14 Nov 2023 22:13:20 GMT' },
    5_000,
  ],
  [
    'a date that is over',
    { 'retry-after': 'Tue, 14 Nov 2023 22:13:20 GMT', date: 'Tue, 14 Nov 2023 22:13:25 GMT' },
    0,
  ],
  ['a word', { 'retry-after': 'soon' }, null],
  ["Datadog's own header", { 'x-ratelimit-reset': '12' }, 12_000],
  ['both', { 'retry-after': '1', 'x-ratelimit-reset': '12' }, 1_000],
  ['nothing', {}, null],
])('a limit with %s', async (_name, headers, retryAfter) => {
  const server = await serve((_, answer) => answer.writeHead(429, headers).end());
  const ask = { url: new URL(server.url), method: 'GET', headers: [] } as const;
  const answer = await askText(ask, AbortSignal.timeout(5_000));
  expect(!answer.ok && answer.problem.data).toEqual({ transient: true, retryAfter });
  await server.stop();
});

test.each([
  ['1.5', 1.5],
  ['-2e3', -2_000],
  ['+Inf', Number.POSITIVE_INFINITY],
  ['-Inf', Number.NEGATIVE_INFINITY],
  ['NaN', Number.NaN],
  ['', Number.NaN],
  ['12x', Number.NaN],
])('the number %j', (text, value) => {
  expect(numberOf(text)).toBe(value);
});

test.each([
  [undefined, '', []],
  [undefined, 'abc', ['Bearer abc']],
  ['anna', 'abc', ['Basic YW5uYTphYmM=']],
])('user %s with the token %j', (username, token, values) => {
  expect(authorization(username, token).map(({ value }) => value)).toEqual(values);
});
