import type { DurableObject, Inbox, Reconciler } from '../../engine/types.ts';
import type { Sql } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import { decideTrigger } from './decide.ts';
import { sharedHeads } from './heads.ts';
import { type LookDeps, lookAtPush } from './look.ts';
import { type Found, hasStaleDeliveries, readDeclared } from './reads.ts';
import { pruneDeliveries } from './store.ts';
import type { PushLook, TriggerSnapshot, TriggerState, TriggerWrite } from './types.ts';

export type TriggerDeps = Omit<LookDeps, 'heads'> & { readonly db: Sql };

const schema = 1;

export function triggerReconciler(
  deps: TriggerDeps,
): Reconciler<TriggerState, TriggerSnapshot, TriggerWrite> {
  const look: LookDeps = { ...deps, heads: sharedHeads(deps.git) };
  const news = newsSeen();
  return {
    kind: 'trigger',
    schema,
    upgrade: (state, from) => {
      if (from <= schema) return state as TriggerState;
      fail('TG1702', {
        detail: `State of a trigger is of version ${from}; this program knows ${schema}.`,
      });
    },
    load: async (object, inbox) => {
      const { id, state } = object;
      const { requests, effects } = inbox;
      const found = await readDeclared(deps.db, object.key);
      const isNew = news.isNew(object);
      if (found.none !== undefined) {
        const { none } = found;
        return { id, state, declared: { none }, looks: {}, isStale: false, requests, effects };
      }
      const { declared } = found;
      const hasHooks = declared.triggers.some((one) => one.webhook ?? one.cdevents);
      return {
        ...{ id, state, declared, requests, effects },
        looks: await lookAround(look, object, found, inbox, isNew),
        isStale: hasHooks && (await hasStaleDeliveries(deps.db)),
      };
    },
    decide: decideTrigger,
    apply: async (tx, _object, writes) => {
      for (const { prune } of writes) await pruneDeliveries(tx, prune);
    },
  };
}

/**
 * Looks at branches when it is time or news came, and asks them anew when news came: somebody pushed. Work that came
 * in does not wait for a repository that does not answer.
 */
async function lookAround(
  deps: LookDeps,
  { state }: DurableObject<TriggerState>,
  { declared, application, source }: Extract<Found, { readonly none?: never }>,
  inbox: Inbox,
  isNew: boolean,
): Promise<{ readonly [trigger: string]: PushLook }> {
  const isWork = inbox.requests.length > 0 || inbox.effects.length > 0;
  const looks = declared.triggers.map(async ({ name, push }) => {
    const memory = state.memory[name];
    const isDown = memory?.on === 'push' && memory.failures > 0;
    if (!push || (isWork && (isDown || !isNew))) return [];
    const look = await lookAtPush(deps, push, { application, source }, memory, isNew);
    return [[name, look] as const];
  });
  return Object.fromEntries((await Promise.all(looks)).flat());
}

const mostObjects = 20_000;

/** Tells a look at its time from one because something happened. Kept by this worker alone: a guess wrong costs one question. */
function newsSeen() {
  const seen = new Map<string, number>();
  return {
    isNew({ id, news }: DurableObject<TriggerState>): boolean {
      const before = seen.get(id);
      if (before === undefined && seen.size >= mostObjects) seen.clear();
      seen.set(id, news);
      return before !== news;
    },
  };
}
