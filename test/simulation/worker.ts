import type {
  AnyReconciler,
  Claim,
  EngineStore,
  InboxRow,
  Write,
} from '../../src/engine/engine-store.ts';
import { look } from '../../src/engine/loop.ts';
import { nextBatch } from '../../src/engine/plan-write.ts';
import { loopTuning } from '../../src/engine/tuning.ts';
import { writeOrSplit } from '../../src/engine/writer.ts';
import type { Log } from '../../src/platform/log/log.ts';
import type { Random } from './random.ts';

/** What a worker is hindered by now. */
export type Hindrance = {
  /** Its own clock runs this much faster or slower than the database's. */
  rate: number;
  /** Where it dies next; it is started again after `down` ms. */
  crash: { readonly where: CrashPoint; readonly down: number } | null;
  /** Stands still for this long (ms) before its next write, or before it stores the next outcome. */
  freeze: number;
};

export const crashPoints = [
  'afterClaim',
  'afterLoad',
  'inTransaction',
  'beforeCommit',
  'afterCommit',
  'beforeEffect',
  'afterEffect',
  'lostAnswer',
] as const;
export type CrashPoint = (typeof crashPoints)[number];

export type WorkerDeps = {
  readonly name: string;
  readonly store: EngineStore;
  readonly reconcilers: ReadonlyMap<string, AnyReconciler>;
  readonly log: Log;
  readonly random: Random;
  readonly now: () => number;
  readonly hindrance: Hindrance;
  /** When the next object is due, whoever may have told. */
  readonly nextDue: () => number;
  readonly hit: (what: 'staleClaim' | 'skew') => void;
  /** Dies at this point, when it is to. */
  readonly dies: (where: CrashPoint) => boolean;
  readonly batch: number;
};

export type Actor = {
  /** When it has something to do; Infinity when it waits for news. */
  due(): number;
  step(): Promise<void>;
};

export type Worker = Actor & {
  poke(at: number): void;
  /** Forgets all that it had in hand, as a process does that was killed. */
  restart(at: number): void;
};

type Hand =
  | { readonly is: 'idle' }
  | {
      readonly is: 'loading';
      readonly claim: Claim;
      readonly inbox: ReadonlyMap<string, InboxRow>;
      readonly at: number;
    }
  | { readonly is: 'writing'; readonly writes: readonly Write[]; readonly at: number };

/**
 * One worker's loop, one step at a time, so that other workers, agents, people and time come in between: claim, load and
 * decide, write. What is handed to and fro is the product's own; only the timers are the scheduler's.
 */
export function simulatedWorker(deps: WorkerDeps): Worker {
  const { store, reconcilers, random, now, hindrance } = deps;
  const kinds = [...reconcilers.keys()];
  let hand: Hand = { is: 'idle' };
  let readyAt = now();
  let sleepUntil = now();
  let pokedAt = Number.POSITIVE_INFINITY;
  let claims = 0;

  const die = (where: CrashPoint): boolean => {
    if (!deps.dies(where)) return false;
    hand = { is: 'idle' };
    return true;
  };

  const claim = async () => {
    claims += 1;
    pokedAt = Number.POSITIVE_INFINITY;
    const ask = { kinds, lease: `${deps.name}#${claims}`, limit: deps.batch };
    const claimed = await store.claim({ ...ask, duration: loopTuning.lease });
    if (claimed.objects.length === 0) {
      const wait = (await store.nextDue(kinds)) ?? loopTuning.poll;
      sleepUntil = now() + Math.min(Math.max(wait, 20), loopTuning.poll);
      return;
    }
    if (die('afterClaim')) return;
    const inbox = await store.inbox(claimed.objects.map(({ id }) => id));
    hand = { is: 'loading', claim: claimed, inbox, at: now() };
    readyAt = now() + random.int(0, 15);
  };

  const load = async ({
    claim: { objects, now: claimed },
    inbox,
    at,
  }: Extract<Hand, { is: 'loading' }>) => {
    if (hindrance.rate !== 1) deps.hit('skew');
    const clock = () => new Date(claimed.getTime() + (now() - at) * hindrance.rate);
    const asked = { reconcilers, log: deps.log, tuning: loopTuning };
    const writes: Write[] = [];
    for (const object of objects)
      writes.push(await look(asked, object, inbox.get(object.id), clock));
    if (die('afterLoad')) return;
    const freeze = hindrance.freeze;
    if (freeze > 0) deps.hit('staleClaim');
    hindrance.freeze = 0;
    hand = { is: 'writing', writes, at };
    readyAt = now() + (freeze > 0 ? freeze : random.int(0, 15));
  };

  const write = async ({ writes, at }: Extract<Hand, { is: 'writing' }>) => {
    const { batch, rest } = nextBatch(writes, loopTuning.writeBatch);
    hand = rest.length > 0 ? { is: 'writing', writes: rest, at } : { is: 'idle' };
    sleepUntil = now();
    await writeOrSplit({ store, log: deps.log, tuning: loopTuning }, batch);
  };

  return {
    due: () => {
      if (hand.is !== 'idle') return readyAt;
      // Called when nothing is due it would find nothing, and sleep until something is.
      return Math.max(readyAt, Math.min(pokedAt, sleepUntil), deps.nextDue());
    },
    step: async () => {
      if (hand.is === 'idle') await claim();
      else if (hand.is === 'loading') await load(hand);
      else await write(hand);
    },
    poke: (at) => {
      pokedAt = Math.min(pokedAt, at);
    },
    restart: (at) => {
      hand = { is: 'idle' };
      readyAt = at;
      sleepUntil = at;
    },
  };
}
