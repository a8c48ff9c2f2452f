import { expect, test } from 'vitest';
import type { Json } from '../../../platform/ids/types.ts';
import { histogramLook, numberOf, rateLook, valueLook } from './look.ts';

const counted = { requests: 10, errors: 1, errorRate: 0.1 };

test.each<[string, { readonly [name: string]: Json }, object | null]>([
  [
    'both sides',
    { result: counted, stable: { requests: 90, errors: 0 } },
    { candidate: { total: 10, events: 1 }, stable: { total: 90, events: 0 } },
  ],
  [
    'no stable side',
    { result: counted, stable: null },
    { candidate: { total: 10, events: 1 }, stable: null },
  ],
  ['a stable side that was left out', { result: counted }, { candidate: {}, stable: null }],
  ['no request', { result: { requests: 0, errors: 0 }, stable: counted }, null],
  ['no count of errors', { result: { requests: 10 }, stable: counted }, null],
  ['counts that are texts', { result: { requests: '10', errors: '1' } }, null],
  ['a list', { result: [counted] }, null],
  ['a number', { result: 3 }, null],
  ['nothing', {}, null],
])('requests and errors: %s', (_, value, expected) => {
  const look = rateLook(value);
  if (expected === null) expect(look).toBeNull();
  else expect(look).toMatchObject(expected);
});

const latency = (counts: Json, le: Json = [0.1, 0.2]): Json => ({ latency: { le, counts } });

test.each<[string, { readonly [name: string]: Json }, object | null]>([
  [
    'both sides',
    { result: latency([1, 2, 3]), stable: latency([4, 5, 6]) },
    { candidate: { le: [0.1, 0.2], counts: [1, 2, 3] }, stable: { counts: [4, 5, 6] } },
  ],
  ['no stable side', { result: latency([1, 2, 3]), stable: null }, { stable: null }],
  ['a stable side without one', { result: latency([1, 2, 3]), stable: {} }, { stable: null }],
  ['no request', { result: latency([0, 0, 0]) }, null],
  ['no counts at all', { result: latency([]) }, null],
  ['counts that are none', { result: latency(['1', '2', '3']) }, null],
  ['bounds that are none', { result: latency([1, 2, 3], 'few') }, null],
  ['no histogram', { result: counted }, null],
  ['a list', { result: [latency([1, 2, 3])] }, null],
])('latencies: %s', (_, value, expected) => {
  const look = histogramLook(value);
  if (expected === null) expect(look).toBeNull();
  else expect(look).toMatchObject(expected);
});

test.each<[string, { readonly [name: string]: Json }, unknown]>([
  ['numbers', { result: 3, stable: 4 }, { candidate: 3, stable: 4 }],
  ['lists of one', { result: [3], stable: [4] }, { candidate: 3, stable: 4 }],
  ['one side', { result: [0], stable: null }, { candidate: 0, stable: null }],
  ['a stable side of several', { result: 3, stable: [4, 5] }, { candidate: 3, stable: null }],
  ['several series', { result: [3, 4], stable: [4] }, null],
  ['an empty list', { result: [], stable: 4 }, null],
  ['a text', { result: '3', stable: 4 }, null],
  ['nothing', {}, null],
])('values: %s', (_, value, expected) => {
  expect(valueLook(value)).toEqual(expected);
});

test.each<[Json | undefined, string | undefined, number | null]>([
  [7, undefined, 7],
  [7, 'p99', 7],
  [{ p99: 7 }, 'p99', 7],
  [[{ p99: 7 }], 'p99', 7],
  [{ p99: [7] }, 'p99', 7],
  [{ p99: 7 }, 'p50', null],
  [{ p99: null }, 'p99', null],
  [Number.NaN, undefined, null],
  [Number.POSITIVE_INFINITY, undefined, null],
  [null, 'p99', null],
  [undefined, 'p99', null],
  [true, undefined, null],
])('the number in %j by %s is %s', (value, field, expected) => {
  expect(numberOf(value, field)).toBe(expected);
});
