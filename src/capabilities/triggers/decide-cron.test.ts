import { expect, test } from 'vitest';
import { decideTrigger } from './decide.ts';
import { begun, declared, now, snapshot, trigger } from './triggers.fixture.ts';
import type { TriggerState } from './types.ts';

const at = (text: string): Date => new Date(text);
const cron = (schedule: string, over: object = {}) => trigger({ cron: { schedule, ...over } });
const remembered = (plan: string, since: string): TriggerState => ({
  pipeline: 'ship',
  memory: { go: { on: 'cron', plan, since, problem: null, last: null } },
});

/** Times that ran when it was looked at at these moments, one after the other. */
function times(
  one: ReturnType<typeof cron>,
  since: string,
  looks: readonly string[],
): readonly string[] {
  const { schedule = '', timezone = '' } = one.cron ?? {};
  const ran: string[] = [];
  let state = remembered(`${schedule} ${timezone}`, since);
  for (const text of looks) {
    const made = decideTrigger(snapshot({ state, declared: declared([one]) }), at(text));
    ran.push(...begun(made).map((run) => String(run.event.at)));
    state = made.state;
  }
  return ran;
}

/** Looks just when it says, from one time to another. */
function follow(one: ReturnType<typeof cron>, from: string, to: string): readonly string[] {
  const ran: string[] = [];
  let state: TriggerState = { pipeline: 'ship', memory: {} };
  for (let when: Date | null = at(from); when !== null && when <= at(to); ) {
    const made = decideTrigger(snapshot({ state, declared: declared([one]) }), when);
    ran.push(...begun(made).map((run) => String(run.event.at)));
    state = made.state;
    if (made.wakeAt !== null && made.wakeAt <= when) throw new Error('it would spin');
    when = made.wakeAt;
  }
  return ran;
}

test('the first look begins nothing and says when it comes', () => {
  const made = decideTrigger(snapshot({ declared: declared([cron('30 10 * * *')]) }), now);
  expect(begun(made)).toEqual([]);
  expect(made.wakeAt).toEqual(at('2026-03-01T10:30:00Z'));
  expect(made.because).toContain('go (30 10 * * * UTC)');
});

test('each time runs once, however often it is looked at', () => {
  const look = '2026-03-01T10:30:00.000Z';
  const ran = times(cron('30 10 * * *'), '2026-03-01T10:00:00.000Z', [
    '2026-03-01T10:29:59.999Z',
    look,
    look,
    '2026-03-01T10:30:00.500Z',
    '2026-03-01T10:31:00.000Z',
    '2026-03-02T10:30:00.020Z',
  ]);
  expect(ran).toEqual([look, '2026-03-02T10:30:00.000Z']);
});

test('a clock that goes back runs no time twice', () => {
  const ran = times(cron('*/5 * * * *'), '2026-03-01T10:00:00.000Z', [
    '2026-03-01T10:10:00.000Z',
    '2026-03-01T10:04:00.000Z',
    '2026-03-01T10:09:00.000Z',
    '2026-03-01T10:14:59.000Z',
  ]);
  expect(ran).toEqual(['2026-03-01T10:10:00.000Z']);
});

test.each([
  ['skip', 'an hour late', '2026-03-01T13:10:00.000Z', []],
  ['skip', 'in time for the last', '2026-03-01T13:00:30.000Z', ['13:00']],
  ['once', 'an hour late', '2026-03-01T13:10:00.000Z', ['13:00']],
  ['all', 'an hour late', '2026-03-01T13:10:00.000Z', ['11:00', '12:00', '13:00']],
])('missed %s, back %s', (missed, _when, back, expected) => {
  const ran = times(cron('0 * * * *', { missed }), '2026-03-01T10:00:00.000Z', [back, back]);
  expect(ran).toEqual(expected.map((time) => `2026-03-01T${time}:00.000Z`));
});

