import { readAnalysisViews } from '../../../src/capabilities/analysis/reads.ts';
import {
  followIntents,
  readCounters,
  readTargetViews,
} from '../../../src/capabilities/fleet/reads.ts';
import {
  saveStatuses,
  subjectsOf,
  touchAgent,
  wakeSubjects,
  writeIntents,
} from '../../../src/capabilities/fleet/store.ts';
import { specOf, statusOf } from '../../../src/capabilities/fleet/test/fixtures.ts';
import {
  findReleases,
  listQuarantines,
  listRollbackTargets,
  readQuarantine,
  readRelease,
  readStable,
  wasStable,
} from '../../../src/capabilities/releases/reads.ts';
import {
  identify,
  insertQuarantine,
  insertRelease,
  insertStable,
  liftQuarantine,
} from '../../../src/capabilities/releases/store.ts';
import type { ReleaseContent } from '../../../src/capabilities/releases/types.ts';
import {
  listIntentTargets,
  readRollout,
  readRolloutState,
} from '../../../src/capabilities/rollouts/reads.ts';
import { saveRollout } from '../../../src/capabilities/rollouts/store.ts';
import type { RolloutRow } from '../../../src/capabilities/rollouts/types.ts';
import { readObject } from '../../../src/engine/reads.ts';
import { openObjects, wakeObjects } from '../../../src/engine/store.ts';
import type { Database } from '../../../src/platform/db/types.ts';
import type { Call } from './engine.contract.ts';

const writer = { application: 'shop', environment: 'production', writtenBy: 'rollout/ro-1' };
const intents = (
  db: Database,
  weights: Readonly<Record<string, number>>,
  targets: readonly string[],
  by = writer,
) =>
  db.transaction((tx) =>
    writeIntents(
      tx,
      by,
      targets.map((target) => ({ target, spec: specOf(weights), because: 'so' })),
    ),
  );
const views = (db: Database) => readTargetViews(db, 'shop', 'production', ['eu-1', 'us-1', 'xx-1']);
const report = (db: Database, generation: number, over = {}) =>
  db.transaction((tx) => saveStatuses(tx, 'agent-1', [statusOf('eu-1', generation, over)]));
/** How often a report of news wrote traffic. */
const keptOf = (db: Database, requests: number) =>
  db.transaction(async (tx) => {
    const sent: string[] = [];
    const query: typeof tx.query = (text, values) => {
      sent.push(text);
      return tx.query(text, values);
    };
    await saveStatuses({ query }, 'agent-1', [statusOf('eu-1', 2, { requests })]);
    return sent.filter((text) => text.includes('insert into traffic')).length;
  });
const ended = (db: Database, secondsAgo: number) => {
  const endedAt = new Date(Date.now() - secondsAgo * 1_000).toISOString();
  return saveRollout(db, rollout('ro-1', { phase: 'succeeded', terminal: true, endedAt }));
};
const newsOf = async (db: Database) => {
  const all = [];
  for (const id of ['rollout/ro-1', 'rollout/ro-2', 'delivery/shop@production']) {
    const row = await readObject(db, id);
    all.push([
      id,
      row?.wakeAt === null
        ? 'asleep'
        : row?.wakeAt && row.wakeAt.getTime() > Date.now() + 60_000
          ? 'asleep'
          : 'due',
    ]);
  }
  return all;
};
const sleepers = ['rollout/ro-1', 'rollout/ro-2', 'delivery/shop@production'];

const rollout = (id: string, over: Partial<RolloutRow> = {}): RolloutRow => ({
  id,
  application: 'shop',
  environment: 'production',
  release: 'r-2',
  stable: 'r-1',
  strategy: 'canary',
  phase: 'progressing',
  terminal: false,
  because: 'so',
  weight: 10,
  wave: 0,
  waves: 2,
  step: 1,
  steps: 3,
  startedAt: '1999-01-01T00:00:00.000Z',
  updatedAt: '1999-01-01T00:00:01.000Z',
  endedAt: null,
  ...over,
});

const content = (commit: string): ReleaseContent => {
  const [version] = specOf({ x: 100 }).versions;
  if (!version) throw new Error('no version');
  return {
    application: 'shop',
    commit: commit.repeat(40),
    artifact: version.artifact,
    config: version.config,
  };
};
const idOf = (commit: string): string => identify(content(commit)).id;
const keep = (db: Database, commit: string) =>
  insertRelease(db, {
    content: content(commit),
    subject: commit,
    author: 'Ada',
    committedAt: new Date(0),
    createdBy: 'user:ada',
  });
const here = { application: 'shop', environment: 'production', rollout: 'ro-1' };

