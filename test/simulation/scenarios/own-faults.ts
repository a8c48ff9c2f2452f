import type { AnyReconciler, EngineStore, Write } from '../../../src/engine/engine-store.ts';
import { ProblemError, problem } from '../../../src/platform/errors/problem.ts';
import type {
  EffectRow,
  IntentRow,
  ObjectRow,
  Put,
  RolloutValues,
  Tables,
} from '../database/tables.ts';
import type { SimulatedGit } from '../git.ts';
import type { MetricMood } from '../metrics.ts';
import type { People } from '../people.ts';
import type { Scenario } from '../scenario.ts';
import type { OwnFault } from '../words.ts';

export type OwnTrouble = {
  /** The application that has trouble of its own; null before there is any. */
  application: string | null;
  poison: 'load' | 'write' | null;
  /** Source commits that do not get well with the others. */
  readonly sick: Set<string>;
};

export const noTrouble = (): OwnTrouble => ({ application: null, poison: null, sick: new Set() });

/** Whom it befalls: the last application of a world. One that is alone in its world has no neighbour to hold. */
export const sufferer = ({ applications }: Scenario): string | null =>
  applications.length > 1 ? (applications.at(-1)?.name ?? null) : null;

type Owned = { readonly kind: string; readonly key: string; readonly state: unknown };

/** Of which application an object is; null for a source, which is everybody's. */
export function applicationOf({ kind, key, state }: Owned): string | null {
  if (kind === 'delivery') return key.split('@')[0] ?? null;
  const { application, plan, subject } = state as {
    readonly application?: string | null;
    readonly plan?: { readonly application: string };
    readonly subject?: { readonly application: string };
  };
  if (kind === 'rollout') return plan?.application ?? null;
  if (kind === 'analysis') return subject?.application ?? null;
  return application ?? null;
}

/** Tells what is of that application, and so need not come to rest with the others. */
export function setAside(own: OwnTrouble, tables: Tables) {
  const object = (row: ObjectRow | undefined): boolean =>
    own.application !== null && row !== undefined && applicationOf(row) === own.application;
  return {
    object,
    put: ({ table, after, before }: Put): boolean => {
      if (own.application === null) return false;
      const any = after ?? before;
      if (table === 'objects') return object(any as ObjectRow);
      if (table === 'rollouts') return (any as RolloutValues)[1] === own.application;
      const row = any as Partial<IntentRow & Pick<EffectRow, 'objectId'>>;
      if (row.application !== undefined) return row.application === own.application;
      return object(tables.objects.rows.get(row.objectId ?? ''));
    },
  };
}

/** Its objects meet a fault of the product that no others meet. */
export function poisoned(trouble: OwnTrouble, hit: (what: `own-${OwnFault}`) => void) {
  const isPoisoned = (object: Owned, how: 'load' | 'write') =>
    trouble.poison === how && applicationOf(object) === trouble.application;
  return {
    reconciler: (one: AnyReconciler): AnyReconciler => ({
      ...one,
      load: async (object, inbox) => {
        if (!isPoisoned(object, 'load')) return await one.load(object, inbox);
        hit('own-poisonLoad');
        throw new ProblemError(problem('TG1202', { detail: 'It cannot be read.' }));
      },
    }),
    objects: (store: EngineStore): EngineStore => ({
      ...store,
      write: async (writes: readonly Write[]) => {
        const bad = writes.find(
          ({ type, object }) => type === 'decided' && isPoisoned(object, 'write'),
        );
        if (bad === undefined) return await store.write(writes);
        hit('own-poisonWrite');
        throw new Error(`${bad.object.id} breaks a constraint`);
      },
    }),
  };
}

export type OwnDeps = {
  readonly scenario: Scenario;
  readonly own: OwnTrouble;
  readonly people: People;
  readonly git: Pick<SimulatedGit, 'mood'>;
  readonly metrics: MetricMood;
  readonly hits: { readonly hit: (what: `own-${OwnFault}`) => void };
};

/** Begins one of them. */
export async function beginOwn(world: OwnDeps, how: OwnFault, n: number): Promise<void> {
  const application = sufferer(world.scenario);
  if (application === null) return;
  const { own, people } = world;
  own.application = application;
  if (how === 'poisonLoad') own.poison = 'load';
  if (how === 'poisonWrite') own.poison = 'write';
  if (how === 'barred') {
    world.git.mood.barred = application;
    const { length } = world.scenario.applications;
    await people.does('release', n * length + length - 1);
  }
  if (how === 'mute') world.metrics.mute = application;
  const asked = {
    sick: () => people.sicken(application, n, own.sick),
    held: () => people.hold(application),
    spoiled: () => people.authors.spoilOwn(application, n),
  };
  const isDone = how in asked ? await asked[how as keyof typeof asked]() : false;
  if (isDone) world.hits.hit(`own-${how}`);
}

/** Ends all of them but what stands in Git and what people hold, which people see to. */
export function endOwn({ own, git, metrics }: Pick<OwnDeps, 'own' | 'git' | 'metrics'>): void {
  Object.assign(own, { application: null, poison: null });
  own.sick.clear();
  git.mood.barred = null;
  metrics.mute = null;
}
