import { expect, test } from 'vitest';
import { problem } from '../../platform/errors/problem.ts';
import { decideTrigger } from './decide.ts';
import {
  begun,
  declared,
  later,
  moved,
  now,
  request,
  snapshot,
  trigger,
} from './triggers.fixture.ts';
import type { PushLook, TriggerSnapshot, TriggerState } from './types.ts';

const push = trigger({ push: {} });
const hook = trigger({ webhook: { from: 'github', secret: 'hook' } });
const a = 'a'.repeat(40);
const watch = 'host/team/shop#main';
const at = (head: string): TriggerState => ({
  pipeline: 'ship',
  memory: { go: { on: 'push', watch, head, failures: 0, problem: null, last: null } },
});
const decide = (over: Partial<TriggerSnapshot>, when: Date = now) =>
  decideTrigger(snapshot(over), when);
const look = (one: PushLook, over: Partial<TriggerSnapshot> = {}) =>
  decide({ state: at(a), declared: declared([push]), looks: { go: one }, ...over });

test('the first look at a branch remembers its head and begins nothing', () => {
  const made = look({ is: 'first', watch, head: a }, { state: { pipeline: null, memory: {} } });
  expect(begun(made)).toEqual([]);
  expect(made.events).toEqual([]);
  expect(made.state.memory.go).toMatchObject({ on: 'push', head: a, watch });
  expect(made).toMatchObject({ phase: 'watching', terminal: false });
});

test('a branch that moved begins one run, for its newest commit, with a release, and says so', () => {
  const made = look(moved('a', 'b'));
  expect(begun(made)).toHaveLength(1);
  expect(begun(made)[0]).toMatchObject({
    trigger: 'go',
    on: 'push',
    pipeline: 'ship',
    application: 'shop',
    release: { ref: 'b'.repeat(40), image: null },
    commit: 'b'.repeat(40),
    event: {
      branch: 'main',
      commit: 'b'.repeat(40),
      before: a,
      author: 'Ada',
      files: ['server.js'],
    },
  });
  expect(begun(made)[0]?.because).toContain('one run for the newest commit, however many came');
  expect(made.events).toMatchObject([
    { type: 'trigger.fired', actor: 'trigger:ship/go', application: 'shop', outcome: 'done' },
  ]);
  expect(made.state.memory.go).toMatchObject({
    head: 'b'.repeat(40),
    last: { run: begun(made)[0]?.run },
  });
});

test('a decision that was never written is made again with another id, and a written one never', () => {
  const first = look(moved('a', 'b'));
  expect(
    begun(
      decide({
        state: first.state,
        declared: declared([push]),
        looks: { go: { is: 'same', watch, head: 'b'.repeat(40) } },
      }),
    ),
  ).toEqual([]);
});

test('a branch that comes to the same commit again is another move and another run', () => {
  const ids = [0, 60_000].map(
    (ms) =>
      begun(
        decide(
          { state: at(a), declared: declared([push]), looks: { go: moved('a', 'b') } },
          later(ms),
        ),
      )[0]?.run,
  );
  expect(new Set(ids).size).toBe(2);
});

test.each([
  ['nothing below its paths differs', moved('a', 'b', { touched: 0, files: [] })],
  ['Tidegate alone touched it', moved('a', 'b', { touched: 0, files: [], own: 3 })],
  ['it stands still', { is: 'same', watch, head: a } as const],
  ['another branch is watched now', { is: 'first', watch: 'x#y', head: 'c'.repeat(40) } as const],
])('no run when %s', (_why, one: PushLook) => {
  const made = look(one);
  expect(begun(made)).toEqual([]);
  expect(made.state.memory.go).toMatchObject({
    head: one.is === 'moved' ? one.head.id : 'head' in one ? one.head : '',
    watch: one.watch,
  });
});

test('a source that is behind is looked at again soon', () => {
  expect(look({ is: 'behind', watch, head: a }).wakeAt).toEqual(later(1_000));
});

