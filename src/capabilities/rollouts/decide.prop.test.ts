import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allowedActions } from './actions.ts';
import { decideMove, decideRollout } from './decide.ts';
import { readyOf } from './decide-intents.ts';
import { seenAfter } from './decide-onward.ts';
import { touchedTargets } from './decide-targets.ts';
import { copy, old, type RolloutDecision, request } from './fixture.ts';
import { play, stories } from './stories.fixture.ts';
import type { RolloutSnapshot, RolloutState } from './types.ts';

const runs = { numRuns: 150 };

test('weights sum to 100, and no traffic goes to what is not ready while something ready is there', () => {
  fc.assert(
    fc.property(fc.record(stories), (story) => {
      play(story, (_before, decision, { snapshot: now }) => {
        // A target that was away when the rollout ended is the delivery's to bring up.
        if (decision.terminal) return;
        for (const name of touchedTargets(decision.state)) {
          const view = now.targets.find((one) => one.name === name);
          const versions = view?.intent?.spec.versions ?? [];
          const sum = versions.reduce((total, one) => total + one.weight, 0);
          expect(versions.length === 0 || sum === 100).toBe(true);
          const ready = (id: string) =>
            view?.status?.versions.some((one) => one.release === id && one.ready > 0) === true;
          const hasReady = versions.some((one) => ready(one.release));
          const unfit = versions.filter((one) => one.weight > 0 && !ready(one.release));
          expect(hasReady ? unfit : []).toEqual([]);
        }
      });
    }),
    runs,
  );
});

test('what is over stays over, and the same look gives the same decision', () => {
  fc.assert(
    fc.property(fc.record(stories), (story) => {
      play(story, (before, decision, { now }) => {
        expect(decideRollout(before, now)).toEqual(decision);
        if (before.state.endedAt === null) return;
        expect(decision).toMatchObject({
          terminal: true,
          phase: before.state.phase,
          state: before.state,
        });
        expect(decision.writes ?? []).toEqual([]);
      });
    }),
    runs,
  );
});

test('what the table allows is accepted, what it refuses is refused, and abort is always allowed', () => {
  fc.assert(
    fc.property(fc.record(stories), (story) => {
      play(story, (_before, _decision, { snapshot: now, now: at }) => {
        for (const { action, allowed } of allowedActions(now.state, {
          actor: 'user:eve',
          isAdmin: true,
        })) {
          const requests = [request(action, { actor: 'user:eve' })];
          const { events } = decideRollout({ ...now, requests }, at);
          const outcome = events?.find(
            (event) => event.type === `rollout.${action}Requested`,
          )?.outcome;
          // Over is what an abort asks for, so then it is no news.
          const refused = action === 'abort' ? undefined : 'refused';
          expect([action, outcome]).toEqual([action, allowed ? 'done' : refused]);
          if (action === 'abort') expect(allowed).toBe(now.state.endedAt === null);
        }
      });
    }),
    { numRuns: 40 },
  );
});

test('an abort never scales down what is healthy', () => {
  fc.assert(
    fc.property(fc.record(stories), (story) => {
      play(story, (_before, _decision, { snapshot: now, now: at }) => {
        const { writes } = decideRollout({ ...now, requests: [request('abort')] }, at);
        for (const write of writes ?? []) {
          if (write.table !== 'intents') continue;
          const view = now.targets.find((one) => one.name === write.target);
          const serving = (view?.intent?.spec.versions ?? []).filter((one) => {
            const ready = view?.status?.versions.find(
              (each) => each.release === one.release,
            )?.ready;
            // The copy is none of those that are kept, unless it is all that is left of the stable release.
            const isSpare = one.release === copy && view !== undefined && readyOf(view, old) > 0;
            return (ready ?? 0) > 0 && (one.release === old || (one.weight === 100 && !isSpare));
          });
          for (const one of serving) {
            const kept = write.spec.versions.find((each) => each.release === one.release);
            if (now.state.endedAt === null)
              expect(kept?.replicas ?? 0).toBeGreaterThanOrEqual(one.replicas);
          }
        }
      });
    }),
    { numRuns: 60 },
  );
});

test('events lead from what was to what is without a gap, one for each move, and each order to a target has one', () => {
  fc.assert(
    fc.property(fc.record(stories), (story) => {
      play(story, (before, { state, events, writes = [] }) => {
        const changes = (events ?? []).filter((event) => event.before !== undefined);
        let at = visible(before.state);
        for (const change of changes) {
          expect(change.before).toMatchObject(at);
          at = visible(change.after as RolloutState);
        }
        expect(at).toMatchObject(visible(state));
        const tells = writes.some((write) => write.table === 'intents');
        const isRouted = JSON.stringify(before.state.routes) !== JSON.stringify(state.routes);
        if (tells || isRouted) expect(changes.length).toBeGreaterThan(0);
      });
    }),
    runs,
  );
});

const visible = ({ phase, wave, step, weight }: RolloutState) => ({ phase, wave, step, weight });

test('one look is as many as take it to where it waits: what each of them changes, and all that they ask for', () => {
  fc.assert(
    fc.property(fc.record(stories), (story) => {
      play(story, (before, decision, { now }) => {
        const { moves, snapshot } = oneByOne(before, now);
        const last = moves.at(-1);
        expect(moves.length).toBeLessThan(15);
        for (const field of ['state', 'phase', 'terminal', 'because', 'wakeAt'] as const)
          expect(decision[field]).toEqual(last?.[field]);
        for (const field of ['events', 'effects', 'open', 'requests'] as const)
          expect(decision[field] ?? []).toEqual(moves.flatMap((move) => [...(move[field] ?? [])]));
        expect(seenAfter(before, decision)).toEqual({ ...snapshot, targets: expect.anything() });
        const specs = ({ targets }: RolloutSnapshot) => targets.map((view) => view.intent?.spec);
        expect(specs(seenAfter(before, decision))).toEqual(specs(snapshot));
      });
    }),
    runs,
  );
});

function oneByOne(before: RolloutSnapshot, now: Date) {
  const moves: RolloutDecision[] = [];
  let snapshot = before;
  do {
    const move = decideMove(snapshot, now);
    moves.push(move);
    snapshot = seenAfter(snapshot, move);
  } while (moves.at(-1)?.wakeAt?.getTime() === now.getTime());
  return { moves, snapshot };
}

test('once faults stop, every rollout ends', () => {
  fc.assert(
    fc.property(fc.record(stories), (story) => {
      const simulator = play(story, () => undefined);
      for (let round = 0; round < 200; round += 1) {
        simulator.heal();
        const decision = simulator.decide();
        if (decision.terminal) return;
        for (const action of ['resume', 'approve', 'promote'] as const) {
          const allowed = allowedActions(decision.state, { actor: 'user:eve', isAdmin: true }).find(
            (one) => one.action === action,
          );
          if (allowed?.allowed) simulator.happen({ is: 'request', action, actor: 'user:eve' });
        }
        simulator.happen({ is: 'time', ms: 10_000 });
      }
      throw new Error(
        `still ${simulator.snapshot.state.phase}: ${simulator.snapshot.state.because}`,
      );
    }),
    runs,
  );
});
