import type { PipelineSpec } from '../../contract/kinds/pipeline.ts';
import type { Inbox, Reconciler } from '../../engine/types.ts';
import type { StepLook } from '../../integrations/step/port.ts';
import type { Sql } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import type { Json } from '../../platform/ids/types.ts';
import { decideRun } from './decide.ts';
import { readsLive } from './decide-plan.ts';
import { lookAt } from './decide-subject.ts';
import { type Adapters, matches } from './decide-work.ts';
import { readLive } from './live.ts';
import { readRivals, readSpec } from './reads.ts';
import { saveRuns } from './store.ts';
import type { RunSnapshot, RunState, RunWrite } from './types.ts';

export type RunDeps = { readonly db: Sql; readonly adapters: Adapters };

const schema = 1;
/** Specifications that are kept in memory; each is at most as large as a file in Git may be. */
const mostSpecs = 200;

export function runReconciler(deps: RunDeps): Reconciler<RunState, RunSnapshot, RunWrite> {
  const specOf = specMemo(deps.db);
  return {
    kind: 'run',
    schema,
    upgrade(state, from) {
      if (from > schema) fail('TG1702', { detail: `A run has state of version ${from}.` });
      return state as RunState;
    },
    load: async ({ key, state }, inbox) => {
      const spec = await specOf(state.spec);
      const [found, rivals, live] = await Promise.all([
        readFacts(deps.adapters, key, state, inbox),
        readRivals(deps.db, state.group),
        spec.readsLive ? readLive(deps.db, state.application, inbox.now) : null,
      ]);
      return {
        id: key,
        state,
        spec: spec.spec,
        rivals,
        seq: rivals.find((rival) => rival.id === key)?.seq ?? 0,
        facts: found.facts,
        unread: found.unread,
        live: live === null ? null : { environments: live },
        effects: inbox.effects,
        requests: inbox.requests,
      };
    },
    decide: decideRun(deps.adapters),
    applyAll: (tx, changes) =>
      saveRuns(
        tx,
        changes.flatMap(({ writes }) => writes.map(({ row }) => row)),
      ),
  };
}

type KnownSpec = { readonly spec: PipelineSpec; readonly readsLive: boolean };

/** A specification never changes under its digest, so what was read once is good for ever. */
function specMemo(db: Sql): (digest: string) => Promise<KnownSpec> {
  const known = new Map<string, KnownSpec>();
  return async (digest) => {
    const kept = known.get(digest);
    if (kept) {
      known.delete(digest);
      known.set(digest, kept);
      return kept;
    }
    const spec = await readSpec(db, digest);
    if (!spec) fail('TG1903', { detail: `The specification ${digest.slice(0, 12)} is not there.` });
    const found = { spec, readsLive: readsLive(spec) };
    known.set(digest, found);
    for (const oldest of known.keys()) {
      if (known.size <= mostSpecs) break;
      known.delete(oldest);
    }
    return found;
  };
}

type Found = Pick<RunSnapshot, 'facts' | 'unread'>;

/** What each step under way finds in the world. One that cannot read holds up itself alone. */
async function readFacts(
  adapters: Adapters,
  id: string,
  state: RunState,
  inbox: Inbox,
): Promise<Found> {
  const facts: Record<string, Json> = {};
  const unread: Record<string, string> = {};
  const looks = Object.entries(state.steps).map(async ([name, step]) => {
    const adapter = step.status === 'running' ? adapters.get(step.kind) : undefined;
    if (!adapter?.load || step.settings === null) return;
    const came = inbox.effects.find(({ payload }) => matches(payload, name, step));
    const look: StepLook = {
      ...lookAt(id, state, name, step),
      outcome: came && step.isBusy ? came.outcome : null,
    };
    try {
      facts[name] = await adapter.load(look);
    } catch (error) {
      unread[name] = error instanceof Error ? error.message : String(error);
    }
  });
  await Promise.all(looks);
  return { facts, unread };
}
