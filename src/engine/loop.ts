import type { Log } from '../platform/log/log.ts';
import type {
  AnyReconciler,
  ClaimedObject,
  EngineStore,
  InboxRow,
  Write,
  Written,
} from './engine-store.ts';
import { holdLeases, type Work } from './leases.ts';
import { planFailure, planWrite } from './plan-write.ts';
import { problemOf } from './problems.ts';
import { startTicker } from './ticker.ts';
import type { LoopTuning } from './tuning.ts';
import { until } from './until.ts';
import { startWriter } from './writer.ts';

export type LoopDeps = {
  readonly store: EngineStore;
  readonly reconcilers: ReadonlyMap<string, AnyReconciler>;
  /** A name that no other worker that runs now has. */
  readonly worker: string;
  readonly log: Log;
  readonly tuning: LoopTuning;
};

export type LoopCounts = { written: number; unchanged: number; stale: number; failed: number };

export type Loop = {
  /** There may be something due. */
  poke(): void;
  counts(): Readonly<LoopCounts>;
  /** Claims no more, waits for what is in hand for at most `drain` ms, gives the rest back. */
  stop(): Promise<void>;
};

/** Milliseconds. */
const lockedPause = 20;

/**
 * Claims what is due, looks at each object by itself (a slow one holds up nobody), and hands what it came to to the
 * writer, which writes whatever is ready in one transaction.
 */
export function startLoop(deps: LoopDeps): Loop {
  const { store, tuning, log } = deps;
  const kinds = [...deps.reconcilers.keys()];
  const counts: LoopCounts = { written: 0, unchanged: 0, stale: 0, failed: 0 };
  const inHand = holdLeases({ store, duration: tuning.lease, log });
  let claims = 0;

  const done = (write: Write, result: Written['result']) => {
    inHand.end(write.object);
    count(counts, write, result);
    ticker.poke();
  };
  const writer = startWriter({ store, log, tuning, done });

  const claimSome = async (): Promise<number | null> => {
    const limit = Math.min(tuning.inHand - inHand.size(), tuning.batch);
    if (limit <= 0) return null;
    claims += 1;
    const lease = `${deps.worker}#${claims}`;
    const { objects, now } = await store.claim({ kinds, lease, limit, duration: tuning.lease });
    if (objects.length > 0) void lookAtAll(inHand.take(objects), now, performance.now());
    if (objects.length === limit) return 0;
    // Something may be due and locked by somebody else: then a short rest, and not a spin.
    const rest = objects.length > 0 ? 0 : lockedPause;
    return Math.max((await store.nextDue(kinds)) ?? tuning.poll, rest);
  };

  const lookAtAll = async (works: readonly Work[], now: Date, mark: number) => {
    const clock = () => new Date(now.getTime() + performance.now() - mark);
    try {
      const inbox = await store.inbox(works.map((work) => work.object.id));
      for (const work of works) void lookAt(work, inbox.get(work.object.id), clock);
    } catch (error) {
      log.warn({ err: error }, 'inbox could not be read; the leases run out');
      for (const work of works) inHand.drop(work);
    }
  };

  const lookAt = async (work: Work, inbox: InboxRow | undefined, clock: () => Date) => {
    const write = await look(deps, work.object, inbox, clock);
    if (!work.lost) writer.add(write);
  };

  const ticker = startTicker({ run: claimSome, longest: tuning.poll, log, name: 'objects' });
  return {
    poke: ticker.poke,
    counts: () => ({ ...counts }),
    stop: async () => {
      await ticker.stop();
      await until(() => inHand.size() === 0, tuning.drain);
      await inHand.giveBack();
    },
  };
}

/** One look at one object, whatever comes of it: a decision, nothing new, or a failure to be told. */
export async function look(
  { reconcilers, log, tuning }: Pick<LoopDeps, 'reconcilers' | 'log' | 'tuning'>,
  object: ClaimedObject,
  inbox: InboxRow | undefined,
  clock: () => Date,
): Promise<Write> {
  try {
    const reconciler = reconcilers.get(object.kind);
    if (!reconciler) throw new Error(`claimed an object of a kind not asked for: ${object.kind}`);
    return await reconcile(reconciler, object, inbox, clock, tuning.longestLoad);
  } catch (error) {
    const problem = problemOf(error, 'TG1703');
    log.warn({ object: object.id, problem, err: error }, 'reconcile failed');
    return planFailure(object, problem, tuning.backoff);
  }
}

function count(counts: LoopCounts, write: Write, result: Written['result']): void {
  if (result === 'stale') counts.stale += 1;
  else if (result === 'failed' || write.type === 'failed') counts.failed += 1;
  else if (write.type === 'unchanged') counts.unchanged += 1;
  else counts.written += 1;
}

async function reconcile(
  reconciler: AnyReconciler,
  object: ClaimedObject,
  inbox: InboxRow | undefined,
  clock: () => Date,
  longest: number,
): Promise<Write> {
  const { id, kind, key, generation, phase, news, failures } = object;
  const state = reconciler.upgrade(object.state, object.schema);
  const seen = { id, kind, key, generation, phase, state, news, failures };
  const { effects = [], requests = [], more = false } = inbox ?? {};
  const loading = reconciler.load(seen, { now: clock(), effects, requests });
  const snapshot = await within(loading, longest);
  const now = clock();
  const decision = reconciler.decide(snapshot, now);
  return planWrite(object, seen, reconciler, decision, { now, more, snapshot });
}

/** A load that never ends would keep its object for ever. */
function within<T>(work: Promise<T>, longest: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`loading did not end within ${longest / 1000} s`));
    const timer = setTimeout(late, longest);
    work.then(
      (loaded) => {
        clearTimeout(timer);
        resolve(loaded);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
