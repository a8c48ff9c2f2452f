import type { AnalysisSnapshot } from '../../src/capabilities/analysis/snapshot.ts';
import type { IntentSpec, Status } from '../../src/capabilities/fleet/types.ts';
import type { RolloutSnapshot } from '../../src/capabilities/rollouts/types.ts';
import { jsonOf } from './database/plain.ts';
import type { InvariantName } from './invariants/types.ts';
import { asks, decides, loads, type Mutation, writes } from './mutation.ts';
import { copyMutations } from './mutations-copies.ts';
import { documentMutations } from './mutations-documents.ts';
import { freezeMutations } from './mutations-freezes.ts';
import { neighbourMutations } from './mutations-neighbours.ts';
import { routeMutations } from './mutations-routes.ts';

const droppedGuard = writes('the generation guard is dropped', (write, db) => {
  const row = db.tables.objects.rows.get(write.object.id);
  if (!row) return write;
  const object = { ...write.object, generation: row.generation, lease: row.leasedBy ?? '' };
  return { ...write, object };
});

const earlyEffect: Mutation = {
  name: 'an effect is run before its row is written',
  objects: (store, { handlers }) => ({
    ...store,
    write: async (all) => {
      for (const write of all) {
        const effects = write.type === 'decided' ? (write.decision.effects ?? []) : [];
        for (const [n, { kind, payload }] of effects.entries()) {
          const key = `${write.object.id}/${write.object.generation + 1}/${n}`;
          await handlers
            .get(kind)
            ?.run(payload, key, AbortSignal.timeout(1_000))
            .catch(() => {});
        }
      }
      return await store.write(all);
    },
  }),
};

const passWithoutData = loads('no data passes', 'analysis', (snapshot: AnalysisSnapshot) => ({
  ...snapshot,
  answers: Object.fromEntries(
    Object.entries(snapshot.answers).map(([at, answer]) => [
      at,
      answer.ok && answer.value !== null
        ? answer
        : { ok: true, value: { result: { errorRate: 0 } }, query: '', baseline: null },
    ]),
  ),
}));

const lostOutcome: Mutation = {
  name: 'an outcome is no news to its object',
  database: (db) => {
    db.replace('with objects_held as (', (session, [, ids, , outcomes]) =>
      (ids as readonly number[]).map((id, at) => {
        const row = session.tables.effects.rows.get(id);
        const done = { doneAt: session.now(), wakeAt: null, leasedUntil: null };
        const outcome = JSON.parse((outcomes as readonly string[])[at] ?? '');
        if (row) session.put(session.tables.effects, row.id, { ...row, ...done, outcome });
        return { id };
      }),
    );
  },
};

const unlikeKeys: Mutation = {
  name: 'each attempt has a key of its own',
  effects: (store) => ({
    ...store,
    claim: async (...ask) =>
      (await store.claim(...ask)).map((one) => ({ ...one, key: `${one.key}/${one.attempt}` })),
  }),
};

const lostNews = writes('news during work is lost', (write) => ({
  ...write,
  object: { ...write.object, news: Number.MAX_SAFE_INTEGER },
}));

const staleStatus: Mutation = {
  name: 'a late status overwrites a newer one',
  database: (db) => {
    db.replace('insert into statuses', (session, [reports]) =>
      (reports as readonly unknown[]).map((one) => {
        const report = jsonOf<Status>(one);
        const { target, application, environment, generation } = report;
        const row = { target, application, environment, generation, report };
        session.put(session.tables.statuses, `${target}/${application}`, row);
        return { target, application };
      }),
    );
  },
};

/** A target that was away while a rollout ended is then never told to let the version from before go. */
const deafDelivery: Mutation = {
  name: 'a status wakes rollouts only',
  database: (db) => {
    db.replace('with subjects as (select distinct * from unnest', ({ tables }) =>
      [...tables.rollouts.rows.values()]
        .filter((row) => !row[7])
        .map((row) => ({ id: `rollout/${row[0]}` })),
    );
  },
};

const anyRollback: Mutation = {
  name: 'a rollback may go to a quarantined release',
  database: (db) => {
    db.replace('select s.release, max(s.id) as latest from stables s', ({ tables }) =>
      [...tables.quarantines.rows.values()]
        .filter(({ liftedAt }) => liftedAt === null)
        .map(({ release }) => ({ release })),
    );
  },
};

const allReady = (status: Status): Status => ({
  ...status,
  versions: status.versions.map((one) => ({ ...one, ready: one.replicas })),
});

