import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stepKindNames } from '../../contract/kinds/pipeline-step.ts';
import { problem } from '../../platform/errors/problem.ts';
import type { Json } from '../../platform/ids/types.ts';
import type { StepAdapter, StepAnswer, StepLook, StepMove, StepOutcome } from './port.ts';

/** What a kind's test brings. Each list is of things that can happen to it. */
export type StepCase = {
  readonly adapter: StepAdapter;
  /** Settings of the kind, filled in. */
  readonly settings: readonly Json[];
  /** What `load` may find; empty for a kind without `load`. */
  readonly facts?: readonly Json[];
  /** What `load` finds when all that it waits for outside has come to its end. */
  readonly over?: Json;
  /** What may come of its effects. */
  readonly values?: readonly Json[];
  readonly answers?: readonly StepAnswer[];
  /** What wakes a wait that has no time and no effect under way: `answers`, `runs`. Empty: nothing does. */
  readonly news?: readonly string[];
  /** The same effect carried out twice with one key: gives how many effects that had. Null where a kind promises none. */
  readonly twice: (() => Promise<number>) | null;
};

/** An end must come within this many looks after it was cancelled. */
const soon = 12;
const runs = { numRuns: 300 };
const now = new Date('2026-03-02T10:00:00.000Z');
const largest = 16_384;

export const lookOf = (over: Partial<StepLook> = {}): StepLook => ({
  subject: {
    run: 'run-1',
    pipeline: 'release',
    step: 'one',
    attempt: 1,
    application: 'shop',
    release: 'r-aaaaaaaaaaaa',
    commit: 'c'.repeat(40),
    actor: 'user:ada',
    author: 'Grace',
  },
  settings: null,
  memory: null,
  facts: null,
  outcome: null,
  answers: [],
  since: '2026-03-02T09:59:00.000Z',
  cancelled: null,
  ...over,
});

const cancelled = { actor: 'user:bob', because: 'wrong one' };
const refused: StepOutcome = {
  ok: false,
  problem: problem('TG1704', { detail: 'It was stopped.' }),
};

/** What every kind of step promises (port.ts). */
export function stepContract(name: string, make: () => StepCase): void {
  test(`${name}: is a kind that pipelines can name`, () => {
    expect(stepKindNames).toContain(make().adapter.kind);
  });
  test(`${name}: decides the same of the same look, and changes nothing of it`, () =>
    isPure(make()));
  test(`${name}: whatever it remembers, finds or hears, it waits or ends`, () => isTotal(make()));
  test(`${name}: a wait says why, is bounded, and something ends it`, () => waitsWell(make()));
  test(`${name}: asks for no second effect while one is under way`, () => asksOnce(make()));
  test(`${name}: ends soon after it was cancelled`, () => endsSoon(make()));
  test(`${name}: the same effect twice with one key is one`, async () => {
    const { twice } = make();
    if (twice) expect(await twice()).toBe(1);
  });
}

const anyOf = <T>(...lists: readonly (readonly T[] | undefined)[]): fc.Arbitrary<T> =>
  fc.constantFrom(...lists.flatMap((list) => list ?? []));

/** One thing that happens between two looks. */
type Event = {
  readonly facts: Json;
  readonly value: StepOutcome;
  readonly answers: readonly StepAnswer[];
  readonly minutes: number;
};

const eventOf = (one: StepCase): fc.Arbitrary<Event> =>
  fc.record({
    facts: anyOf<Json>([null], one.facts),
    value: fc.oneof(
      anyOf<Json>([null], one.values).map((value): StepOutcome => ({ ok: true, value })),
      fc.constant(refused),
    ),
    answers: fc.oneof(
      fc.constant([]),
      ...(one.answers && one.answers.length > 0 ? [anyOf(one.answers).map((each) => [each])] : []),
    ),
    minutes: fc.nat(60),
  });

type Seen = {
  readonly look: StepLook;
  readonly at: Date;
  readonly move: StepMove;
  readonly isBusy: boolean;
};

