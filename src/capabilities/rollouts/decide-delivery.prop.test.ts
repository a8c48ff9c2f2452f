import fc from 'fast-check';
import { expect, test } from 'vitest';
import { strategy, words } from './fixture.ts';
import { delivery } from './fixture-delivery.ts';
import { DeliverySimulator } from './simulator-delivery.ts';

const judged = strategy({
  canary: { steps: [{ setWeight: 20 }, { analysis: { templates: ['errors'] } }] },
});

type Happening =
  | { readonly is: 'push'; readonly release: string; readonly trailer: string | null }
  | { readonly is: 'ask'; readonly action: string }
  | { readonly is: 'tick'; readonly ms: number };

const happenings: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      is: fc.constant('push' as const),
      release: fc.constantFrom('r-a', 'r-b', 'r-c', 'r-d-bad', 'r-e-sick'),
      trailer: fc.constantFrom(
        null,
        null,
        null,
        'Tidegate-Fast-Track',
        'Tidegate-Retry',
        'Tidegate-Rollback',
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      is: fc.constant('ask' as const),
      action: fc.constantFrom('abort', 'promote', 'promoteFull', 'pause', 'resume'),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      is: fc.constant('tick' as const),
      ms: fc.constantFrom(10, 10, 10, 30_000, 700_000),
    }),
  },
);

const stories = {
  story: fc.array(happenings, { minLength: 20, maxLength: 120, size: 'max' }),
  onNewRelease: fc.constantFrom('supersede' as const, 'queue' as const),
};
type Story = { readonly story: readonly Happening[]; readonly onNewRelease: 'supersede' | 'queue' };

function play({ story, onNewRelease }: Story, look: (simulator: DeliverySimulator) => void) {
  const simulator = new DeliverySimulator(delivery({}, { onNewRelease, strategy: judged }));
  for (const happening of story) {
    if (happening.is === 'push') {
      const trailers = happening.trailer === null ? {} : { [happening.trailer]: 'true' };
      simulator.push(happening.release, trailers);
    } else if (happening.is === 'ask') simulator.ask(happening.action);
    else simulator.tick(happening.ms);
    look(simulator);
  }
  return simulator;
}

/** Nobody pushes or asks any more. */
function settle(simulator: DeliverySimulator): void {
  simulator.ask('resume');
  for (let round = 0; round < 150; round += 1) simulator.tick(20_000);
}

test('never two rollouts at once, and each commit gets at most one', () => {
  fc.assert(
    fc.property(fc.record(stories), (story) => {
      const simulator = play(story, ({ rows }) => {
        const active = [...rows.values()].filter((row) => !row.terminal);
        expect(active.length).toBeLessThanOrEqual(1);
      });
      settle(simulator);
      const commits = simulator.opened.map((one) => one.commit);
      expect(commits).toEqual([...new Set(commits)]);
    }),
    { numRuns: 60 },
  );
});

test('a quarantined release is not rolled out again, unless its commit asks to retry', () => {
  fc.assert(
    fc.property(fc.record(stories), (story) => {
      let known = 0;
      let quarantined = new Set<string>();
      play(story, ({ opened, quarantines, git }) => {
        const isRetry = git?.trailers['Tidegate-Retry'] !== undefined;
        for (const { release } of opened.slice(known)) {
          expect(quarantined.has(release) && !isRetry).toBe(false);
        }
        known = opened.length;
        quarantined = new Set(quarantines.keys());
      });
    }),
    { numRuns: 60 },
  );
});

test('once people and faults stop, it ends steady: Git, intents and the stable release agree', () => {
  fc.assert(
    fc.property(fc.record(stories), (story) => {
      const simulator = play(story, () => undefined);
      settle(simulator);
      const { state, git, targets, quarantines } = simulator;
      expect(state.active).toBeNull();
      if (state.stable === null) return;
      for (const view of targets) expect(words(view.intent?.spec)).toBe(`${state.stable}:2@100`);
      // What Git still desires beside the stable one is what was refused: pushed again after it had failed or was taken back.
      const isRefused =
        git !== null && (quarantines.has(git.release) || state.decidedCommit === git.id);
      expect(git?.release === state.stable || isRefused).toBe(true);
    }),
    { numRuns: 100 },
  );
});
