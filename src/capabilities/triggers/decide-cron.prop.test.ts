import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideTrigger } from './decide.ts';
import { begun, declared, snapshot, trigger } from './triggers.fixture.ts';
import type { TriggerState } from './types.ts';

const schedules = fc.constantFrom(
  '*/7 * * * *',
  '0 * * * *',
  '15 2,14 * * *',
  '30 2 * * 1-5',
  '0 0 1 * *',
);
const zones = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
);

test('however it is looked at, no time runs twice, none in the future, and none before the last', () => {
  fc.assert(
    fc.property(
      schedules,
      zones,
      fc.constantFrom('skip', 'once', 'all'),
      fc.integer({ min: Date.UTC(2025, 0), max: Date.UTC(2027, 0) }),
      fc.array(fc.integer({ min: -600_000, max: 86_400_000 * 3 }), { maxLength: 20 }),
      (schedule, timezone, missed, start, steps) => {
        const one = trigger({ cron: { schedule, timezone, missed } });
        let state: TriggerState = { pipeline: 'ship', memory: {} };
        let when = start;
        const ran: number[] = [];
        for (const step of [0, ...steps]) {
          when += step;
          const made = decideTrigger(
            snapshot({ state, declared: declared([one]) }),
            new Date(when),
          );
          for (const run of begun(made)) {
            const time = Date.parse(String(run.event.at));
            expect(time).toBeLessThanOrEqual(when);
            expect(time).toBeGreaterThan(Math.max(start, ran.at(-1) ?? 0));
            ran.push(time);
          }
          expect(made.wakeAt?.getTime()).toBeGreaterThan(when);
          state = JSON.parse(JSON.stringify(made.state)) as TriggerState;
        }
      },
    ),
    { numRuns: 200 },
  );
});
