import { expect, test } from 'vitest';
import { eventOf, rolloutFacts, specOf } from './channel.fixture.ts';
import { classify } from './decide-classify.ts';
import { figuresOf } from './decide-figures.ts';
import { isNamed, mayConcern } from './decide-filter.ts';
import { noticeOf } from './decide-notice.ts';
import type { ChannelEvent, Subject } from './types.ts';

const run = { object: 'run/run-1', environment: null, after: { pipeline: 'deliver' } };
const ada = { actor: 'user:ada' };
const place = 'delivery/checkout@production';

test.each<[string, Partial<ChannelEvent>, string, readonly string[]]>([
  ['rollout.opened', {}, 'info open', []],
  ['rollout.progressing', {}, 'info open minor', []],
  ['rollout.paused', { because: 'Pause for 5 m.' }, 'info open minor', []],
  ['rollout.paused', { because: 'Waiting for 1 of 2 approvals from ada.' }, 'info waiting', []],
  ['rollout.paused', { because: 'Pause: waiting for a person to promote.' }, 'info waiting', []],
  ['rollout.held', {}, 'warning open', ['raise rollout/ro-1']],
  ['rollout.cleared', {}, 'info open', ['clear rollout/ro-1']],
  ['rollout.rollingBack', {}, 'error open', [`raise ${place}`]],
  ['rollout.rollingBack', ada, 'warning open', []],
  ['rollout.rolledBack', {}, 'error failed over', [`raise ${place}`, 'clear rollout/ro-1']],
  ['rollout.aborted', ada, 'warning ended over', ['clear rollout/ro-1']],
  ['rollout.superseded', {}, 'info ended over', ['clear rollout/ro-1']],
  ['rollout.succeeded', {}, 'info succeeded over', ['clear rollout/ro-1', `clear ${place}`]],
  ['rollout.reverted', { outcome: 'failed' }, 'error as before', [`raise ${place}`]],
  ['rollout.reverted', {}, 'info as before minor', []],
  [
    'rollout.approveRequested',
    ada,
    'info as before minor',
    [`acknowledge ${place}`, 'acknowledge rollout/ro-1'],
  ],
  [
    'rollout.abortRequested',
    ada,
    'info as before minor',
    [`acknowledge ${place}`, 'acknowledge rollout/ro-1'],
  ],
  ['rollout.abortRequested', { ...ada, outcome: 'refused' }, 'info as before minor', []],
  ['rollout.abortRequested', {}, 'info as before minor', []],
  ['analysis.failed', { after: { rollout: 'ro-1' } }, 'info as before minor', []],
  ['run.opened', run, 'info open', []],
  ['run.started', run, 'info open', []],
  ['run.succeeded', run, 'info succeeded over', ['clear pipeline/deliver/checkout']],
  ['run.failed', { ...run, application: null }, 'error failed over', ['raise pipeline/deliver']],
  [
    'run.errored',
    { ...run, after: null },
    'error failed over',
    ['raise pipeline/run/run-1/checkout'],
  ],
  ['run.cancelled', run, 'warning ended over', []],
  ['run.cancelRequested', run, 'info as before minor', []],
  ['step.awaiting', run, 'info waiting', []],
  ['step.approved', run, 'info open', []],
  ['step.rejected', { ...run, outcome: 'refused' }, 'info open minor', []],
  ['step.failed', run, 'info as before minor', []],
  ['source.unreachable', { object: 'source/a' }, 'error failed', ['raise source/a']],
  ['source.reachable', { object: 'source/a' }, 'info succeeded over minor', ['clear source/a']],
  ['document.refused', { after: { path: 'a.yaml' } }, 'warning failed', ['raise document/a.yaml']],
  [
    'document.changed',
    { after: { path: 'a.yaml' } },
    'info succeeded over minor',
    ['clear document/a.yaml'],
  ],
  [
    'document.removed',
    { before: { path: 'a.yaml' } },
    'info succeeded over minor',
    ['clear document/a.yaml'],
  ],
  ['document.removed', {}, 'info succeeded over minor', ['clear document/rollout/ro-1']],
  ['channel.broken', { object: 'channel/a' }, 'error failed', ['raise channel/a']],
  ['channel.mended', { object: 'channel/a' }, 'info succeeded over minor', ['clear channel/a']],
  ['channel.dropped', { object: 'channel/a', outcome: 'failed' }, 'info ended over', []],
  ['promotion.failed', {}, 'error failed over', []],
  ['rollback.failed', {}, 'error failed over', []],
  ['delivery.refused', {}, 'warning failed over', []],
  ['token.created', { object: null }, 'info ended over', []],
  ['token.created', { outcome: 'refused' }, 'warning ended over', []],
  ['token.created', { outcome: 'failed' }, 'error ended over', []],
])('%s %j is %s', (type, over, expected, alarms) => {
  const told = classify(eventOf(1, type, over));
  const words = [
    told.severity,
    told.standing ?? 'as before',
    ...(told.isOver ? ['over'] : []),
    ...(told.minor ? ['minor'] : []),
  ];
  expect(words.join(' ')).toBe(expected);
  expect(told.alarms.map((one) => `${one.is} ${one.key}`)).toEqual(alarms);
});

