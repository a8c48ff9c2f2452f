import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readyOf } from './decide-intents.ts';
import { touchedTargets } from './decide-targets.ts';
import { copy, fresh, old } from './fixture.ts';
import { play, stories } from './stories.fixture.ts';

test('a fresh copy is as large as the candidate, no busier than the stable release, and gone where nobody compares', () => {
  const seen = { copies: 0, busy: 0 };
  fc.assert(
    fc.property(fc.record(stories), (story) => {
      play(story, (before, { state, writes = [] }, { snapshot: now }) => {
        for (const name of touchedTargets(state)) {
          const known = before.targets.find((one) => one.name === name);
          const asked = now.targets.find((one) => one.name === name)?.intent?.spec.versions ?? [];
          const of = (release: string) => asked.find((one) => one.release === release);
          const copied = of(copy);
          // All that is left of the stable release on a target stays until that is back.
          if (!known || !copied || readyOf(known, old) === 0) continue;
          seen.copies += 1;
          expect([state.retreat, state.dropped, state.weight < 100]).toEqual([null, false, true]);
          expect(state.plan.waves[state.wave]?.targets).toContain(name);
          expect(copied.replicas).toBeLessThanOrEqual(of(fresh)?.replicas ?? 0);
          if (copied.weight === 0) continue;
          seen.busy += 1;
          expect(copied.weight).toBeLessThanOrEqual(of(old)?.weight ?? 0);
          expect(copied.weight).toBeLessThanOrEqual(of(fresh)?.weight ?? 0);
          expect(readyOf(known, copy)).toBeGreaterThan(0);
        }
        const named = writes.map((write) =>
          write.table === 'stables' || write.table === 'quarantines' ? write.release : '',
        );
        expect(named).not.toContain(copy);
      });
    }),
    { numRuns: 150 },
  );
  expect(seen.copies).toBeGreaterThan(100);
  expect(seen.busy).toBeGreaterThan(20);
});
