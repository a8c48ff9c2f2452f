import { planOf } from '../../../src/capabilities/pipelines/decide-plan.ts';
import { rowOf } from '../../../src/capabilities/pipelines/decide-row.ts';
import { readLive } from '../../../src/capabilities/pipelines/live.ts';
import { appendLogs, readLogSize } from '../../../src/capabilities/pipelines/logs-store.ts';
import { openState } from '../../../src/capabilities/pipelines/open.ts';
import {
  readRivals,
  readRun,
  readRunState,
  readSpec,
} from '../../../src/capabilities/pipelines/reads.ts';
import { openRun, saveRuns } from '../../../src/capabilities/pipelines/store.ts';
import type { NewRun, RunRow } from '../../../src/capabilities/pipelines/types.ts';
import { readRolloutOfCommit } from '../../../src/capabilities/releases/screens.ts';
import { lockPromotion } from '../../../src/capabilities/releases/store.ts';
import { saveRollout } from '../../../src/capabilities/rollouts/store.ts';
import { listDocuments, listFollowers } from '../../../src/capabilities/sources/reads.ts';
import { type PipelineSpec, pipelineSpecSchema } from '../../../src/contract/kinds/pipeline.ts';
import { openObject } from '../../../src/engine/store.ts';
import { leaveRequestOnce } from '../../../src/engine/store-once.ts';
import { readUnfinished } from '../../../src/engine/unfinished.ts';
import type { Database } from '../../../src/platform/db/types.ts';
import { contentDigest } from '../../../src/platform/ids/digest.ts';
import type { Json } from '../../../src/platform/ids/types.ts';
import type { Call } from './engine.contract.ts';

const spec: PipelineSpec = pipelineSpecSchema.parse({
  concurrency: { group: 'ci', policy: 'supersede' },
  steps: [{ name: 'rest', wait: { duration: '1s' } }],
});
const alone: PipelineSpec = { ...spec, concurrency: null };
const digest = contentDigest(spec as unknown as Json);
const then = new Date('1999-01-01T00:00:00.000Z');

const runOf = (id: string, over: Partial<NewRun> = {}): NewRun => ({
  ...{ id, pipeline: 'ship', spec, application: 'shop', release: null, commit: null, author: null },
  inputs: {},
  origin: { trigger: 'manual', actor: 'user:ada', because: '', parent: null, event: null },
  ...over,
});
const open = (db: Database, id: string, over: Partial<NewRun> = {}) =>
  db.transaction((tx) => openRun(tx, runOf(id, over), then));
const rowFor = (id: string, over: Partial<RunRow>, run = runOf(id)): RunRow => ({
  ...rowOf(id, openState(run, digest, then), { plan: planOf(run.spec), now: then.getTime() }),
  ...over,
});
const rivals = async (db: Database, group: string | null = 'ci') =>
  (await readRivals(db, group)).map(({ seq: _, ...rival }) => rival);
const running = { phase: 'running', because: 'so', awaiting: ['rest'], done: 1 } as const;
const begun = { ...running, startedAt: then.toISOString() };

const runs: readonly Call[] = [
  ['no run is there', async (db) => [await readRun(db, 'run-1'), await readSpec(db, digest)]],
  ['a run is opened', (db) => open(db, 'run-1')],
  ['once', (db) => open(db, 'run-1', { pipeline: 'other' })],
  ['others of its group', async (db) => [await open(db, 'run-2'), await open(db, 'run-3')]],
  ['and one of none', (db) => open(db, 'run-4', { spec: alone, release: 'r-1', commit: 'c' })],
  [
    'they are read',
    async (db) => [await readRun(db, 'run-1'), await readRun(db, 'run-4'), await readRun(db, 'x')],
  ],
  ['and their states', async (db) => (await readRunState(db, 'run-1'))?.group],
  ['their specification is kept', (db) => readSpec(db, digest)],
  ['a group in the order of its opening', (db) => rivals(db)],
  ['no group has no rivals', async (db) => [await rivals(db, null), await rivals(db, 'none')]],
  ['one begins', (db) => saveRuns(db, [rowFor('run-1', begun)])],
  ['its row says so', (db) => readRun(db, 'run-1')],
  ['two of a group may not run', (db) => saveRuns(db, [rowFor('run-2', begun)])],
  ['nothing came of it', (db) => rivals(db)],
  [
    'the first one ends and the second one begins',
    async (db) => {
      const end = { phase: 'failed', terminal: true, endedAt: then.toISOString() } as const;
      await saveRuns(db, [rowFor('run-1', { ...begun, ...end })]);
      await saveRuns(db, [rowFor('run-2', begun)]);
      return [await rivals(db), await readRun(db, 'run-1')];
    },
  ],
  [
    'one of no group begins beside it',
    (db) => saveRuns(db, [rowFor('run-4', { ...begun, group: null })]),
  ],
  [
    'many at once, whatever their order',
    async (db) => {
      const ended = { ...begun, phase: 'succeeded', terminal: true } as const;
      const alone = rowFor('run-4', { ...ended, group: null, because: 'done' });
      await saveRuns(db, [rowFor('run-2', { ...ended, awaiting: [] }), alone]);
      return [await readRun(db, 'run-2'), await readRun(db, 'run-4')];
    },
  ],
  ['one that is not there is not written', (db) => saveRuns(db, [rowFor('run-9', begun)])],
];

