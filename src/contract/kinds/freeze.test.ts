import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FreezeWindow, freezeAt, windowFault } from './freeze.ts';

const hour = 3_600_000;
const window = (over: Partial<FreezeWindow>): FreezeWindow => ({
  name: 'weekend',
  kind: 'deny',
  rrule: 'FREQ=WEEKLY;BYDAY=FR;BYHOUR=17',
  duration: 63 * hour,
  timezone: 'Europe/Berlin',
  ...over,
});
const daily = window({
  name: 'day',
  rrule: 'DTSTART:20260101T090000\nRRULE:FREQ=DAILY',
  duration: 8 * hour,
});
const office = { ...daily, name: 'office', kind: 'allow' as const };
const berlin = (local: string): string =>
  Temporal.PlainDateTime.from(local).toZonedDateTime('Europe/Berlin').toInstant().toString();

test.each([
  ['a minute before', '2026-01-09T16:59', null],
  ['at its first moment', '2026-01-09T17:00', '2026-01-12T08:00'],
  ['inside', '2026-01-11T12:00', '2026-01-12T08:00'],
  ['at its end', '2026-01-12T08:00', null],
  // Clocks go forward on 29 March 2026: 63 hours last until 09:00.
  ['over the start of summer time', '2026-03-28T12:00', '2026-03-30T09:00'],
  // And back on 25 October 2026: they last until 07:00.
  ['over the end of summer time', '2026-10-24T12:00', '2026-10-26T07:00'],
  ['in summer the start is at the same local hour', '2026-07-10T17:00', '2026-07-13T08:00'],
])('a weekly window, %s', (_when, now, until) => {
  const freeze = freezeAt([window({})], new Date(berlin(now)));
  const expected = until === null ? null : new Date(berlin(until)).toISOString();
  expect(freeze).toEqual({
    frozen: until !== null,
    window: until === null ? '' : 'weekend',
    until: expected,
  });
});

test.each([
  ['outside an allow window', [office], '2026-01-07T08:00', 'office', '2026-01-07T09:00'],
  ['inside an allow window', [office], '2026-01-07T10:00', '', null],
  ['at the end of an allow window', [office], '2026-01-07T17:00', 'office', '2026-01-08T09:00'],
  ['deny beats allow', [office, { ...daily, name: 'both' }], '2026-01-07T10:00', 'both', null],
  [
    'after a deny comes what no window allows',
    [office, window({})],
    '2026-01-09T18:00',
    'weekend',
    '2026-01-12T09:00',
  ],
  [
    'one of two allow windows is enough',
    [
      office,
      {
        ...office,
        name: 'night',
        rrule: 'DTSTART:20260101T200000\nRRULE:FREQ=DAILY',
        duration: hour,
      },
    ],
    '2026-01-07T20:30',
    '',
    null,
  ],
  ['nothing declared', [], '2026-01-07T20:30', '', null],
] as const)('%s', (_what, windows, now, name, until) => {
  const freeze = freezeAt(windows, new Date(berlin(now)));
  expect(freeze.frozen).toBe(name !== '');
  expect(freeze.window).toBe(name);
  if (until !== null) expect(freeze.until).toBe(new Date(berlin(until)).toISOString());
});

test('windows that follow upon each other are one freeze, and one without an end says so', () => {
  const morning = window({
    name: 'am',
    rrule: 'DTSTART:20260105T060000\nRRULE:FREQ=WEEKLY',
    duration: 6 * hour,
  });
  const noon = window({
    name: 'pm',
    rrule: 'DTSTART:20260105T110000\nRRULE:FREQ=WEEKLY',
    duration: 5 * hour,
  });
  const freeze = freezeAt([morning, noon], new Date(berlin('2026-01-05T07:00')));
  expect(freeze).toEqual({
    frozen: true,
    window: 'am',
    until: new Date(berlin('2026-01-05T16:00')).toISOString(),
  });
  const always = window({ name: 'always', rrule: 'FREQ=DAILY', duration: 24 * hour });
  expect(freezeAt([always], new Date())).toEqual({ frozen: true, window: 'always', until: null });
});

test('a rule that cannot be worked out freezes, and allows nothing', () => {
  const wrong = { rrule: 'FREQ=SOMETIMES' };
  expect(freezeAt([window(wrong)], new Date())).toEqual({
    frozen: true,
    window: 'weekend',
    until: null,
  });
  expect(freezeAt([window({ ...wrong, kind: 'allow' })], new Date())).toMatchObject({
    frozen: true,
    until: null,
  });
});

test('whatever was asked before, the answer is the same', () => {
  let asked = 0;
  const rule = fc.constantFrom(
    ...['FREQ=DAILY;BYHOUR=9', 'FREQ=WEEKLY;BYDAY=FR,SU', 'FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24'],
    ...['DTSTART:20260105T060000\nRRULE:FREQ=DAILY;COUNT=9', 'FREQ=DAILY;UNTIL=20260301T000000Z'],
  );
  const day = fc.date({ min: new Date('2025-12-20'), max: new Date('2026-04-05') });
  const days = fc.array(day, { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(rule, fc.constantFrom('allow', 'deny'), days, (rrule, kind, times) => {
      for (const at of times) {
        asked += 1;
        const first = { rrule: rrule + ' '.repeat(asked), kind, duration: 5 * hour };
        expect(freezeAt([window({ rrule, kind, duration: 5 * hour })], at)).toEqual(
          freezeAt([window(first)], at),
        );
      }
    }),
    { numRuns: 60 },
  );
});

test.each([
  [{}, null],
  [{ rrule: 'DTSTART;TZID=UTC:20260101T000000\\nRRULE:FREQ=DAILY' }, null],
  [{ rrule: 'FREQ=SOMETIMES' }, 'rrule'],
  [{ rrule: 'every friday' }, 'rrule'],
  [{ rrule: '' }, 'rrule'],
  [{ timezone: 'Europe/Atlantis' }, 'timezone'],
])('the fault of %o is in %s', (over, field) => {
  expect(windowFault(window(over))?.field ?? null).toBe(field);
});
