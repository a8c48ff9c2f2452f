import { Worker } from 'node:worker_threads';
import type { KindDocument } from '../../contract/kinds/registry.ts';
import type { CheckedFiles, DocumentFile } from '../../contract/kinds/validate.ts';
import { fail } from '../../platform/errors/problem.ts';

export type CheckAsk = {
  readonly file: DocumentFile;
  readonly elsewhere: readonly KindDocument[];
};

export type Checker = {
  /** TG1005 for a text that takes too long or too much memory, TG1608 when too many wait. */
  check(ask: CheckAsk): Promise<CheckedFiles>;
  close(): Promise<void>;
};

/** Of one text, in milliseconds; the largest hostile one that is read takes a tenth of it on a quiet machine. */
const usualPatience = 20_000;
const mostWaiting = 16;
const memory = { maxOldGenerationSizeMb: 512 };

/**
 * Checks texts one after the other in a thread, which is started with the first and kept. Reading YAML is bounded by its
 * size and takes no turns: in the server's own thread a text that means harm would hold up everybody for seconds.
 */
export function openChecker(patience = usualPatience): Checker {
  const held = {
    thread: null as Worker | null,
    last: Promise.resolve() as Promise<unknown>,
    waiting: 0,
  };
  const start = (): Worker => {
    const thread = new Worker(new URL('./check-thread.ts', import.meta.url), {
      resourceLimits: memory,
    });
    thread.unref();
    held.thread = thread;
    thread.once('exit', () => {
      if (held.thread === thread) held.thread = null;
    });
    return thread;
  };
  return {
    async check(ask) {
      if (held.waiting >= mostWaiting)
        fail('TG1608', { detail: `${mostWaiting} texts wait to be checked.` });
      held.waiting += 1;
      const turn = held.last.then(() => ended(held.thread ?? start(), ask, patience));
      held.last = turn.catch(() => undefined);
      return await turn.finally(() => {
        held.waiting -= 1;
      });
    },
    close: async () => {
      await held.thread?.terminate();
    },
  };
}

async function ended(thread: Worker, ask: CheckAsk, patience: number): Promise<CheckedFiles> {
  const { promise, resolve, reject } = Promise.withResolvers<CheckedFiles | null>();
  const late = setTimeout(() => resolve(null), patience);
  const gone = (): void => resolve(null);
  thread.once('message', resolve).once('error', reject).once('exit', gone);
  thread.postMessage(ask);
  try {
    const checked = await promise.catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY') return null;
      throw error;
    });
    if (checked !== null) return checked;
    await thread.terminate();
    const where = { file: ask.file.path, line: 1, column: 1 };
    return fail('TG1005', { detail: 'The text takes too much to be checked.', where });
  } finally {
    clearTimeout(late);
    thread.off('message', resolve).off('error', reject).off('exit', gone);
  }
}
