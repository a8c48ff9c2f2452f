import type { Log } from '../platform/log/log.ts';
import type { EngineStore, Write, Written } from './engine-store.ts';
import { nextBatch, planFailure } from './plan-write.ts';
import { isDatabaseAway, problemOf } from './problems.ts';
import type { LoopTuning } from './tuning.ts';

export type WriterDeps = {
  readonly store: Pick<EngineStore, 'write'>;
  readonly log: Log;
  readonly tuning: Pick<LoopTuning, 'writeBatch' | 'writers' | 'backoff'>;
  readonly done: (write: Write, result: Written['result']) => void;
};

export type Writer = {
  add(write: Write): void;
};

/** Writes whatever is ready in one transaction, a few transactions at a time: a group commit for decisions. */
export function startWriter(deps: WriterDeps): Writer {
  const ready: Write[] = [];
  let busy = 0;
  let planned = false;

  const plan = () => {
    if (planned || ready.length === 0 || busy >= deps.tuning.writers) return;
    planned = true;
    // After this turn of the event loop, so that looks that end together are written together.
    setImmediate(() => {
      planned = false;
      void flush();
    });
  };

  const flush = async () => {
    const { batch: writes, rest } = nextBatch(ready, deps.tuning.writeBatch);
    if (writes.length === 0) return;
    ready.splice(0, ready.length, ...rest);
    busy += 1;
    plan();
    const written = await writeOrSplit(deps, writes);
    busy -= 1;
    written.forEach(({ result }, at) => {
      const write = writes[at];
      if (write) deps.done(write, result);
    });
    plan();
  };

  return {
    add: (write) => {
      ready.push(write);
      plan();
    },
  };
}

/** When the transaction of many fails, each has one of its own: one bad object does not take its neighbours down. */
export async function writeOrSplit(
  deps: Omit<WriterDeps, 'done'>,
  writes: readonly Write[],
): Promise<readonly Written[]> {
  try {
    return await deps.store.write(writes);
  } catch (error) {
    deps.log.warn({ err: error, writes: writes.length }, 'write failed; trying one by one');
    const results: Written[] = [];
    let away = isDatabaseAway(error);
    for (const write of writes) {
      const result: Written = away ? gone(write, error) : await writeOne(deps, write);
      away ||= isDatabaseAway(result.error);
      results.push(result);
    }
    return results;
  }
}

/** Nothing can be written now; the lease runs out and the object is looked at again. */
function gone(write: Write, error: unknown): Written {
  return { id: write.object.id, result: 'failed', error };
}

async function writeOne(deps: Omit<WriterDeps, 'done'>, write: Write): Promise<Written> {
  try {
    const [written] = await deps.store.write([write]);
    return written ?? gone(write, null);
  } catch (error) {
    if (isDatabaseAway(error)) return gone(write, error);
    return writeFailure(deps, write, error);
  }
}

async function writeFailure(
  deps: Omit<WriterDeps, 'done'>,
  write: Write,
  error: unknown,
): Promise<Written> {
  const problem = problemOf(error, 'TG1703');
  deps.log.warn({ object: write.object.id, problem, err: error }, 'decision could not be written');
  try {
    await deps.store.write([planFailure(write.object, problem, deps.tuning.backoff)]);
    return { id: write.object.id, result: 'failed' };
  } catch (second) {
    return gone(write, second);
  }
}