const ask = (
  spec: IntentSpec,
  over: (release: string, replicas: number) => number,
): IntentSpec => ({
  ...spec,
  versions: spec.versions.map((one) => ({ ...one, replicas: over(one.release, one.replicas) })),
});

/** Each deliberate fault, and what may catch it: a fault is often seen by its consequence first. */
export const mutations: readonly (readonly [Mutation, ...InvariantName[]])[] = [
  [droppedGuard, 'a stale generation changes nothing'],
  [staleStatus, 'a stale generation changes nothing'],
  [passWithoutData, 'no verdict passes without data'],
  [earlyEffect, 'every effect is delivered at least once and recorded once'],
  [unlikeKeys, 'every effect is delivered at least once and recorded once'],
  [
    lostOutcome,
    'once faults stop, every rollout ends',
    'every effect is delivered at least once and recorded once',
    'once faults stop, every run ends',
  ],
  [
    lostNews,
    'every change has exactly one event',
    'once faults stop, every rollout ends',
    'once faults stop, every run ends',
    'at rest, Git, intent and served version agree',
  ],
  [
    decides('an event is forgotten', 'rollout', (decision) => ({
      ...decision,
      events: (decision.events ?? []).filter(({ type }) => type !== 'rollout.weight'),
    })),
    'every change has exactly one event',
  ],
  [
    decides('an event is written twice', 'rollout', (decision) => ({
      ...decision,
      events: (decision.events ?? []).flatMap((event) =>
        event.type === 'rollout.rolledBack' ? [event, event] : [event],
      ),
    })),
    'every change has exactly one event',
  ],
  [
    asks('weights are added up wrongly', (spec) => ({
      ...spec,
      versions: spec.versions.map((one) => (one.weight === 60 ? { ...one, weight: 61 } : one)),
    })),
    'weights sum to 100',
  ],
  [
    loads('readiness is taken for granted', 'rollout', (snapshot: RolloutSnapshot) => ({
      ...snapshot,
      targets: snapshot.targets.map((view) => ({
        ...view,
        status: view.status && allReady(view.status),
      })),
    })),
    'no traffic to a version that is not ready while a ready one exists',
    'who matches meets the candidate, and nobody else',
  ],
  [
    asks('the way back stops the healthy side', (spec, { stable }, { retreat }) =>
      retreat ? ask(spec, (release, replicas) => (release === stable?.id ? 0 : replicas)) : spec,
    ),
    'the healthy side is never scaled down by an abort',
  ],
  [anyRollback, 'a quarantined release is never a rollback target'],
  [
    loads('an abort is not seen while it soaks', 'rollout', (snapshot: RolloutSnapshot) => ({
      ...snapshot,
      requests: snapshot.requests.map((request) =>
        snapshot.state.begun && request.action === 'abort'
          ? { ...request, action: 'pause' }
          : request,
      ),
    })),
    'abort is accepted in every non-terminal state',
  ],
  [
    loads(
      'a delivery does not see the rollout under way',
      'delivery',
      (snapshot: { readonly state: object }) => ({
        ...snapshot,
        active: null,
      }),
    ),
    'one active rollout per application and environment',
    'once faults stop, every rollout ends',
    'at rest, Git, intent and served version agree',
  ],
  [
    decides('a rollout that went back leaves Git as it was', 'rollout', (decision) => ({
      ...decision,
      effects: [],
      state: {
        ...decision.state,
        retreat: decision.state.retreat && { ...decision.state.retreat, revert: 'done' },
      },
    })),
    'at rest, Git, intent and served version agree',
  ],
  [
    decides('what waits has no time to look again', 'rollout', (decision) => ({
      ...decision,
      wakeAt: null,
    })),
    'once faults stop, every rollout ends',
  ],
  [
    decides('a delivery at rest tells nobody what is declared now', 'delivery', (decision) => ({
      ...decision,
      writes: (decision.writes ?? []).filter((write) => write.table !== 'intents'),
    })),
    'at rest, Git, intent and served version agree',
  ],
  [
    decides('the row that people see is left behind', 'rollout', (decision) => ({
      ...decision,
      writes: (decision.writes ?? []).filter(
        (write) => write.table !== 'rollouts' || !write.row.terminal,
      ),
    })),
    'at rest, Git, intent and served version agree',
    'once faults stop, every rollout ends',
  ],
  [deafDelivery, 'at rest, Git, intent and served version agree'],
  ...copyMutations,
  ...freezeMutations,
  ...routeMutations,
  ...documentMutations,
  ...neighbourMutations,
];
