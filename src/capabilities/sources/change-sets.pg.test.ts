import { rename } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { readEvents, readObject } from '../../engine/reads.ts';
import { gitRemote } from '../../integrations/git/remote.fixture.ts';
import { configRepositories } from './directory.ts';
import { commitEffect } from './effects.ts';
import { addSource, nudge, nudgeSources } from './operations.ts';
import {
  listDocuments,
  listProblems,
  listSources,
  readApplication,
  readDocument,
} from './reads.ts';
import { sourceReconciler } from './reconcile.ts';
import { application, asker, release, startWorld, until, type World } from './sources.fixture.ts';
import type { SourceState } from './types.ts';

const started: World[] = [];
afterEach(async () => {
  for (const world of started.splice(0)) await world.stop();
});
async function begin(...from: Parameters<typeof startWorld>): Promise<World> {
  const world = await startWorld(...from);
  started.push(world);
  return world;
}
const many = (count: number): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, n) => [
      [`apps/a${n}.yaml`, application(`a${n}`, ['production'])],
      [`environments/production/a${n}.yaml`, release(`a${n}`, 'production', 'a')],
    ]).flat(),
  );
const phaseOf = async ({ db }: World) =>
  (await readObject<SourceState>(db, 'source/config'))?.phase;

test('a large change is taken in pieces, and ends as one', async () => {
  const world = await begin(many(700));
  await world.settle();
  expect(await listDocuments(world.db, 'Application')).toHaveLength(700);
  const written = await world.db.query<{ n: number }>(
    "select count(*) as n from objects where kind = 'delivery'",
  );
  expect(written[0]?.n).toBe(700);
  // Everything moves to other files in one commit, over the border between two pieces.
  const before = Object.keys(many(700)).filter((path) => path.startsWith('apps/'));
  const moves = before.flatMap((path) => [
    [path, null] as const,
    [path.replace('apps/', 'zoo/'), application(path.slice(5, -5), ['production'])] as const,
  ]);
  const releases = Array.from(
    { length: 400 },
    (_, n) => [`environments/production/a${n}.yaml`, release(`a${n}`, 'production', 'b')] as const,
  );
  await world.remote.push(Object.fromEntries([...moves, ...releases]));
  await world.settle();
  const moved = await listDocuments(world.db, 'Application');
  expect(moved).toHaveLength(700);
  expect(moved.every((one) => one.path.startsWith('zoo/') && !one.deleted)).toBe(true);
  const { events } = await readEvents(world.db, { type: 'document.removed', limit: 10 });
  expect(events).toEqual([]);
  expect(await listProblems(world.db)).toEqual([]);
});

test('a rewritten history is compared with the rows', async () => {
  const world = await begin(many(3));
  await world.settle();
  const other = await gitRemote();
  await other.push(
    {
      ...many(2),
      'apps/a1.yaml': application('a1', ['staging']),
      'apps/b.yaml': application('b', ['staging']),
    },
    { author: 'Grace' },
  );
  await addSource(
    world.db,
    { name: 'config', address: other.address, pollInterval: 60_000 },
    asker,
  );
  const head = await other.head();
  await until(async () =>
    (await readObject<SourceState>(world.db, 'source/config'))?.state.seenCommit === head
      ? true
      : null,
  );
  expect((await listDocuments(world.db, 'Application')).map((one) => one.name)).toEqual([
    'a0',
    'a1',
    'b',
  ]);
  expect((await listDocuments(world.db, 'Release')).map((one) => one.name)).toEqual([
    'production/a0',
    'production/a1',
  ]);
  expect(await readDocument(world.db, 'Release', 'production/a2')).toMatchObject({ deleted: true });
  // What is the same there and here stays the deed of whoever did it.
  expect((await readDocument(world.db, 'Application', 'a0'))?.commitInfo.author).toBe('Ada');
  const { events } = await readEvents(world.db, { type: 'source.configured', limit: 10 });
  expect(events.map((one) => [one.actor, one.requestId])).toEqual([['user:ada', 'req-1']]);
  await other.close();
});

test('a repository that cannot be read is told once, and what was read stands', async () => {
  const world = await begin(many(1));
  await world.settle();
  const { directory } = world.remote;
  await rename(directory, `${directory}-away`);
  await nudge(world.db);
  await until(async () => ((await phaseOf(world)) === 'unreachable' ? true : null));
  await nudge(world.db, directory);
  const view = await until(async () => {
    const object = await readObject<SourceState>(world.db, 'source/config');
    return object && object.state.failures >= 2 ? object : null;
  });
  expect(view.because).toMatch(
    /Repository cannot be read.*Tried again in 120 s; what was read before stands/,
  );
  expect((await readApplication(world.db, 'a0'))?.repository).toBe('config');
  await rename(`${directory}-away`, directory);
  await world.remote.push({ 'apps/b.yaml': application('b', ['staging']) });
  const state = await world.settle();
  expect(state.failures).toBe(0);
  const types = async (type: string) =>
    (await readEvents(world.db, { type, limit: 10 })).events.length;
  expect([await types('source.unreachable'), await types('source.reachable')]).toEqual([1, 1]);
});