test.each<[string, Partial<ChannelEvent>, string]>([
  ['rollout.opened', {}, 'rollout/ro-1'],
  ['analysis.failed', { object: 'analysis/a', after: { rollout: 'ro-2' } }, 'rollout/ro-2'],
  ['analysis.failed', { object: 'analysis/a', after: { rollout: 'run-2' } }, 'run/run-2'],
  ['analysis.failed', { object: 'analysis/a', after: [] }, 'analysis/a'],
  ['document.refused', { after: { path: 'a.yaml' } }, 'document/a.yaml'],
  ['token.created', { object: null }, 'token.created'],
])('%s %j is about %s', (type, over, subject) => {
  expect(classify(eventOf(1, type, over)).subject).toBe(subject);
});

test('a place without a name is one too', () => {
  const nowhere = eventOf(1, 'rollout.rollingBack', { application: null, environment: null });
  expect(classify(nowhere).alarms).toEqual([{ key: 'delivery/@', is: 'raise' }]);
});

test.each([
  [['rollout.opened'], true],
  [['rollout.*'], true],
  [['roll*'], true],
  [['*'], true],
  [['rollout.open'], false],
  [['run.*'], false],
  [[], false],
])('%j names rollout.opened: %s', (patterns, expected) => {
  expect(isNamed(patterns, 'rollout.opened')).toBe(expected);
});

test.each<[object, string, Partial<ChannelEvent>, boolean]>([
  [{}, 'rollout.told', {}, true],
  [{}, 'source.reachable', {}, true],
  [{}, 'token.created', {}, false],
  [{ events: ['token.*'] }, 'token.created', {}, true],
  [{ events: ['token.*'] }, 'rollout.opened', {}, false],
  [{ applications: ['other'] }, 'rollout.opened', {}, false],
])('%j is worth a look at %s: %s', (over, type, event, expected) => {
  const one = eventOf(1, type, event);
  expect(mayConcern(specOf('slack', over), one, classify(one))).toBe(expected);
});

test('figures of a verdict, a line a metric', () => {
  const metrics = [
    {
      name: 'errors',
      phase: 'failed',
      successes: 1,
      failures: 3,
      errors: 0,
      last: { because: '0.12 > 0.01' },
    },
    { name: 'latency', phase: 'running', successes: 0, last: null },
    {},
  ];
  expect(figuresOf(eventOf(1, 'analysis.failed', { after: { metrics } }))).toEqual([
    'errors: failed, 3 failures, 1 successes; last: 0.12 > 0.01',
    'latency: running',
    'metric: unknown',
  ]);
  expect(figuresOf(eventOf(1, 'analysis.failed'))).toEqual([]);
  expect(figuresOf(eventOf(1, 'rollout.opened', { after: { metrics } }))).toEqual([]);
});

const subjectOf = (over: Partial<Subject>): Subject => ({
  key: 'rollout/ro-1',
  standing: 'open',
  severity: 'info',
  isOver: false,
  application: 'checkout',
  environment: 'production',
  begun: { actor: 'git:Ada', because: '' },
  facts: null,
  figures: [],
  latest: eventOf(1, 'rollout.opened'),
  pending: [],
  left: 0,
  isStale: true,
  since: '',
  isPosted: false,
  ref: null,
  inFlight: null,
  alarm: null,
  ...over,
});
const titleOf = (over: Partial<Subject>): string =>
  noticeOf({ name: 'a', baseUrl: null }, subjectOf(over)).title;

test.each([
  ['pending', 'is about to roll out'],
  ['progressing', 'is rolling out (20 %)'],
  ['paused', 'waits (20 %)'],
  ['soaking', 'is watched'],
  ['completing', 'is nearly through'],
  ['rollingBack', 'is rolling back'],
  ['succeeded', 'is live'],
  ['rolledBack', 'was rolled back'],
  ['aborted', 'was aborted'],
  ['superseded', 'was superseded'],
])('a rollout in %s %s', (phase, words) => {
  const facts = rolloutFacts({ phase });
  expect(titleOf({ facts })).toBe(`checkout → production: r-2 ${words}`);
});

test('titles of what has no row', () => {
  expect(titleOf({})).toBe('checkout → production: rollout.opened');
  const nowhere = { application: null, environment: null };
  expect(titleOf({ ...nowhere, key: 'source/config' })).toBe('source/config: rollout.opened');
});

test('facts leave out what is not known', () => {
  const facts = rolloutFacts({ commit: null, message: null, author: null, stable: null, waves: 1 });
  const { facts: shown } = noticeOf({ name: 'a', baseUrl: null }, subjectOf({ facts }));
  expect(shown.map((one) => one.name)).toEqual(['Application', 'Environment', 'Release', 'By']);
  const bare = rolloutFacts({ message: null });
  const commit = noticeOf({ name: 'a', baseUrl: null }, subjectOf({ facts: bare })).facts;
  expect(commit).toContainEqual({ name: 'Commit', value: '4b825dc642cb' });
});

test('links are of rollouts and runs, and of nothing else', () => {
  const linksOf = (object: string | null) =>
    noticeOf(
      { name: 'a', baseUrl: 'https://t.example//' },
      subjectOf({ latest: eventOf(1, 'x', { object }) }),
    ).links.map((one) => one.url);
  expect(linksOf('rollout/ro-1')).toEqual(['https://t.example/rollouts/ro-1']);
  expect(linksOf('run/run-1')).toEqual(['https://t.example/runs/run-1']);
  expect(linksOf('source/a')).toEqual([]);
  expect(linksOf(null)).toEqual([]);
});
