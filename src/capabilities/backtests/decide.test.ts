import { expect, test } from 'vitest';
import {
  after,
  backtest,
  key,
  limit,
  purpose,
  type Recorded,
  record,
  template,
} from './backtests.fixture.ts';

/** Bad from the second minute on: one of ten requests fails. */
const late = (second: number): number => (second >= 120 ? 0.1 : 0);
/** A little bad from the first minute on, and bad from the second. */
const creeping = (second: number): number => (second >= 120 ? 0.2 : second >= 60 ? 0.1 : 0);
const good = (): number => 0;

test('the same policy ends a rollout as it ended', async () => {
  const by = limit(0.05, { failureLimit: 2 });
  const looks = await record({ by, failing: late });
  const told = backtest([by], looks);
  expect(told).toMatchObject({
    difference: 'same',
    was: { outcome: 'failed', at: after(140) },
    would: { outcome: 'failed', at: after(140) },
    requests: { spared: 0, added: 0 },
  });
  expect(told.analyses[0]).toMatchObject({ key, looks: looks.length, leftOut: [], notes: [] });
});

test('a stricter policy catches it earlier, and spares what the candidate served after that', async () => {
  const looks = await record({ by: limit(0.15), failing: creeping });
  const told = backtest([limit(0.05)], looks);
  expect(told).toMatchObject({
    difference: 'caughtEarlier',
    was: { at: after(130) },
    would: { outcome: 'failed', at: after(70) },
    requests: { spared: 600, added: 0 },
  });
  expect(told.because).toMatch(/^Caught 1m earlier: errors: 1 of 1 failures?: /);
});

type Case = readonly [
  name: string,
  recorded: Recorded,
  policy: ReturnType<typeof limit>,
  difference: string,
  would: { readonly outcome: string; readonly at: string | null },
  requests: { readonly spared: number | null; readonly added: number | null },
];
const strict = limit(0.05);
const lax = limit(0.5);
const unknown = { spared: null, added: null };
const passes = { successCondition: 'result.errorRate <= 0.05', failureCondition: undefined };
const once = { ...passes, count: 3 };

test.each<Case>([
  [
    'a laxer policy would still be looking where the recording ends',
    { by: strict, failing: late },
    lax,
    'stillLooking',
    { outcome: 'looking', at: null },
    unknown,
  ],
  [
    'what passed would have failed',
    { by: lax, failing: late, endAt: 300 },
    strict,
    'newlyFailed',
    { outcome: 'failed', at: after(130) },
    { spared: 1_700, added: 0 },
  ],
  [
    'what was inconclusive would have passed',
    {
      by: limit(0.5, { failureCondition: 'result.errorRate > 0.5 || result.nope' }),
      failing: good,
      endAt: 60,
    },
    lax,
    'newlyPassed',
    { outcome: 'passed', at: after(60) },
    unknown,
  ],
  [
    'what needs fewer looks passes earlier',
    { by: limit(0, once), failing: good, untilEnded: false },
    limit(0, { ...once, count: 2 }),
    'passedEarlier',
    { outcome: 'passed', at: after(20) },
    unknown,
  ],
  [
    'what needs more looks has not passed when the recording ends',
    { by: limit(0, once), failing: good, untilEnded: false },
    limit(0, { ...once, count: 4 }),
    'stillLooking',
    { outcome: 'looking', at: null },
    unknown,
  ],
  [
    'what a person took back is taken back still',
    { by: lax, failing: good, cancelAt: 60 },
    strict,
    'same',
    { outcome: 'cancelled', at: after(60) },
    { spared: 0, added: 0 },
  ],
  [
    'what passed would have been inconclusive',
    { by: lax, failing: good, endAt: 60 },
    limit(0, { failureCondition: 'result.nope' }),
    'otherwise',
    { outcome: 'inconclusive', at: after(60) },
    unknown,
  ],
])('%s', async (_name, recorded, policy, difference, would, requests) => {
  const told = backtest([policy], await record(recorded));
  expect(told).toMatchObject({ difference, would, requests });
});

test('of several analyses the first failure counts, then and now', async () => {
  const second = 'ro-1/0/step-1';
  const purposes = [purpose(), purpose({ key: second, purpose: 'step', templates: ['slow'] })];
  const slow = template('slow', [{ failureCondition: 'result.errorRate > 0.05', failureLimit: 3 }]);
  const looks = [
    ...(await record({ by: limit(0.05), failing: late, cancelAt: 400 })),
    ...(await record({ by: slow, failing: late, key: second })),
  ].sort((a, b) => a.now.getTime() - b.now.getTime());
  const told = backtest([limit(0.5)], looks, purposes);
  expect(told).toMatchObject({
    difference: 'caughtLater',
    was: { outcome: 'failed', at: after(130) },
    would: { outcome: 'failed', at: after(150) },
    requests: { spared: 0, added: 200 },
  });
  const ends = told.analyses.map(({ was, would }) => [was.outcome, would.outcome]);
  expect(ends).toEqual([
    ['failed', 'looking'],
    ['failed', 'failed'],
  ]);
});

test('a pass is as late as the last of the analyses', async () => {
  const other = 'ro-1/0/step-1';
  const purposes = [purpose(), purpose({ key: other, purpose: 'step', templates: ['errors'] })];
  const by = limit(0, { ...once, count: 1 });
  const longer = await record({ by: limit(0, once), failing: good, untilEnded: false, key: other });
  const looks = [...(await record({ by, failing: good, untilEnded: false })), ...longer];
  const told = backtest([limit(0, { ...once, count: 1 })], looks, purposes);
  expect(told).toMatchObject({ difference: 'passedEarlier', was: { at: after(30) } });
});

test('a policy that looks less often sees what it would have seen', async () => {
  const rate = { failureCondition: 'result.errorRate > 0.06 && result.requests >= 300' };
  const often = limit(0, { ...rate, interval: '10s', failureCondition: 'false' });
  const seldom = limit(0, { ...rate, interval: '30s' });
  const failing = (second: number): number => (second >= 70 ? 0.1 : 0);
  const looks = await record({ by: often, failing, endAt: 240 });
  const real = await record({ by: seldom, failing, endAt: 240 });
  const { would } = backtest([seldom], looks);
  expect(would).toMatchObject({ outcome: 'failed', at: real.at(-1)?.after.endedAt });
  expect(would.because).toBe(real.at(-1)?.after.because);
});

test('a policy that looks more often is judged at the recorded looks, and says so', async () => {
  const often = limit(0.05, { interval: '5s', initialDelay: '0s' });
  const looks = await record({
    by: limit(0.05, { initialDelay: '20s' }),
    failing: late,
  });
  const told = backtest([often], looks);
  expect(told.would).toMatchObject({ outcome: 'failed', at: after(130) });
  expect(told.analyses[0]?.notes).toEqual([
    'errors would look every 5s; it is judged at the recorded looks, every 10s',
    'errors would begin to look 20s before the recording',
  ]);
});

test('nothing is said where nothing was recorded, or the policy means others', async () => {
  expect(backtest([strict], [])).toMatchObject({
    difference: 'notJudged',
    because: 'No look of an analysis was recorded.',
    requests: unknown,
  });
  const looks = await record({ by: strict, failing: late });
  const others = [template('one', [passes]), template('two', [passes])];
  expect(backtest(others, looks)).toMatchObject({
    difference: 'notJudged',
    was: { outcome: 'failed' },
    because: 'No analysis of it is judged by this policy.',
  });
  const torn = backtest([strict], looks.slice(3));
  expect(torn.because).toBe('It cannot be judged: its first looks are no longer kept.');
});
