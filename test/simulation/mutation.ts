import type { IntentSpec } from '../../src/capabilities/fleet/types.ts';
import type {
  RolloutSnapshot,
  RolloutState,
  RolloutWrite,
} from '../../src/capabilities/rollouts/types.ts';
import type {
  AnyReconciler,
  EffectStore,
  EngineStore,
  Write,
} from '../../src/engine/engine-store.ts';
import type { Decision, EffectHandler } from '../../src/engine/types.ts';
import type { SimulatedDatabase } from './database/database.ts';

/** A deliberate fault, put in at the seams of the product, to prove that a check can fail. */
export type Mutation = {
  readonly name: string;
  readonly reconciler?: (reconciler: AnyReconciler) => AnyReconciler;
  readonly objects?: (store: EngineStore, world: MutatedWorld) => EngineStore;
  readonly effects?: (store: EffectStore, world: MutatedWorld) => EffectStore;
  readonly database?: (db: SimulatedDatabase) => void;
};

export type MutatedWorld = {
  readonly db: SimulatedDatabase;
  readonly handlers: ReadonlyMap<string, EffectHandler>;
};

type RolloutDecision = Decision<RolloutState, RolloutWrite>;

/** Changes what one kind decides. */
export function decides(
  name: string,
  kind: string,
  change: (decision: RolloutDecision, snapshot: RolloutSnapshot) => RolloutDecision,
): Mutation {
  return {
    name,
    reconciler: (one) => {
      if (one.kind !== kind) return one;
      const decide = (snapshot: unknown, now: Date) =>
        change(one.decide(snapshot, now) as RolloutDecision, snapshot as RolloutSnapshot);
      return { ...one, decide } as unknown as AnyReconciler;
    },
  };
}

/** Changes what one kind loads. */
export function loads(name: string, kind: string, change: (snapshot: never) => unknown): Mutation {
  return {
    name,
    reconciler: (one) =>
      one.kind === kind
        ? {
            ...one,
            load: async (object, inbox) => change((await one.load(object, inbox)) as never),
          }
        : one,
  };
}

/** Changes what is written, just before it is. */
export const writes = (
  name: string,
  change: (write: Write, db: SimulatedDatabase) => Write,
): Mutation => ({
  name,
  objects: (store, { db }) => ({
    ...store,
    write: (all) => store.write(all.map((write) => change(write, db))),
  }),
});

export const asks = (
  name: string,
  change: (spec: IntentSpec, snapshot: RolloutSnapshot, state: RolloutState) => IntentSpec,
) =>
  decides(name, 'rollout', (decision, snapshot) => ({
    ...decision,
    writes: (decision.writes ?? []).map((write) =>
      write.table === 'intents'
        ? { ...write, spec: change(write.spec, snapshot, decision.state) }
        : write,
    ),
  }));
