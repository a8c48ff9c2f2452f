import { expect, test } from 'vitest';
import type { AnalysisTemplate } from '../../contract/kinds/analysis-template.ts';
import type { MetricAnswer } from '../../integrations/metric-source/port.ts';
import { backtest, limit, purpose, record, template } from './backtests.fixture.ts';

const prometheus = (query: string, more: { readonly [field: string]: unknown } = {}) => ({
  name: 'up',
  provider: { prometheus: { address: 'http://localhost:9090', query } },
  ...more,
});
const up = { successCondition: 'result[0] > 0.0' };
const others: MetricAnswer = { ok: true, value: { result: [0] }, query: 'up', baseline: null };
const good = (): number => 0;

type Case = readonly [name: string, recorded: object, wanted: object, because: string | null];
test.each<Case>([
  ['the same question', prometheus('up', up), prometheus('up', up), null],
  [
    'the same question with more time for its answer',
    prometheus('up', up),
    {
      ...up,
      name: 'up',
      provider: { prometheus: { address: 'http://localhost:9090', query: 'up', timeout: '3s' } },
    },
    null,
  ],
  ['another name', prometheus('up', up), { ...prometheus('up', up), name: 'alive' }, null],
  [
    'another question',
    prometheus('up', up),
    prometheus('down', up),
    'it asks prometheus something else than was recorded (up)',
  ],
  [
    'a source that was not asked',
    { failureCondition: 'false' },
    prometheus('up', up),
    'it asks prometheus, and no answer of prometheus was recorded',
  ],
  [
    'a comparison where only the candidate was asked about',
    prometheus('up{release="{{release}}"}', up),
    prometheus('up{release="{{release}}"}'),
    'it compares with the stable release, of which nothing was recorded',
  ],
])('%s', async (_name, recorded, wanted, because) => {
  const by = template('errors', [{ ...recorded }]);
  const looks = await record({ by, failing: good, others, endAt: 40 });
  const told = backtest([template('errors', [{ ...wanted }])], looks);
  const [analysis] = told.analyses;
  expect(analysis?.leftOut.map((one) => one.because)).toEqual(because === null ? [] : [because]);
  expect(told.difference === 'notJudged').toBe(because !== null);
  if (because !== null) {
    expect(told.because).toBe('It cannot be judged: none of what it asks for was recorded.');
  }
});

const withArgs = (value: string): AnalysisTemplate => {
  const made = template('errors', [prometheus('up{job="{{args.job}}"}', up)]);
  return { ...made, spec: { ...made.spec, args: [{ name: 'job', value }] } };
};

test('a question is another one when its arguments are', async () => {
  const looks = await record({ by: withArgs('shop'), failing: good, others, endAt: 40 });
  expect(backtest([withArgs('shop')], looks).difference).toBe('same');
  expect(backtest([withArgs('cart')], looks).analyses[0]?.leftOut).toHaveLength(1);
});

test('what was not recorded is left out, the rest is judged', async () => {
  const by = limit(0.05);
  const looks = await record({ by, failing: () => 0.1, endAt: 40 });
  const both = template('errors', [prometheus('up', up), { failureCondition: 'false' }]);
  const told = backtest([both], looks);
  expect(told).toMatchObject({ was: { outcome: 'failed' }, would: { outcome: 'looking' } });
  expect(told.analyses[0]?.leftOut).toEqual([
    { metric: 'up', because: 'it asks prometheus, and no answer of prometheus was recorded' },
  ]);
});

test('what the router counted answers every question to the router', async () => {
  const looks = await record({ by: limit(0.5), failing: () => 0.1, endAt: 100 });
  const more = template('errors', [
    { name: 'one', failureCondition: 'false' },
    { name: 'two', failureCondition: 'result.errors >= 5' },
  ]);
  expect(backtest([more], looks).would.because).toMatch(/^two: 1 of 1 failures?: /);
});

test('where other templates go on judging, their metrics do as they did', async () => {
  const by = template('errors', [
    { failureCondition: 'result.errorRate > 0.5' },
    { name: 'slow', failureCondition: 'result.requests > 250' },
  ]);
  const looks = await record({ by, failing: () => 0.1, endAt: 100 });
  const lax = limit(0.9);
  const named = [purpose({ templates: ['errors', 'latency'] })];
  expect(backtest([lax], looks, named).difference).toBe('same');
  const slow = template('errors', [{ failureCondition: 'result.requests > 50' }]);
  expect(backtest([slow], looks, named).difference).toBe('newlyFailed');
});

test('one document that the rollout names nowhere is meant for all of it', async () => {
  const looks = await record({ by: limit(0.5), failing: () => 0.1, endAt: 100 });
  const strict = { ...limit(0.05), metadata: { ...limit(0.05).metadata, name: 'stricter' } };
  expect(backtest([strict], looks).difference).toBe('newlyFailed');
  expect(backtest([strict], looks, [purpose({ templates: null })]).difference).toBe('newlyFailed');
  const both = [purpose(), purpose({ key: 'ro-1/0/step-2', templates: ['stricter'] })];
  expect(backtest([strict], looks, both).difference).toBe('notJudged');
});
