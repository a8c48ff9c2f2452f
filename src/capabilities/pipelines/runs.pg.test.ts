import { afterEach, beforeEach, expect, test } from 'vitest';
import { kinds } from '../../contract/kinds/registry.ts';
import { readEvents } from '../../engine/reads.ts';
import type { StepAdapter } from '../../integrations/step/port.ts';
import { readRivals } from './reads.ts';
import { runReconciler } from './reconcile.ts';
import { specOf, step } from './runs.fixture.ts';
import { openRunsWorld, type RunsWorld } from './runs-pg.fixture.ts';
import type { NewRun } from './types.ts';

const own: { world?: RunsWorld } = {};
const world = (): RunsWorld => {
  if (!own.world) throw new Error('no world');
  return own.world;
};
beforeEach(async () => {
  own.world = await openRunsWorld();
});
afterEach(() => own.world?.end());

const events = async (id: string) => {
  const page = await readEvents(world().db, { objectId: `run/${id}`, limit: 500 });
  return page.events.map(({ type, outcome }) => (outcome === 'refused' ? `${type} refused` : type));
};

const delivery = specOf({
  steps: [
    step('build'),
    step('test', { needs: ['build'], forEach: { items: ['a', 'b'] } }),
    step('ship', { needs: ['test'] }),
  ],
  finally: [step('clean')],
});

test('200 runs at once all end, each event of them once', async () => {
  const { fake, open, start, db } = world();
  for (const name of ['build', 'ship']) fake.script(name, { effect: true });
  fake.script('clean', { wait: 50 });
  const ids = Array.from({ length: 200 }, (_, at) => `run-${at}`);
  await start();
  await start();
  await Promise.all(ids.map((id) => open({ id, spec: delivery })));
  for (const id of ids) await world().become(id, ({ terminal }) => terminal);
  const [count] = await db.query<{ good: number; specs: number; effects: number }>(
    `select (select count(*) from runs where phase = 'succeeded')::int as good,
            (select count(*) from pipeline_specs)::int as specs,
            (select count(*) from effects)::int as effects`,
  );
  expect(count).toEqual({ good: 200, specs: 1, effects: 400 });
  expect(fake.ran).toHaveLength(400);
  const types = await db.query<{ type: string; count: number }>(
    'select type, count(*)::int as count from events group by type order by type',
  );
  expect(types).toEqual([
    { type: 'run.opened', count: 200 },
    { type: 'run.started', count: 200 },
    { type: 'run.succeeded', count: 200 },
  ]);
});

test('a run is opened once, whoever asks how often', async () => {
  const { open } = world();
  const made = await Promise.all(
    Array.from({ length: 8 }, () => open({ id: 'run-same', spec: delivery })),
  );
  expect(made.filter((one) => one)).toHaveLength(1);
  expect(await events('run-same')).toEqual(['run.opened']);
});

const grouped = (policy: string) =>
  specOf({ concurrency: { group: 'checkout', policy }, steps: [step('work')] });

test('runs of a group go one at a time, in the order in which they were opened', async () => {
  const { fake, open, start, db } = world();
  fake.script('work', { effect: true });
  const active = { now: 0, most: 0, order: [] as string[] };
  fake.onRun(async (_payload, { subject }) => {
    active.now += 1;
    active.most = Math.max(active.most, active.now);
    active.order.push(subject.run);
    await new Promise((resolve) => setTimeout(resolve, 5));
    active.now -= 1;
    return null;
  });
  await start();
  await start();
  const ids = Array.from({ length: 20 }, (_, at) => `run-${at}`);
  await Promise.all(ids.map((id) => open({ id, spec: grouped('queue') })));
  for (const id of ids) await world().become(id, ({ terminal }) => terminal);
  const rows = await db.query<{ id: string }>('select id from runs order by seq');
  expect(active.most).toBe(1);
  expect(active.order).toEqual(rows.map(({ id }) => id));
  expect(await readRivals(db, 'checkout')).toEqual([]);
});

test('a newer run takes the place of those that wait, and the one that runs goes on', async () => {
  const { fake, open, start } = world();
  fake.script('work', { effect: true });
  const gate = Promise.withResolvers<null>();
  fake.onRun(() => gate.promise);
  await start();
  const ids = ['run-a', 'run-b', 'run-c', 'run-d'];
  for (const id of ids) {
    await open({ id, spec: grouped('supersede') });
    if (id === 'run-a') await world().become(id, ({ phase }) => phase === 'running');
  }
  for (const id of ['run-b', 'run-c']) {
    const { because } = await world().become(id, ({ phase }) => phase === 'cancelled');
    expect(because).toMatch(/^run-[cd] took its place in group checkout$/);
  }
  await world().become('run-d', ({ because }) => because.includes('waiting for run-a'));
  gate.resolve(null);
  await world().become('run-d', ({ phase }) => phase === 'succeeded');
  expect((await world().run('run-a')).row.phase).toBe('succeeded');
});

