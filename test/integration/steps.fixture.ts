import { saveStatuses } from '../../src/capabilities/fleet/store.ts';
import type { IntentSpec, Status } from '../../src/capabilities/fleet/types.ts';
import { configRepositories } from '../../src/capabilities/sources/directory.ts';
import { until } from '../../src/capabilities/sources/sources.fixture.ts';
import { stepDeps } from '../../src/compose-steps.ts';
import { readObject } from '../../src/engine/reads.ts';
import { openObject } from '../../src/engine/store.ts';
import { lookOf } from '../../src/integrations/step/contract.ts';
import { deployStep } from '../../src/integrations/step/deploy/deploy.ts';
import type { StepContext, StepLook, StepMove } from '../../src/integrations/step/port.ts';
import type { Database } from '../../src/platform/db/types.ts';
import type { Json } from '../../src/platform/ids/types.ts';
import { beginPromotions } from './promotion.fixture.ts';

/** `shop` and its config repository with a real worker, and what steps need of them; runs are only woken. */
export async function beginSteps() {
  const world = await beginPromotions();
  const { db, parts, repositories } = world;
  const git = repositories.open;
  const deps = stepDeps({
    ...{ db, git, releases: parts.releases, configRepository: configRepositories({ db, git }) },
    runs: () => ({
      start: async () => {
        throw new Error('no run is begun here');
      },
    }),
    ...{ directory: '/nonexistent', owner: 'test', now: () => new Date() },
  });
  const fleet = keepReporting(db);
  return {
    ...{ world, db, deps },
    /** A run that is there to be woken; `news` says how often it was. */
    openRun: async (id: string) => {
      await openObject(db, { kind: 'run', key: id, phase: 'running', state: {} });
      return async (): Promise<number> => {
        const [row] = await db.query<{ news: number }>('select news from objects where id = $1', [
          `run/${id}`,
        ]);
        return Number(row?.news ?? 0);
      };
    },
    stop: async () => {
      await fleet.stop();
      await world.stop();
    },
    /** Targets report that they serve what they are asked to, from now on. */
    serve: fleet.begin,
  };
}

export type StepsWorld = Awaited<ReturnType<typeof beginSteps>>;

/** A deploy step of one run, lived through as the run would: look, effect, outcome, look. */
export function deployment(
  { deps }: StepsWorld,
  run: string,
  over: { readonly [name: string]: Json } = {},
) {
  const adapter = deployStep(deps);
  const settings = { environment: 'production', fast: true, onCancel: 'abort', ...over };
  const subject = { ...lookOf().subject, run, release: null, commit: null };
  const at: { memory: Json; effects: number } = { memory: null, effects: 0 };
  const look = async (more: Partial<StepLook> = {}): Promise<StepMove> => {
    const base = lookOf({ settings, subject, memory: at.memory, ...more });
    const move = adapter.decide(
      { ...base, facts: (await adapter.load?.(base)) ?? null },
      new Date(),
    );
    if (move.is === 'end') return move;
    at.memory = move.memory;
    if (move.effect === undefined) return move;
    at.effects += 1;
    const context: StepContext = {
      ...{ subject, key: `run/${run}/${at.effects}/0`, signal: new AbortController().signal },
      ...{ secret: async () => '', log: () => undefined },
    };
    // At least once: every effect is carried out twice here.
    await adapter.run?.(move.effect, context);
    const value = (await adapter.run?.(move.effect, context)) ?? null;
    return await look({ ...more, outcome: { ok: true, value } });
  };
  return {
    look,
    /** Looks until it ends. */
    end: (more: Partial<StepLook> = {}) =>
      until(async () => {
        const move = await look(more);
        return move.is === 'end' ? move : null;
      }),
    /** Looks until it waits for a rollout that is there. */
    rolling: () =>
      until(async () => {
        const move = await look();
        if (move.is === 'end') throw new Error(`it ended: ${move.because}`);
        const { rollout } = move.memory as { readonly rollout: string | null };
        return rollout;
      }),
  };
}

/** An agent as seen from PostgreSQL: it serves just what it is asked to. */
function keepReporting(db: Database) {
  const going: { now: Promise<void> | null; stopped: boolean } = { now: null, stopped: false };
  const report = async (): Promise<void> => {
    const intents = await db.query<{ target: string; generation: number; spec: IntentSpec }>(
      'select target, generation, spec from intents where application = $1',
      ['shop'],
    );
    const statuses = intents.map(({ target, generation, spec }) =>
      statusOf(target, Number(generation), spec),
    );
    await db.transaction((tx) => saveStatuses(tx, 'agent-1', statuses));
  };
  return {
    begin: () => {
      going.now ??= (async () => {
        while (!going.stopped) {
          await db.query(
            `insert into agents (name, token_hash, targets, last_seen_at) values ('agent-1', 'hash', '{eu-1}', now())
             on conflict (name) do update set last_seen_at = now()`,
          );
          await report();
          await new Promise((done) => setTimeout(done, 50));
        }
      })();
    },
    stop: async () => {
      going.stopped = true;
      await going.now;
    },
  };
}

function statusOf(target: string, generation: number, spec: IntentSpec): Status {
  const counters = {
    ...{ epoch: 'e', requests: 0, errors: 0 },
    latency: { le: [], counts: [], sumSeconds: 0 },
  };
  return {
    ...{ target, application: 'shop', environment: 'production', generation, converged: true },
    versions: spec.versions.map(({ release, replicas, weight }) => ({
      ...{ release, replicas, ready: replicas, weight, message: '', counters },
    })),
    ...{ endpoint: `http://${target}.example`, previewEndpoint: null, message: '' },
    at: new Date().toISOString(),
  };
}

/** Phase of a rollout's object. */
export async function phaseOf(db: Database, rollout: string): Promise<string | null> {
  return (await readObject(db, `rollout/${rollout}`))?.phase ?? null;
}