test('conditions and files that are no text are refused where they stand', async () => {
  const template = `apiVersion: tidegate.dev/v1
kind: AnalysisTemplate
metadata: { name: errors }
spec: { metrics: [{ name: e, provider: { router: {} }, count: 1, successCondition: bad > 1 }] }
`;
  const files = {
    'template.yaml': template,
    'large.yaml': 'x'.repeat(1_100_000),
    'a.yaml': 'a: b',
  };
  const world = await begin(files);
  await world.settle();
  const found = (await listProblems(world.db)).map((one) => [one.path, one.problems[0]?.code]);
  expect(found).toEqual([
    ['a.yaml', 'TG1002'],
    ['large.yaml', 'TG1005'],
    ['template.yaml', 'TG1009'],
  ]);
  expect(await readDocument(world.db, 'AnalysisTemplate', 'errors')).toMatchObject({ spec: null });
});

test('a look that finds nothing new writes nothing', async () => {
  const world = await begin(many(1));
  await world.settle();
  const before = await readObject(world.db, 'source/config');
  await nudge(world.db, 'config');
  await until(async () => {
    const [row] = await world.db.query<{ done: boolean }>(
      "select leased_until is null and wake_at > now() as done from objects where id = 'source/config'",
    );
    return row?.done ? true : null;
  });
  expect((await readObject(world.db, 'source/config'))?.generation).toBe(before?.generation);
});

test('nudges find sources by name, address and branch', async () => {
  const world = await begin(many(1));
  const { db } = world;
  await addSource(
    db,
    { name: 'other', address: 'https://token@git.example.com/team/config.git', branch: 'live' },
    asker,
  );
  expect(await nudge(db)).toEqual(['config', 'other']);
  expect(await nudge(db, 'other')).toEqual(['other']);
  expect(await nudge(db, 'git@git.example.com:team/config.git')).toEqual(['other']);
  expect(await nudge(db, `file://${world.remote.address}`)).toEqual(['config']);
  expect(
    await nudgeSources(db, {
      repositories: ['https://git.example.com/team/config'],
      branch: 'main',
    }),
  ).toEqual([]);
  expect(await nudge(db, 'none')).toEqual([]);
  const { events } = await readEvents(db, { type: 'source.added', limit: 10 });
  expect(JSON.stringify(events)).not.toContain('token@');
  expect((await listSources(db)).map((one) => [one.name, one.branch])).toEqual([
    ['config', 'main'],
    ['other', 'live'],
  ]);
  expect(
    await addSource(
      db,
      { name: 'other', address: 'https://token@git.example.com/team/config.git', branch: 'live' },
      asker,
    ),
  ).toBe(false);
  await expect(addSource(db, { name: 'No Name', address: '/x' }, asker)).rejects.toThrow(/TG1603/);
  await expect(addSource(db, { name: 'x', address: ' ' }, asker)).rejects.toThrow(/TG1603/);
  await expect(addSource(db, { name: 'x', address: '/x', branch: '--x' }, asker)).rejects.toThrow(
    /TG1603/,
  );
  await expect(addSource(db, { name: 'x', address: '/x', pollInterval: 5 }, asker)).rejects.toThrow(
    /TG1603/,
  );
});

test('the effect commits once per key, and the source reads it without waiting for its clock', async () => {
  const world = await begin(many(1));
  await world.settle();
  const { db } = world;
  const configRepository = configRepositories({ db, git: world.repositories.open });
  await expect(configRepository('none')).rejects.toThrow(/TG1101/);
  const { branch, address } = await configRepository('config');
  expect([branch, address]).toEqual(['main', world.remote.address]);
  const wakeSource = async (name: string) => void (await nudge(db, name));
  const handler = commitEffect({ configRepository, wakeSource });
  const path = 'environments/production/a0.yaml';
  const stored = await readDocument(db, 'Release', 'production/a0');
  const payload = {
    repository: 'config',
    branch,
    edits: [{ path, content: release('a0', 'production', 'c') }],
    expect: { [path]: stored?.blob ?? null },
    message: 'Promote a0',
    trailers: { 'Tidegate-Promotion': 'pr-1' },
  };
  const signal = new AbortController().signal;
  const first = await handler.run(payload, 'promotion/pr-1/2/0', signal);
  expect(first).toEqual({ ok: true, commit: await world.remote.head(), repeated: false });
  const read = await until(async () => {
    const now = await readDocument(db, 'Release', 'production/a0');
    return now && now.commit !== stored?.commit ? now : null;
  });
  expect(read.commitInfo).toMatchObject({
    author: 'Tidegate',
    trailers: { 'Tidegate-Promotion': 'pr-1', 'Tidegate-Key': 'promotion/pr-1/2/0' },
  });
  expect(await handler.run(payload, 'promotion/pr-1/2/0', signal)).toMatchObject({
    repeated: true,
  });
  expect(await handler.run(payload, 'promotion/pr-2/2/0', signal)).toMatchObject({
    ok: false,
    reason: 'overtaken',
  });
  const outside = { ...payload, edits: [{ path: '../x', content: '' }] };
  await expect(handler.run(outside, 'k', signal)).rejects.toThrow(/TG1010/);
});

test('state of a newer program is refused', () => {
  const reconciler = sourceReconciler({
    db: { query: async () => [] },
    git: () => {
      throw new Error('not asked');
    },
  });
  expect(() => reconciler.upgrade({}, 2)).toThrow(/TG1702/);
});