test('a newer run cancels the one that runs, and begins when that has cleared up', async () => {
  const { fake, open, start } = world();
  fake.script('work', { effect: true });
  fake.onRun(
    (_payload, { signal, subject }) =>
      new Promise((resolve, reject) => {
        if (subject.run === 'run-b') resolve(null);
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  );
  await start();
  await open({ id: 'run-a', spec: grouped('cancel') });
  await world().become('run-a', ({ phase }) => phase === 'running');
  await open({ id: 'run-b', spec: grouped('cancel') });
  const a = await world().become('run-a', ({ terminal }) => terminal);
  const b = await world().become('run-b', ({ terminal }) => terminal);
  expect(a).toMatchObject({ phase: 'cancelled', because: 'run-b takes over group checkout' });
  expect(b.phase).toBe('succeeded');
  expect(Date.parse(b.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(a.endedAt ?? ''));
});

test('groups that are opened, superseded and cancelled all at once come to rest', async () => {
  const { fake, open, start, db, operations } = world();
  fake.script('work', { effect: true });
  await start();
  await start();
  const policies = ['queue', 'supersede', 'cancel'];
  const asker = { actor: 'user:ada', role: 'admin', requestId: null };
  const ids = Array.from({ length: 90 }, (_, at) => `run-${at}`);
  const work = ids.map(async (id, at) => {
    const concurrency = { group: `g${at % 3}`, policy: policies[at % 5 === 0 ? 2 : at % 2] ?? '' };
    await open({ id, spec: specOf({ concurrency, steps: [step('work')] }) });
    // One that is over by then refuses; that is no fault here.
    if (at % 4 === 0) await operations.cancel(id, asker, 'no').catch(() => undefined);
  });
  await Promise.all(work);
  for (const id of ids) await world().become(id, ({ terminal }) => terminal);
  const [left] = await db.query<{ failing: number }>(
    `select count(*) filter (where failures > 0)::int as failing from objects where kind = 'run'`,
  );
  expect(left).toEqual({ failing: 0 });
  const overlaps = await db.query(
    `select a.id, b.id from runs a join runs b on a.concurrency_group = b.concurrency_group and a.seq < b.seq
      where a.started_at is not null and b.started_at < a.ended_at`,
  );
  expect(overlaps).toEqual([]);
});

test('an engine that stops in the middle loses nothing and does nothing twice', async () => {
  const { fake, open, start } = world();
  const first = await start();
  fake.script('build', { effect: true });
  fake.script('ship', { effect: true });
  const ids = Array.from({ length: 30 }, (_, at) => `run-${at}`);
  await Promise.all(ids.map((id) => open({ id, spec: delivery })));
  await world().become('run-3', (_row, state) => state.steps.build?.status !== 'pending');
  await first.stop();
  await start();
  for (const id of ids) await world().become(id, ({ terminal }) => terminal);
  for (const id of ids) {
    expect(await events(id)).toEqual(['run.opened', 'run.started', 'run.succeeded']);
  }
});

test('a step whose world cannot be read holds up itself alone, and says why', async () => {
  const { open, adapters, db } = world();
  const load = async () => {
    throw new Error('no connection');
  };
  const blind: StepAdapter = { ...world().fake, kind: 'http', load };
  const reconciler = runReconciler({ db, adapters: new Map([...adapters, ['http', blind]]) });
  await open({
    id: 'run-blind',
    spec: specOf({ steps: [{ name: 'see', http: { url: 'x' } }, step('other')] }),
  });
  const { state } = await world().run('run-blind');
  const object = { id: 'run/run-blind', kind: 'run', key: 'run-blind', generation: 1 };
  const inbox = { now: new Date(), effects: [], requests: [] };
  const look = async (from: typeof state) => {
    const claimed = { ...object, phase: from.phase, state: from, news: 0, failures: 0 };
    return reconciler.decide(await reconciler.load(claimed, inbox), inbox.now);
  };
  const first = await look(state);
  const second = await look(first.state);
  expect(second.state.steps.other?.status).toBe('succeeded');
  expect(second.because).toBe('see: what it waits for could not be read: no connection');
  expect(second.wakeAt?.getTime()).toBe(inbox.now.getTime() + 5_000);
});

test('a run of a release has its commit and author', async () => {
  const { operations, db } = world();
  const document = kinds.Application.parse({
    apiVersion: 'tidegate.dev/v1',
    kind: 'Application',
    metadata: { name: 'shop' },
    spec: {
      owner: 'team',
      source: { repository: '/tmp/none' },
      run: { command: ['node'] },
      environments: [{ name: 'eu' }],
      strategy: { canary: { steps: [{ setWeight: 20 }] } },
    },
  });
  await db.query(
    `insert into documents (repository, path, kind, name, blob, newest_blob, commit, spec)
     values ('config', 'a', 'Application', 'shop', 'b', 'b', 'c', $1)`,
    [JSON.stringify(document)],
  );
  const commit = 'c'.repeat(40);
  await db.query(
    `insert into releases (id, digest, application, commit, content, author, created_by)
     values ('r-one', 'd', 'shop', $1, $2, 'Grace', 'test')`,
    [commit, JSON.stringify({ application: 'shop', commit })],
  );
  const asker = { actor: 'user:ada', role: 'deployer', requestId: null };
  for (const named of [{ release: 'r-on' }, { commit: commit.slice(0, 12) }]) {
    const input = { application: 'shop', inputs: {}, ...named };
    const { id } = await operations.start(input, asker);
    const { state } = await world().run(id);
    expect(state.author).toBe('Grace');
    expect([state.release, state.commit]).toEqual(
      'release' in named ? ['r-one', commit] : [null, commit.slice(0, 12)],
    );
  }
});

test('the end of a run wakes the run whose step began it', async () => {
  const { open, start, db } = world();
  const parent: NewRun['origin'] = {
    trigger: 'pipeline',
    actor: 'user:ada',
    because: '',
    parent: { run: 'run-parent', step: 'child' },
    event: null,
  };
  world().fake.script('hold', { wait: null });
  await start();
  await open({ id: 'run-parent', spec: specOf({ steps: [step('hold')] }) });
  await world().become('run-parent', ({ phase }) => phase === 'running');
  const news = async () =>
    (await db.query<{ news: number }>(`select news from objects where id = 'run/run-parent'`))[0]
      ?.news ?? 0;
  const before = await news();
  await open({ id: 'run-child', spec: specOf({ steps: [step('one')] }), origin: parent });
  await world().become('run-child', ({ terminal }) => terminal);
  expect(await news()).toBe(before + 1);
});
