import { expect, test } from 'vitest';
import type { Json } from '../../../platform/ids/types.ts';
import { lookOf, stepContract } from '../contract.ts';
import type { StepMove } from '../port.ts';
import { waitStep } from './wait.ts';

const now = new Date('2026-03-02T10:00:00Z');
const nightly = {
  name: 'nights',
  kind: 'deny',
  rrule: 'FREQ=DAILY;BYHOUR=9',
  duration: 7_200_000,
  timezone: 'UTC',
};
const office = {
  kind: 'allow',
  rrule: 'FREQ=WEEKLY;BYDAY=TU;BYHOUR=9',
  duration: 3_600_000,
  timezone: 'UTC',
};
const adapter = waitStep({
  readFreeze: async (name) => (name === 'production' ? [{ ...nightly, kind: 'deny' }] : null),
});

stepContract('wait', () => ({
  adapter,
  settings: [
    { duration: 600_000 },
    { duration: '10m' },
    { until: '2026-03-02T12:00:00Z' },
    { window: office },
    { environment: 'production' },
  ],
  facts: [{ windows: [] }, { windows: [nightly] }, { windows: null }],
  twice: null,
}));

const decide = (settings: Json, facts: Json = null, at = now): StepMove =>
  adapter.decide(lookOf({ settings, facts }), at);

test.each<readonly [string, Json, Json, string, string]>([
  ['a duration', { duration: 600_000 }, null, '2026-03-02T10:09:00.000Z', '10m from its beginning'],
  ['a duration as text', { duration: '2m' }, null, '2026-03-02T10:01:00.000Z', '2m'],
  [
    'a time',
    { until: '2026-03-02T13:00:00+02:00' },
    null,
    '2026-03-02T11:00:00.000Z',
    '11:00:00 UTC',
  ],
  [
    'a window to open',
    { window: office },
    null,
    '2026-03-03T09:00:00.000Z',
    'for the window to open',
  ],
  ['a window to close', { window: nightly }, null, '2026-03-02T11:00:00.000Z', 'to close'],
  [
    'the end of a freeze',
    { environment: 'production' },
    { windows: [nightly] },
    '2026-03-02T10:01:00.000Z',
    'production is frozen by nights, until 11:00:00 UTC',
  ],
])('waits for %s', (_what, settings, facts, wakeAt, words) => {
  const move = decide(settings, facts);
  expect(move).toMatchObject({ is: 'wait', wakeAt: new Date(wakeAt) });
  expect(move.because).toContain(words);
});

test.each<readonly [string, Json, Json]>([
  ['a duration that is over', { duration: '30s' }, null],
  ['a time that has passed', { until: '2026-03-02T09:00:00Z' }, null],
  [
    'a window that is open',
    { window: { ...office, rrule: 'FREQ=DAILY;BYHOUR=10;BYMINUTE=0' } },
    null,
  ],
  ['a window that is closed', { window: { ...nightly, rrule: 'FREQ=DAILY;BYHOUR=20' } }, null],
  ['an environment that is not frozen', { environment: 'production' }, { windows: [] }],
])('goes on at %s', (_what, settings, facts) => {
  expect(decide(settings, facts)).toMatchObject({
    status: 'succeeded',
    outputs: {
      from: '2026-03-02T09:59:00.000Z',
      until: '2026-03-02T10:00:00.000Z',
      waited: 60_000,
    },
  });
});

test.each<readonly [string, Json, Json, string]>([
  ['what is no time', { until: 'soon' }, null, '"soon" is not an ISO 8601 time'],
  ['what is no duration', { duration: 'long' }, null, 'TG1907'],
  [
    'a rule that cannot be worked out',
    { window: { ...office, rrule: 'FREQ=NEVER' } },
    null,
    'cannot be worked out',
  ],
  [
    'a zone that does not exist',
    { window: { ...office, timezone: 'Mars/Base' } },
    null,
    'Mars/Base',
  ],
  [
    'an environment that is not declared',
    { environment: 'moon' },
    { windows: null },
    'moon is not declared',
  ],
])('errs at %s, and never goes on', (_what, settings, facts, words) => {
  const move = decide(settings, facts);
  expect(move).toMatchObject({ is: 'end', status: 'errored' });
  expect(move.because).toContain(words);
});

test('windows are read as they are declared now', async () => {
  const load = (settings: Json) => adapter.load?.(lookOf({ settings }));
  expect(await load({ environment: 'production' })).toEqual({ windows: [nightly] });
  expect(await load({ environment: 'moon' })).toEqual({ windows: null });
  expect(await load({ duration: 1 })).toBeNull();
});