const place = { run: 'run-1', step: 'rest', attempt: 1 };
const logs: readonly Call[] = [
  ['nothing was printed', (db) => readLogSize(db, place)],
  [
    'bytes are counted, of one attempt',
    async (db) => {
      await appendLogs(db, place, [
        { stream: 'out', text: 'größer' },
        { stream: 'note', text: 'end' },
      ]);
      await appendLogs(db, { ...place, attempt: 2 }, [{ stream: 'err', text: 'more' }]);
      return [await readLogSize(db, place), await readLogSize(db, { ...place, attempt: 2 })];
    },
  ],
  [
    'a log of no run',
    (db) => appendLogs(db, { ...place, run: 'x' }, [{ stream: 'out', text: '' }]),
  ],
];

const once = (db: Database, objectId: string, requestId: string) =>
  db.transaction((tx) =>
    leaveRequestOnce(tx, {
      ...{ objectId: objectId as `run/${string}`, requestId },
      ...{ action: 'cancel', actor: 'run:x', because: 'so' },
    }),
  );

const rollout = (id: string, startedAt: string) => ({
  ...{ id, application: 'pump', environment: 'lab', release: 'r-2', stable: 'r-1' },
  ...{ strategy: 'canary', phase: 'progressing', terminal: true, because: 'so', weight: 10 },
  ...{ wave: 0, waves: 2, step: 1, steps: 3, startedAt, updatedAt: startedAt, endedAt: null },
});

const facts: readonly Call[] = [
  [
    'a wish is left once, and for what is there',
    async (db) => [
      await once(db, 'run/run-2', 'k1'),
      await once(db, 'run/run-2', 'k1'),
      await once(db, 'run/run-2', 'k2'),
      await once(db, 'run/run-1', 'k1'),
      await once(db, 'run/none', 'k1'),
    ],
  ],
  [
    'effects that are not over',
    async (db) => [...(await readUnfinished(db, ['a/1/1/0', 'none', 's/1/1/0', 's/1/1/1']))].sort(),
  ],
  [
    'rollouts of a commit',
    async (db) => {
      for (const [n, id] of ['ro-p1', 'ro-p2', 'ro-p3'].entries()) {
        await saveRollout(db, rollout(id, `1999-01-0${n + 1}T00:00:00.000Z`) as never);
        const state = { plan: { commit: { id: n < 2 ? 'c1' : 'c2' } } };
        await openObject(db, { kind: 'rollout', key: id, phase: 'progressing', state });
      }
      return [
        await readRolloutOfCommit(db, 'pump', 'lab', 'c1'),
        await readRolloutOfCommit(db, 'pump', 'lab', 'c3'),
        await readRolloutOfCommit(db, 'pump', 'production', 'c1'),
      ];
    },
  ],
  ['a promotion is locked', (db) => db.transaction((tx) => lockPromotion(tx, 'pr-1'))],
  ['documents of a kind', (db) => listDocuments(db, 'Environment')],
  ['who follows a pipeline', (db) => listFollowers(db, ['ship', 'none'])],
  ['what runs where', (db) => readLive(db, 'shop', new Date())],
  [
    'what runs where, when a rollout is over',
    async (db) => {
      const over = { phase: 'succeeded', terminal: true };
      const row = { ...rollout('ro-3', '1999-01-01T00:00:00.000Z'), application: 'shop' };
      await saveRollout(db, { ...row, ...over, environment: 'staging' } as never);
      return await readLive(db, 'shop', new Date());
    },
  ],
  ['of an application that is not there', (db) => readLive(db, 'none', new Date())],
];

export const runCalls: readonly Call[] = [...runs, ...logs, ...facts];
