import { eventually } from '../../examples/demo/processes.ts';
import type { PromotionView } from '../../src/contract/api/releases.ts';
import { git } from '../../src/workspace/git.ts';
import { type App, visits } from '../e2e/support/app.ts';
import { changesWithoutEvent } from '../e2e/support/audit.ts';
import type { Facts, Place } from './judge.ts';
import type { People } from './people.ts';
import { type Stage, targets } from './stage.ts';
import { replicasOf } from './system.ts';
import type { RequestCount } from './types.ts';
import { readAllEvents, type Witness } from './witness.ts';

export type Team = {
  readonly app: App;
  readonly people: People;
  readonly urls: readonly string[];
};

type Rest = {
  readonly stage: Stage;
  readonly teams: readonly Team[];
  readonly witness: Witness;
  readonly requests: RequestCount;
  readonly replicasEach: number;
};

/** Milliseconds for what is still under way when nobody asks for anything any more. */
const patience = 40_000;

/** Waits until nothing is under way, and looks at everything. What does not come to rest is seen by the judge. */
export async function lookAtRest(rest: Rest): Promise<Facts> {
  const { stage, teams, witness, requests, replicasEach } = rest;
  const { api, db, config } = stage.world;
  const deliveries = teams.flatMap(({ people }) => people.deliveries);
  const acknowledged = teams.map(({ people }) => people.acknowledged);
  const openEffects = () =>
    db.query<{ key: string }>('select key from effects where done_at is null', []);
  const wanted = teams.length * targets.length * replicasEach;
  await eventually(
    'rest',
    async () => {
      const places = await Promise.all(teams.map(placeOf));
      const isSettled = places.every(
        ({ state, desiredCommit, stableCommit }) =>
          state === 'steady' && desiredCommit === stableCommit,
      );
      const alive = replicasOf(stage.agentDirectory, targets).length;
      return isSettled && alive === wanted && (await openEffects()).length === 0;
    },
    patience,
  ).catch(() => null);
  const asked = acknowledged.flatMap(({ promotions }) => promotions);
  const promotions = await Promise.all(
    asked.map((id) => api.get<PromotionView>(`/promotions/${id}`).catch(() => absent(id))),
  );
  const events = await settledEvents(stage, witness);
  const releases = await db.query<{ id: string }>('select id from releases', []);
  const stuck = `select id from objects where leased_until < now() - interval '5 s'`;
  return {
    deliveries,
    promotions,
    commits: new Set((await git(config, ['rev-list', 'main'])).split('\n')),
    acknowledgedReleases: acknowledged.flatMap((one) => one.releases),
    releases: new Set(releases.map(({ id }) => id)),
    eventsSeen: witness.seen,
    eventsDoubled: witness.doubled,
    events,
    changesWithoutEvent: await changesWithoutEvent(db),
    places: await Promise.all(teams.map(placeOf)),
    replicas: { wanted, alive: replicasOf(stage.agentDirectory, targets).length },
    effectsLeft: await openEffects(),
    stuckObjects: await db.query<{ id: string }>(stuck, []),
    requests,
    deaths: stage.keeper.deaths,
  };
}

const absent = (id: string) => ({ id, phase: 'gone', commit: null, message: '' });

/** All events, once the witness had the time to see the newest ones. */
async function settledEvents(stage: Stage, witness: Witness): Promise<ReadonlyMap<number, string>> {
  const { api } = stage.world;
  const all = await readAllEvents(api);
  await eventually(
    'the witness to catch up',
    async () => [...all.keys()].every((id) => witness.seen.has(id)),
    5_000,
  ).catch(() => null);
  await witness.stop();
  // What came after the first reading is nothing that it had to see.
  const later = await readAllEvents(api);
  return new Map([...later].filter(([id]) => all.has(id) || witness.seen.has(id)));
}

async function placeOf({ app, people, urls }: Team): Promise<Place> {
  const row = await app.world.api.status(app.name);
  const seen = await Promise.all(
    urls.map((url) => visits(10, url).catch(() => [{ version: `nothing at ${url}` }])),
  );
  return {
    application: app.name,
    expected: people.deliveries.findLast(({ phase }) => phase === 'succeeded') ?? null,
    state: row?.state ?? 'unknown',
    desiredCommit: row?.desiredCommit ?? null,
    stableCommit: row?.stableCommit ?? null,
    file: await app.read(),
    versionsServed: [...new Set(seen.flat().map(({ version }) => version))],
  };
}
