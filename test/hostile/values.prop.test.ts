import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDuration } from '../../src/contract/kinds/common.ts';
import { type FreezeWindow, freezeAt, windowFault } from '../../src/contract/kinds/freeze.ts';
import { parseDocuments, validateAll } from '../../src/contract/kinds/validate.ts';
import { checkCondition } from '../../src/platform/cel/condition.ts';

const took = (run: () => unknown): number => {
  const begun = performance.now();
  run();
  return performance.now() - begun;
};
const environmentWith = (freeze: object): string =>
  JSON.stringify({
    apiVersion: 'tidegate.dev/v1',
    kind: 'Environment',
    metadata: { name: 'production' },
    spec: { waves: [{ targets: ['eu-1'] }], freeze: [{ name: 'w', duration: '1h', ...freeze }] },
  });
const application = (change: object): string =>
  JSON.stringify({
    apiVersion: 'tidegate.dev/v1',
    kind: 'Application',
    metadata: { name: 'shop' },
    spec: {
      owner: 'a',
      source: { repository: '/srv/shop' },
      run: {},
      environments: [{ name: 'production' }],
      strategy: { canary: { steps: [{ setWeight: 20 }] } },
      ...change,
    },
  });
const codesOf = (text: string): string[] => [
  ...new Set(parseDocuments(text, 'a.yaml').problems.map((one) => one.code)),
];

describe('durations', () => {
  test('are a whole number of milliseconds, or NaN; never negative, never infinite work', () => {
    const like = fc.stringMatching(/^[-+0-9.emshd ]{0,60}$/);
    fc.assert(
      fc.property(fc.oneof(like, fc.string({ unit: 'binary' })), (text) => {
        const ms = parseDuration(text);
        expect(Number.isNaN(ms) || ms >= 0).toBe(true);
      }),
      { numRuns: 1_000, examples: [['-1s'], [`${'9'.repeat(400)}d`], ['1e9d'], ['.5s'], ['0x1s']] },
    );
    expect(took(() => parseDuration(`${'1'.repeat(500_000)}x`))).toBeLessThan(1_000);
    expect(took(() => parseDuration(`${'1s'.repeat(200_000)}x`))).toBeLessThan(1_000);
  });

  test.each(['-1s', '91d', `${'9'.repeat(400)}d`, '1e3s', '', '1', 'NaN', '1h '])(
    '"%s" is refused in a document',
    (text) => {
      expect(codesOf(application({ progressDeadline: text }))).toEqual(['TG1004']);
    },
  );
});

describe('weights and counts', () => {
  test.each(['101', '-1', '1e308', '0.5', '"50"', '.inf', '.nan', '0x65', 'null', '[]'])(
    'a weight of %s is refused',
    (weight) => {
      const text = application({ strategy: { canary: { steps: [{ setWeight: 1 }] } } });
      expect(codesOf(text.replace('"setWeight":1', `"setWeight": ${weight}`))).toEqual(['TG1004']);
    },
  );
  test.each([0, -1, 1_001, 1e21, '3'])('%s replicas are refused', (replicas) => {
    expect(codesOf(application({ replicas }))).toEqual(['TG1004']);
  });
});

