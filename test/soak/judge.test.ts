import { expect, test } from 'vitest';
import { type Facts, judge, type Place } from './judge.ts';
import type { Death, Delivery } from './types.ts';

const good: Delivery = {
  application: 'shop',
  version: 'shop-1',
  quality: 'good',
  commit: 'c1',
  release: 'r-1',
  rollout: 'ro-1',
  phase: 'succeeded',
  ended: true,
  because: '',
};
const bad: Delivery = { ...good, version: 'shop-2', quality: 'bad', phase: 'rolledBack' };
const place: Place = {
  application: 'shop',
  expected: good,
  state: 'steady',
  desiredCommit: 'c1',
  stableCommit: 'c1',
  file: 'commit: c1',
  versionsServed: ['shop-1'],
};
const death: Death = {
  ...{ name: 'server', how: 'killed by SIGKILL', lived: 20, lastWords: '' },
  ...{ meant: true, excused: false },
};
const rest: Facts = {
  deliveries: [good, bad],
  promotions: [
    { id: 'pr-1', phase: 'committed', commit: 'g1', message: '' },
    { id: 'pr-2', phase: 'failed', commit: null, message: 'Git refused.' },
  ],
  commits: new Set(['g1']),
  acknowledgedReleases: ['r-1'],
  releases: new Set(['r-1']),
  eventsSeen: new Map([[1, 'one']]),
  eventsDoubled: [],
  events: new Map([[1, 'one']]),
  changesWithoutEvent: [],
  places: [place],
  replicas: { wanted: 2, alive: 2 },
  effectsLeft: [],
  stuckObjects: [],
  requests: { sent: 9, lost: 0, whileAgentWasAway: 1, failedByBadVersions: 1, firstLost: [] },
  deaths: [death, { ...death, meant: false, excused: true }],
};

test('a world at rest as promised breaks nothing', () => {
  expect(judge(rest)).toEqual([]);
});

const committed = { id: 'pr-1', phase: 'committed', commit: 'g1', message: '' };
const promise = {
  promotion: 'an answered promotion leads to a commit or a told failure',
  event: 'an event that was seen stays, as it was',
  rollout: 'every rollout reaches the right end',
  place: 'Git, what is stable and what is served agree',
};

test.each<[string, string, Partial<Facts>]>([
  [
    'a promotion that is gone',
    promise.promotion,
    { promotions: [{ ...committed, phase: 'gone' }] },
  ],
  ['a commit that is gone', promise.promotion, { commits: new Set() }],
  ['an untold failure', promise.promotion, { promotions: [{ ...committed, phase: 'failed' }] }],
  ['a release that is gone', 'an answered release is kept', { releases: new Set() }],
  ['an event that is gone', promise.event, { events: new Map() }],
  ['an event that is another', promise.event, { events: new Map([[1, 'two']]) }],
  ['an event that a reader missed', promise.event, { eventsSeen: new Map() }],
  ['an event shown twice', promise.event, { eventsDoubled: [1] }],
  [
    'a silent change',
    'nothing changes without an event',
    { changesWithoutEvent: [{ what: 'UPDATE releases' }] },
  ],
  ['a good one taken back', promise.rollout, { deliveries: [{ ...good, phase: 'rolledBack' }] }],
  ['a bad one let through', promise.rollout, { deliveries: [{ ...bad, phase: 'succeeded' }] }],
  ['a place not at rest', promise.place, { places: [{ ...place, state: 'waiting' }] }],
  ['another one asked for', promise.place, { places: [{ ...place, desiredCommit: 'c2' }] }],
  ['another one stable', promise.place, { places: [{ ...place, stableCommit: 'c2' }] }],
  ['another one in Git', promise.place, { places: [{ ...place, file: 'commit: c2' }] }],
  ['another one served', promise.place, { places: [{ ...place, versionsServed: ['shop-2'] }] }],
  ['nothing served', promise.place, { places: [{ ...place, versionsServed: [] }] }],
  ['an orphan', 'no orphan replica', { replicas: { wanted: 2, alive: 3 } }],
  ['an effect left', 'every effect is delivered', { effectsLeft: [{ key: 'k' }] }],
  ['an object left', 'no object is left in hand', { stuckObjects: [{ id: 'rollout/ro-1' }] }],
  [
    'a lost request',
    'no request is lost but to the agent',
    { requests: { ...rest.requests, lost: 1, firstLost: ['503'] } },
  ],
  ['a crash', 'nothing dies but by a blow', { deaths: [{ ...death, meant: false }] }],
])('%s is told', (_, broken, change) => {
  const told = judge({ ...rest, ...change }).map((one) => one.promise);
  expect(new Set(told)).toEqual(new Set([broken]));
});
