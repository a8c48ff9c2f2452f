import { createLog } from '../platform/log/log.ts';
import type { AnyReconciler } from './engine-store.ts';
import type { Decision, DurableObject, Inbox, Reconciler } from './types.ts';
import { until } from './until.ts';

/** For the engine's own tests: reconcilers whose snapshot is the object and its inbox. */
export const quiet = createLog({ name: 'engine-test', level: 'silent' });

export type Look<S> = DurableObject<S> & Inbox;

export function reconcilerOf<S, W = never>(parts: {
  readonly kind: string;
  readonly schema?: number;
  readonly upgrade?: (state: unknown, from: number) => S;
  readonly load?: (look: Look<S>) => Promise<void>;
  readonly decide: (look: Look<S>, now: Date) => Decision<S, W>;
  readonly apply?: Reconciler<S, Look<S>, W>['apply'];
}): AnyReconciler {
  const reconciler: Reconciler<S, Look<S>, W> = {
    kind: parts.kind,
    schema: parts.schema ?? 1,
    upgrade: parts.upgrade ?? ((state) => state as S),
    load: async (object, inbox) => {
      await parts.load?.({ ...object, ...inbox });
      return { ...object, ...inbox };
    },
    decide: parts.decide,
    ...(parts.apply ? { apply: parts.apply } : {}),
  };
  return reconciler;
}

export type Count = { readonly n: number; readonly goal: number };

/** Counts to its goal, one look at a time, with an event for each number. */
export const counter = reconcilerOf<Count>({
  kind: 'counter',
  decide: ({ state }) => {
    const n = state.n + 1;
    return {
      state: { n, goal: state.goal },
      phase: n >= state.goal ? 'done' : 'counting',
      terminal: n >= state.goal,
      because: `counted to ${n} of ${state.goal}`,
      wakeAt: new Date(0),
      events: [
        { type: 'counted', actor: 'tidegate', because: 'counting', outcome: 'done', after: n },
      ],
    };
  },
});

export const newCounter = (key: string, goal: number) => ({
  kind: 'counter',
  key,
  phase: 'new',
  state: { n: 0, goal },
});

/** Stays as it is, and sleeps until news. */
export function asleep<S>(look: DurableObject<S>, because = 'asleep'): Decision<S> {
  return { state: look.state, phase: 'asleep', terminal: false, because, wakeAt: null };
}

/** Waits for the state of the world. Throws after 15 s. */
export async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const last = { held: false };
  const end = performance.now() + 15_000;
  while (!last.held) {
    last.held = await holds();
    if (!last.held && performance.now() > end) throw new Error('did not come to be within 15 s');
    if (!last.held) await until(() => false, 20);
  }
}