/** Lives through the events as the run would: an outcome is shown once, and only after an effect. */
function live(one: StepCase, settings: Json, events: readonly Event[]): readonly Seen[] {
  const seen: Seen[] = [];
  let [memory, isBusy, at]: [Json, boolean, number] = [null, false, now.getTime()];
  for (const event of events) {
    const outcome: StepOutcome | null = isBusy && event.minutes % 2 === 0 ? event.value : null;
    const { facts, answers } = event;
    const look = lookOf({ settings, memory, facts, answers, outcome });
    const stillBusy: boolean = isBusy && outcome === null;
    const move = one.adapter.decide(frozen(look), new Date(at));
    seen.push({ look, at: new Date(at), move, isBusy: stillBusy });
    if (move.is === 'end') break;
    [memory, isBusy] = [move.memory, stillBusy || move.effect !== undefined];
    at += event.minutes * 60_000;
  }
  return seen;
}

const lives = (one: StepCase) =>
  fc
    .tuple(anyOf(one.settings), fc.array(eventOf(one), { minLength: 1, maxLength: 8 }))
    .map(([settings, events]) => live(one, settings, events));

function isPure(one: StepCase): void {
  fc.assert(
    fc.property(lives(one), (seen) => {
      for (const { look, at, move } of seen) {
        expect(one.adapter.decide(frozen(structuredClone(look)), new Date(at))).toEqual(move);
      }
    }),
    runs,
  );
}

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;

function isTotal(one: StepCase): void {
  const outcome = fc.option(
    fc.oneof(
      json.map((value): StepOutcome => ({ ok: true, value })),
      fc.constant(refused),
    ),
  );
  const hostile = fc.record({
    settings: fc.oneof(anyOf(one.settings), json),
    memory: fc.oneof(json, anyOf(one.facts, [{ is: 'following' }, { is: 'asked' }])),
    facts: fc.oneof(json, anyOf([null], one.facts)),
    outcome,
    since: fc.oneof(fc.constant('2026-03-02T09:00:00Z'), fc.string()),
    cancelled: fc.constantFrom(null, cancelled),
  });
  fc.assert(
    fc.property(hostile, (over) => {
      const move = one.adapter.decide(frozen(lookOf(over)), now);
      expect(['wait', 'end']).toContain(move.is);
      expect(move.because).not.toBe('');
      const isBroken = over.memory !== null && typeof over.memory !== 'object';
      if (isBroken && !over.cancelled) expect(move).toMatchObject({ status: 'errored' });
    }),
    { numRuns: 1000 },
  );
}

function waitsWell(one: StepCase): void {
  fc.assert(
    fc.property(lives(one), (seen) => {
      for (const { move, isBusy } of seen) {
        expect(move.because.trim()).not.toBe('');
        const kept = move.is === 'end' ? move.outputs : move.memory;
        expect(JSON.parse(JSON.stringify(kept))).toEqual(kept);
        expect(JSON.stringify(kept).length).toBeLessThanOrEqual(largest);
        if (move.is === 'end' || isBusy || move.effect !== undefined) continue;
        const hasNews = (one.news ?? []).length > 0;
        expect(move.wakeAt !== null || hasNews, `nothing ends: ${move.because}`).toBe(true);
        if (move.wakeAt) expect(Number.isNaN(move.wakeAt.getTime())).toBe(false);
      }
    }),
    runs,
  );
}

function asksOnce(one: StepCase): void {
  fc.assert(
    fc.property(lives(one), (seen) => {
      for (const { move, isBusy } of seen)
        if (isBusy && move.is === 'wait') expect(move.effect).toBeUndefined();
    }),
    runs,
  );
}

/** From wherever it is: what is under way comes to its end, and so does the step. */
function endsSoon(one: StepCase): void {
  const outcomes = fc.array(
    fc.oneof(
      fc.constant(refused),
      anyOf<Json>([null], one.values).map((value): StepOutcome => ({ ok: true, value })),
    ),
    {
      minLength: soon,
      maxLength: soon,
    },
  );
  fc.assert(
    fc.property(lives(one), outcomes, (seen, coming) => {
      const last = seen.at(-1);
      if (!last || last.move.is === 'end') return;
      let [move, isBusy, at]: [StepMove, boolean, number] = [
        last.move,
        last.isBusy || last.move.effect !== undefined,
        last.at.getTime(),
      ];
      for (const outcome of coming) {
        if (move.is === 'end') break;
        const look = lookOf({
          ...{ settings: last.look.settings, memory: move.memory, cancelled },
          ...{ facts: one.over ?? null, outcome: isBusy ? outcome : null },
        });
        at += 30_000;
        move = one.adapter.decide(frozen(look), new Date(at));
        isBusy = move.is === 'wait' && move.effect !== undefined;
      }
      expect(move.is, move.because).toBe('end');
    }),
    runs,
  );
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}
