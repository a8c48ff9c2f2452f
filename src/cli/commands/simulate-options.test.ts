import { expect, test } from 'vitest';
import { errorHarms, latencyHarms, perSecond, shareOf } from './simulate-options.ts';

test('six sizes of harm, each worse by the same factor or step', () => {
  expect(errorHarms('0.5%..16%', 0.004)).toEqual([
    { errorRate: 0.005 },
    { errorRate: 0.01 },
    { errorRate: 0.02 },
    { errorRate: 0.04 },
    { errorRate: 0.08 },
    { errorRate: 0.16 },
  ]);
  expect(latencyHarms('10%..60%').map((one) => one.latency)).toEqual([
    0.1, 0.2, 0.3, 0.4, 0.5, 0.6,
  ]);
});

test('one that is no worse than the stable version is no harm', () => {
  expect(errorHarms('0.5%..16%', 0.005)).toHaveLength(5);
  expect(latencyHarms('0%..50%')).toHaveLength(5);
  expect(errorHarms('3%', 0.005)).toEqual([{ errorRate: 0.03 }]);
});

test.each([
  ['50rps', 50],
  ['0.5/s', 0.5],
  ['1000', 1000],
])('%s is a rate', (text, rate) => {
  expect(perSecond(text)).toBe(rate);
});

test.each<[string, () => unknown]>([
  ['a rate of words', () => perSecond('many')],
  ['no traffic', () => perSecond('0rps')],
  ['a share above all', () => shareOf('101%')],
  ['a share below none', () => shareOf('-1%')],
  ['a range backwards', () => errorHarms('5%..1%', 0.005)],
  ['a range of three', () => errorHarms('1%..2%..3%', 0.005)],
  ['no range', () => latencyHarms('')],
  ['nothing', () => latencyHarms('0%')],
])('%s is refused', (_name, read) => {
  expect(read).toThrow('TG1802');
});