test('a repository that cannot be read keeps what is known, and is tried ever more slowly', () => {
  const unreachable: PushLook = {
    is: 'unreachable',
    watch,
    problem: problem('TG1101', { detail: 'No route.' }),
  };
  const waits: number[] = [];
  let state = at(a);
  for (const _ of Array.from({ length: 6 })) {
    const made = look(unreachable, { state });
    waits.push((made.wakeAt?.getTime() ?? 0) - now.getTime());
    expect(made).toMatchObject({ phase: 'failing', state: { memory: { go: { head: a } } } });
    state = made.state;
  }
  expect(waits).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
  const back = look(moved('a', 'b'), { state });
  expect(begun(back)).toHaveLength(1);
  expect(back).toMatchObject({ phase: 'watching', state: { memory: { go: { failures: 0 } } } });
});

test('a repository that could never be read is at its first look when it can', () => {
  const unreachable: PushLook = {
    is: 'unreachable',
    watch,
    problem: problem('TG1101', { detail: 'No.' }),
  };
  const made = look(unreachable, { state: { pipeline: null, memory: {} } });
  expect(made.state.memory.go).toMatchObject({ head: '', failures: 1 });
});

test('without a look everything stays as it is', () => {
  const made = decide({
    state: at(a),
    declared: declared([push]),
    requests: [request(1, { odd: 1 })],
  });
  expect(made.state).toEqual(at(a));
  expect(made.taken).toEqual({ requests: [1], effects: [] });
});

test.each([
  ['a config repository', { push: { repository: 'config' } }, {}, null, null],
  [
    'an image, which no commit tells',
    { push: {} },
    { artifact: 'image' as const },
    null,
    'b'.repeat(40),
  ],
  [
    'a release of its own',
    { push: {}, release: { image: 'shop@${{ event.subject }}' } },
    { artifact: 'image' as const },
    { ref: 'b'.repeat(40), image: 'shop@Sell more' },
    'b'.repeat(40),
  ],
  ['a pipeline of no application', { push: {} }, { application: null }, null, 'b'.repeat(40)],
])('a push to %s', (_what, over, about, release, commit) => {
  const made = look(moved('a', 'b'), { declared: declared([trigger(over)], about) });
  expect(begun(made)[0]).toMatchObject({ release, commit });
});

test('a pipeline of its own is woken when an application takes it over, and when it lets it go', () => {
  const wake = (before: string | null, over: Partial<TriggerSnapshot>) =>
    decide({ state: { pipeline: before, memory: {} }, ...over }).wake;
  expect(wake(null, { declared: declared([hook]) })).toEqual(['trigger/pipeline:ship']);
  expect(wake('old', { declared: declared([hook]) })).toEqual([
    'trigger/pipeline:old',
    'trigger/pipeline:ship',
  ]);
  expect(wake('ship', { declared: declared([hook]) })).toEqual([]);
  expect(wake('ship', { declared: { none: 'gone' } })).toEqual(['trigger/pipeline:ship']);
  expect(wake(null, { id: 'trigger/pipeline:ship', declared: declared([hook]) })).toEqual([]);
});

test('old deliveries are forgotten in pieces', () => {
  const made = decide({ declared: declared([hook]), isStale: true });
  expect(made.writes).toEqual([{ prune: 2_000 }]);
  expect(made.wakeAt).toEqual(later(1_000));
  expect(decide({ declared: declared([hook]) }).writes).toBeUndefined();
});

test('a trigger that became another kind begins anew', () => {
  const made = decide({ state: at(a), declared: declared([hook]) });
  expect(made.state.memory.go).toEqual({ on: 'webhook', problem: null, last: null });
  const cron = trigger({ cron: { schedule: '0 0 * * *' } });
  const turned = decide({ state: at(a), declared: declared([cron]) });
  expect(turned.state.memory.go).toMatchObject({ on: 'cron', since: now.toISOString() });
});

test('a look that finds nothing new decides what was decided', () => {
  const cron = trigger({ name: 'nightly', cron: { schedule: '0 0 * * *' } });
  const over = {
    declared: declared([push, cron]),
    looks: { go: { is: 'same', watch, head: a } as const },
  };
  const first = decide({ ...over, state: at(a) });
  const second = decide({ ...over, state: first.state }, later(30_000));
  expect({ ...second, wakeAt: null }).toEqual({ ...first, wakeAt: null, wake: [] });
});
