import { setImmediate } from 'node:timers/promises';

/**
 * Does the work of many callers together: while one batch is under way the next one gathers. When a batch fails, each
 * of it is done once more by itself, so that one that cannot be done fails none beside it. Whoever calls in the same turn of
 * the event loop is in the same batch.
 */
export function batched<In, Out>(
  work: (batch: readonly In[]) => Promise<readonly Out[]>,
  most: number,
): (one: In) => Promise<Out> {
  type Waiting = {
    readonly one: In;
    readonly resolve: (out: Out) => void;
    readonly reject: (why: unknown) => void;
  };
  const queue: Waiting[] = [];
  const state = { isBusy: false };

  const settle = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const answers = await work(batch.map(({ one }) => one));
      for (const [at, { resolve, reject }] of batch.entries()) {
        const answer = answers[at];
        if (answer === undefined) reject(new Error('a batch gave too few answers'));
        else resolve(answer);
      }
    } catch (error) {
      if (batch.length === 1) for (const { reject } of batch) reject(error);
      else for (const one of batch) await settle([one]);
    }
  };
  const drain = async (): Promise<void> => {
    if (state.isBusy) return;
    state.isBusy = true;
    await setImmediate();
    while (queue.length > 0) await settle(queue.splice(0, most));
    state.isBusy = false;
  };
  return (one) =>
    new Promise<Out>((resolve, reject) => {
      queue.push({ one, resolve, reject });
      void drain();
    });
}