const releases: readonly Call[] = [
  ['a release is kept', (db) => keep(db, 'a')],
  ['once', (db) => keep(db, 'a')],
  ['and others', async (db) => [await keep(db, 'b'), await keep(db, 'c')]],
  ['it is read', (db) => readRelease(db, idOf('a'))],
  ['by the beginning of its commit', (db) => findReleases(db, 'shop', 'bbbbbbb')],
  ['not by a short one', (db) => findReleases(db, 'shop', 'bbb')],
  ['newest first', async (db) => (await findReleases(db, 'shop', '')).map(({ id }) => id)],
  [
    'stable ones',
    async (db) => {
      for (const commit of ['a', 'b', 'a', 'c'])
        await insertStable(db, { ...here, release: idOf(commit) });
      return [await readStable(db, 'shop', 'production'), await readStable(db, 'shop', 'staging')];
    },
  ],
  ['one that is not there cannot be stable', (db) => insertStable(db, { ...here, release: 'r-9' })],
  [
    'was stable',
    async (db) => [
      await wasStable(db, 'shop', 'production', idOf('b')),
      await wasStable(db, 'shop', 'staging', idOf('b')),
    ],
  ],
  ['where a rollback may go', (db) => listRollbackTargets(db, 'shop', 'production', idOf('c'))],
  [
    'a quarantine',
    (db) => insertQuarantine(db, { ...here, release: idOf('a'), because: 'it failed' }),
  ],
  [
    'bars it',
    async (db) => [
      await listQuarantines(db, 'shop', 'production'),
      await readQuarantine(db, 'shop', 'production', idOf('a')),
      await listRollbackTargets(db, 'shop', 'production', null),
    ],
  ],
  ['lifted', (db) => liftQuarantine(db, 'shop', 'production', idOf('a'))],
  [
    'it is free again',
    async (db) => [
      await listQuarantines(db, 'shop', 'production'),
      await readQuarantine(db, 'shop', 'production', idOf('a')),
      await listRollbackTargets(db, 'shop', 'production', null),
    ],
  ],
];

const rollouts: readonly Call[] = [
  ['a rollout', (db) => saveRollout(db, rollout('ro-1'))],
  ['as saved', (db) => readRollout(db, 'ro-1')],
  [
    'what is fixed stays',
    (db) =>
      saveRollout(
        db,
        rollout('ro-1', {
          phase: 'paused',
          release: 'r-7',
          weight: 50,
          startedAt: '1999-02-02T00:00:00.000Z',
        }),
      ),
  ],
  ['as changed', (db) => readRollout(db, 'ro-1')],
  ['a second active one is refused', (db) => saveRollout(db, rollout('ro-2'))],
  ['and is not there', (db) => readRollout(db, 'ro-2')],
  [
    'in another environment it may be',
    (db) => saveRollout(db, rollout('ro-3', { environment: 'staging' })),
  ],
  [
    'its state',
    async (db) => {
      await openObjects(db, [
        {
          kind: 'rollout',
          key: 'ro-1',
          phase: 'paused',
          state: { x: 1 },
          wakeAt: new Date(Date.now() + 3_600_000),
        },
        {
          kind: 'rollout',
          key: 'ro-2',
          phase: 'paused',
          state: {},
          wakeAt: new Date(Date.now() + 3_600_000),
        },
        {
          kind: 'delivery',
          key: 'shop@production',
          phase: 'rolling',
          state: {},
          wakeAt: new Date(Date.now() + 3_600_000),
        },
      ]);
      return [await readRolloutState(db, 'ro-1'), await readRolloutState(db, 'ro-9')];
    },
  ],
  ['analyses that are not there are left out', (db) => readAnalysisViews(db, ['ro-1/0/step-1'])],
];

const fleet: readonly Call[] = [
  ['targets that were never told anything', views],
  ['intents', (db) => intents(db, { 'r-1': 100 }, ['us-1', 'eu-1'])],
  ['the same again changes nothing', (db) => intents(db, { 'r-1': 100 }, ['us-1', 'eu-1'])],
  ['another does', (db) => intents(db, { 'r-1': 90, 'r-2': 10 }, ['eu-1'])],
  [
    'of another environment it is refused',
    (db) => intents(db, { 'r-1': 100 }, ['eu-1'], { ...writer, environment: 'staging' }),
  ],
  ['followed from the start', (db) => followIntents(db, 'eu-1', 0)],
  ['from where one is', (db) => followIntents(db, 'eu-1', 2)],
  ['from the future', (db) => followIntents(db, 'eu-1', 99)],
  ['in pages', (db) => followIntents(db, 'us-1', 0, 1)],
  ['of an unknown target', (db) => followIntents(db, 'xx-1', 0)],
  ['a report wakes the rollout', async (db) => [await report(db, 2), await newsOf(db)]],
  ['traffic is kept while it is under way', (db) => keptOf(db, 10)],
  ['and not without growth', (db) => keptOf(db, 10)],
  ['a late one is dropped', (db) => report(db, 1, { message: 'late' })],
  ['one of no intent too', (db) => report(db, 9, { message: 'from the future' })],
  ['as reported', views],
  ['counters', (db) => readCounters(db, ['eu-1', 'us-1'], 'shop')],
  ['the pairs of a target', (db) => subjectsOf(db, ['eu-1', 'xx-1'])],
  ['targets with an intent', (db) => listIntentTargets(db, 'shop', 'production')],
  ['an agent that nobody knows', (db) => touchAgent(db, 'agent-9', '1')],
  [
    'without a rollout the delivery is woken',
    async (db) => {
      await saveRollout(db, rollout('ro-1', { phase: 'succeeded', terminal: true }));
      await wakeObjects(db, sleepers.slice(0, 1));
      await db.transaction((tx) =>
        wakeSubjects(tx, [{ application: 'shop', environment: 'production' }]),
      );
      return await newsOf(db);
    },
  ],
  [
    'traffic is kept until five minutes after the end',
    async (db) => [
      [await ended(db, 290), await keptOf(db, 20)],
      [await ended(db, 310), await keptOf(db, 30)],
    ],
  ],
];

export const deliveryCalls: readonly Call[] = [...releases, ...rollouts, ...fleet];