describe('recurrences', () => {
  const hostile = [
    'FREQ=SECONDLY',
    'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31',
    'FREQ=SECONDLY;INTERVAL=999999999',
    'FREQ=YEARLY;INTERVAL=0',
    'FREQ=DAILY;INTERVAL=-1',
    'FREQ=MINUTELY;BYSECOND=0,1,2,3,4,5,6,7,8,9;BYSETPOS=999',
    'FREQ=DAILY;COUNT=999999999',
    'FREQ=DAILY;UNTIL=99991231T235959Z',
    'FREQ=DAILY;UNTIL=00000101T000000Z',
    'DTSTART:99991231T000000\\nRRULE:FREQ=YEARLY',
    'DTSTART;TZID=Nowhere/None:20260101T000000\\nRRULE:FREQ=DAILY',
    'FREQ=WEEKLY;BYDAY=9XX',
    'FREQ=HOURLY;BYHOUR=25',
    'RRULE:RRULE:FREQ=DAILY',
    ';;;;',
    '',
    'x'.repeat(1_024),
    `FREQ=YEARLY;BYYEARDAY=${Array.from({ length: 200 }, (_none, at) => at + 1).join(',')}`,
  ];
  test.each(hostile)(
    '"%s" is refused or worked out in bounded time, and never fails open',
    (rrule) => {
      const spent = took(() => codesOf(environmentWith({ rrule })));
      expect(spent).toBeLessThan(3_000);
      if (windowFault({ rrule, timezone: 'UTC' }) !== null)
        expect(codesOf(environmentWith({ rrule }))).toEqual(['TG1004']);
      const window = {
        name: 'w',
        kind: 'deny',
        rrule,
        duration: 3_600_000,
        timezone: 'UTC',
      } as FreezeWindow;
      expect(took(() => freezeAt([window], new Date('2026-06-01T00:00:00Z')))).toBeLessThan(3_000);
    },
  );

  test('whatever the rule, the answer is a freeze or none, and a rule that cannot be read freezes', () => {
    const parts = fc.constantFrom(
      ...['FREQ=DAILY', 'FREQ=SECONDLY', 'FREQ=YEARLY', 'BYDAY=MO', 'BYDAY=-5FR', 'BYMONTHDAY=31'],
      ...['COUNT=0', 'COUNT=2', 'INTERVAL=1e9', 'UNTIL=x', 'BYSETPOS=-1', 'WKST=XX', 'BYWEEKNO=53'],
    );
    const rule = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.array(parts, { maxLength: 4 }).map((some) => some.join(';')),
    );
    fc.assert(
      fc.property(
        rule,
        fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }),
        (rrule, now) => {
          const window = {
            name: 'w',
            kind: 'deny',
            rrule,
            duration: 60_000,
            timezone: 'UTC',
          } as FreezeWindow;
          const freeze = freezeAt([window], now);
          expect(typeof freeze.frozen).toBe('boolean');
          if (windowFault(window)?.field === 'rrule' && !freeze.frozen)
            expect(freeze.until).toBeNull();
        },
      ),
      { numRuns: 150, interruptAfterTimeLimit: 15_000, markInterruptAsFailure: true },
    );
  }, 30_000);
});

describe('conditions', () => {
  test.each([
    'result.map(a, result.map(b, result.map(c, result.map(d, a + b + c + d))))',
    `${'('.repeat(2_000)}1${')'.repeat(2_000)}`,
    `${'!'.repeat(4_000)}true`,
    `"${'a'.repeat(4_000)}".matches("(a+)+$")`,
    'constructor.constructor("return process")()',
    '__proto__.x',
    `[${'1,'.repeat(2_000)}1].all(x, x > 0)`,
    '1/0 > 0',
    'result.requests > 99999999999999999999',
    '"\\u0000" == result',
    '\ud800',
  ])('%s is refused or compiled within a second', (text) => {
    expect(took(() => checkCondition(text))).toBeLessThan(1_000);
  });

  test('whatever the text, what is wrong is TG1009 or the like, never a throw', () => {
    const piece = fc.constantFrom(
      'result',
      '.p95',
      ' < ',
      '0.5',
      '(',
      ')',
      '[',
      ']',
      '"',
      "'",
      ' && ',
      '?',
      ':',
      'has(',
      '.map(x,',
      '\u0000',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.array(piece, { maxLength: 30 }).map((some) => some.join('')),
    );
    fc.assert(
      fc.property(text, (one) => {
        const found = checkCondition(one);
        expect(found === null || /^TG1\d{3}$/.test(found.code)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('references', () => {
  test('20,000 references to what nobody declares are told in bounded time', () => {
    const files = Array.from({ length: 40 }, (_none, file) => ({
      path: `${file}.yaml`,
      text: Array.from({ length: 500 }, (_n, at) =>
        application({ environments: [{ name: `e-${file}-${at}` }] }).replace(
          '"shop"',
          `"a-${file}-${at}"`,
        ),
      ).join('\n---\n'),
    }));
    const state: { problems: number } = { problems: 0 };
    const spent = took(() => {
      state.problems = validateAll(files).length;
    });
    expect(state.problems).toBe(20_000);
    expect(spent).toBeLessThan(30_000);
  }, 60_000);
});
