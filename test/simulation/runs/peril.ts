import type { EffectHandler } from '../../../src/engine/types.ts';
import type { SimulatedDatabase } from '../database/database.ts';

export type PerilDeps = {
  readonly db: SimulatedDatabase;
  /** The worker dies in the work when it is to die there. */
  readonly inPeril: <T>(work: () => Promise<T>) => Promise<T>;
  readonly isDoomed: () => boolean;
};

/** Effects of steps have transactions of their own: a worker may die in these as well. */
export function stepsInPeril(
  handlers: ReadonlyMap<string, EffectHandler>,
  { db, inPeril, isDoomed }: PerilDeps,
): ReadonlyMap<string, EffectHandler> {
  const all = [...handlers].map(([kind, handler]): [string, EffectHandler] => {
    if (!kind.startsWith('step.')) return [kind, handler];
    const run: EffectHandler['run'] = (...asked) =>
      isDoomed()
        ? undisturbed(db, () => inPeril(() => handler.run(...asked)))
        : handler.run(...asked);
    return [kind, { ...handler, run }];
  });
  return new Map(all);
}

/** Nobody else comes in between: it is this worker that is to die, and not whoever reports just then. */
async function undisturbed<T>(db: SimulatedDatabase, work: () => Promise<T>): Promise<T> {
  const { beforeRead } = db;
  db.beforeRead = null;
  try {
    return await work();
  } finally {
    db.beforeRead ??= beforeRead;
  }
}