test('of a long outage at most 24 times are made up for, the newest', () => {
  const made = decideTrigger(
    snapshot({
      state: remembered('* * * * * UTC', '2024-01-01T00:00:00.000Z'),
      declared: declared([cron('* * * * *', { missed: 'all' })]),
    }),
    now,
  );
  const runs = begun(made);
  expect(runs).toHaveLength(24);
  expect(runs.at(-1)?.event).toMatchObject({ at: now.toISOString(), late: 0 });
  expect(runs[0]?.event).toMatchObject({ at: '2026-03-01T09:37:00.000Z' });
  expect(made.wakeAt).toEqual(at('2026-03-01T10:01:00Z'));
  const once = decideTrigger(
    snapshot({
      state: remembered('* * * * * UTC', '2024-01-01T00:00:00.000Z'),
      declared: declared([cron('* * * * *')]),
    }),
    at('2026-03-01T10:00:45Z'),
  );
  expect(begun(once)).toHaveLength(1);
  expect(begun(once)[0]?.because).toContain(
    'Earlier times that were missed and do not run: 24 or more.',
  );
});

test('a rare time in a long outage is found', () => {
  const one = cron('0 4 29 2 *', { missed: 'all' });
  expect(times(one, '2015-01-01T00:00:00.000Z', ['2026-03-01T10:00:00Z'])).toEqual([
    '2016-02-29T04:00:00.000Z',
    '2020-02-29T04:00:00.000Z',
    '2024-02-29T04:00:00.000Z',
  ]);
});

test.each([
  // The clock of Berlin goes from 02:00 to 03:00 on 29 March 2026, and from 03:00 to 02:00 on 25 October.
  [
    '30 2 * * *',
    '2026-03-28T12:00:00Z',
    '2026-03-30T12:00:00Z',
    ['2026-03-29T01:00', '2026-03-30T00:30'],
  ],
  [
    '30 2 * * *',
    '2026-10-24T12:00:00Z',
    '2026-10-26T12:00:00Z',
    ['2026-10-25T00:30', '2026-10-26T01:30'],
  ],
  [
    '0 2,3 * * *',
    '2026-10-24T12:00:00Z',
    '2026-10-25T12:00:00Z',
    ['2026-10-25T00:00', '2026-10-25T02:00'],
  ],
  [
    '30 * * * *',
    '2026-10-24T23:45:00Z',
    '2026-10-25T02:45:00Z',
    ['2026-10-25T00:30', '2026-10-25T01:30', '2026-10-25T02:30'],
  ],
  [
    '30 * * * *',
    '2026-03-28T23:45:00Z',
    '2026-03-29T02:45:00Z',
    ['2026-03-29T00:30', '2026-03-29T01:30', '2026-03-29T02:30'],
  ],
])('%s in Berlin from %s', (schedule, from, to, expected) => {
  const one = cron(schedule, { timezone: 'Europe/Berlin' });
  expect(follow(one, from, to)).toEqual(expected.map((time) => `${time}:00.000Z`));
});

test('after an outage over the change of the clock the same times are made up for', () => {
  const one = cron('30 2 * * *', { timezone: 'Europe/Berlin', missed: 'all' });
  for (const [from, to] of [
    ['2026-10-20T12:00:00.000Z', '2026-11-01T12:00:00Z'],
    ['2026-03-20T12:00:00.000Z', '2026-04-01T12:00:00Z'],
  ] as const) {
    expect(times(one, from, [to])).toEqual(follow(one, from, to));
  }
});

test.each([
  ['x', 'UTC', 'does not have five fields'],
  ['@daily', 'UTC', 'does not have five fields'],
  ['* * * * * *', 'UTC', 'does not have five fields'],
  ['0 0 * * 9', 'UTC', 'is no schedule'],
  ['0 0 30 2 *', 'UTC', 'never comes'],
  ['0 0 * * *', 'Mars/Base', 'is no schedule'],
])('%s in %s is told and begins nothing', (schedule, timezone, said) => {
  const one = cron(schedule, { timezone });
  const made = decideTrigger(snapshot({ declared: declared([one]) }), now);
  expect(made).toMatchObject({ phase: 'failing', wakeAt: null });
  expect(made.because).toContain(said);
});

test('another schedule counts from now on', () => {
  const made = decideTrigger(
    snapshot({
      state: remembered('0 * * * * UTC', '2026-01-01T00:00:00.000Z'),
      declared: declared([cron('0 0 * * *')]),
    }),
    now,
  );
  expect(begun(made)).toEqual([]);
  expect(made.wakeAt).toEqual(at('2026-03-02T00:00:00Z'));
});
