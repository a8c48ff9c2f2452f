import { afterEach, expect, test } from 'vitest';
import { readEvents, readObject } from '../../engine/reads.ts';
import {
  listDangling,
  listDocuments,
  listProblems,
  readApplication,
  readDocument,
} from './reads.ts';
import {
  application,
  environment,
  release,
  startWorld,
  target,
  type World,
} from './sources.fixture.ts';

const started: World[] = [];
afterEach(async () => {
  for (const world of started.splice(0)) await world.stop();
});
async function begin(files: { readonly [path: string]: string }): Promise<World> {
  const world = await startWorld(files);
  started.push(world);
  return world;
}

const base = {
  'apps/shop.yaml': application('shop', ['staging', 'production']),
  'environments.yaml': `${environment('staging', ['s-1'])}---\n${environment('production', ['eu-1', 'us-1'])}`,
  'targets.yaml': ['s-1', 'eu-1', 'us-1'].map(target).join('---\n'),
  'environments/production/shop.yaml': release('shop', 'production', 'a'),
  '.github/workflows/ci.yaml': 'name: not ours',
  'README.md': 'nothing to read',
};

type Delivery = { readonly key: string; readonly news: number };
const deliveries = async ({ db }: World): Promise<Record<string, number>> => {
  const rows = await db.query<Delivery>(
    "select key, news from objects where kind = 'delivery' order by key",
  );
  return Object.fromEntries(rows.map((one) => [one.key, one.news]));
};
/** Deliveries that got news since the last question. */
const woken = async (world: World, run: () => Promise<unknown>): Promise<string[]> => {
  const before = await deliveries(world);
  await run();
  const after = await deliveries(world);
  return Object.keys(after).filter((key) => after[key] !== before[key]);
};
const eventTypes = async ({ db }: World, type: string) =>
  (await readEvents(db, { type, limit: 100 })).events;

test('a first look keeps every document, and opens a delivery for each stop on the path', async () => {
  const world = await begin(base);
  const { db } = world;
  const state = await world.settle();
  expect(state).toMatchObject({ seenCommit: await world.remote.head(), failures: 0 });
  const shop = await readApplication(db, 'shop');
  expect(shop).toMatchObject({
    repository: 'config',
    application: { spec: { progressDeadline: 600_000 } },
  });
  const desired = await readDocument(db, 'Release', 'production/shop');
  expect(desired).toMatchObject({
    path: 'environments/production/shop.yaml',
    blob: await world.remote.git('rev-parse', 'main:environments/production/shop.yaml'),
    commit: await world.remote.head(),
    commitInfo: { author: 'Ada', email: 'ada@example.com', subject: 'Change files', trailers: {} },
    problems: [],
    deleted: false,
  });
  expect((await listDocuments(db, 'Target')).map((one) => one.name)).toEqual([
    'eu-1',
    's-1',
    'us-1',
  ]);
  expect(Object.keys(await deliveries(world))).toEqual(['shop@production', 'shop@staging']);
  expect((await readObject(db, 'delivery/shop@production'))?.state).toMatchObject({
    application: 'shop',
    environment: 'production',
    stable: null,
  });
  expect(await eventTypes(world, 'document.changed')).toHaveLength(7);
  expect(await listDangling(db)).toEqual([]);
  expect(await listProblems(db)).toEqual([]);
});

test('a commit to one release wakes one delivery, and is told with its author and trailers', async () => {
  const world = await begin(base);
  await world.settle();
  const names = await woken(world, async () => {
    await world.remote.push(
      { 'environments/production/shop.yaml': release('shop', 'production', 'b') },
      { author: 'Grace', message: 'Promote shop\n\nTidegate-Promotion: pr-1' },
    );
    await world.settle();
  });
  expect(names).toEqual(['shop@production']);
  const stored = await readDocument(world.db, 'Release', 'production/shop');
  expect(stored?.spec?.spec.commit).toBe('b'.repeat(40));
  expect(stored?.commitInfo).toMatchObject({
    author: 'Grace',
    trailers: { 'Tidegate-Promotion': 'pr-1' },
  });
  const last = (await eventTypes(world, 'document.changed')).at(-1);
  expect(last).toMatchObject({
    actor: 'git:Grace',
    application: 'shop',
    environment: 'production',
    after: { commit: await world.remote.head() },
  });
});

test('a comment changes the blob and nothing else', async () => {
  const world = await begin(base);
  await world.settle();
  const before = await readDocument(world.db, 'Release', 'production/shop');
  const names = await woken(world, async () => {
    const text = `# a word\n${release('shop', 'production', 'a')}`;
    await world.remote.push({ 'environments/production/shop.yaml': text }, { author: 'Grace' });
    await world.settle();
  });
  const after = await readDocument(world.db, 'Release', 'production/shop');
  expect(names).toEqual([]);
  expect(after).toMatchObject({ commit: before?.commit, commitInfo: { author: 'Ada' } });
  expect(after?.blob).toBe(
    await world.remote.git('rev-parse', 'main:environments/production/shop.yaml'),
  );
});

test('a release that was taken back and committed again in one look is the deed of the newest commit', async () => {
  const world = await begin(base);
  await world.settle();
  const file = 'environments/production/shop.yaml';
  const commit = async (digit: string, message: string, author = 'Ada') =>
    await world.remote.push({ [file]: release('shop', 'production', digit) }, { message, author });
  const names = await woken(world, async () => {
    await commit('b', 'Revert', 'Tidegate');
    for (const text of ['# gone', base['environments.yaml']])
      await world.remote.push({ 'environments.yaml': text });
    await commit('a', 'Once more\n\nTidegate-Retry: true', 'Grace');
    await world.settle();
  });
  expect(names).toEqual(['shop@production']);
  const stored = await readDocument(world.db, 'Release', 'production/shop');
  expect(stored).toMatchObject({
    commit: await world.remote.head(),
    commitInfo: { author: 'Grace', trailers: { 'Tidegate-Retry': 'true' } },
  });
  expect(stored?.spec?.spec.commit).toBe('a'.repeat(40));
  const told = await eventTypes(world, 'document.changed');
  expect(told.at(-1)).toMatchObject({ actor: 'git:Grace' });
  expect(told.at(-1)?.because).toContain('went back to Release production/shop');
  expect(told.filter((event) => event.because.includes('Environment'))).toHaveLength(2);
});

test('environments and targets wake the applications that go through them', async () => {
  const world = await begin({ ...base, 'apps/blog.yaml': application('blog', ['staging']) });
  await world.settle();
  const staging = await woken(world, async () => {
    const text = `${environment('staging', ['s-1', 'us-1'])}---\n${environment('production', ['eu-1', 'us-1'])}`;
    await world.remote.push({ 'environments.yaml': text });
    await world.settle();
  });
  expect(staging).toEqual(['blog@staging', 'shop@staging']);
  const one = await woken(world, async () => {
    const text = `${['s-1', 'us-1'].map(target).join('---\n')}---\n${target('eu-1').replace('simulated }', 'simulated, labels: { a: b } }')}`;
    await world.remote.push({ 'targets.yaml': text });
    await world.settle();
  });
  expect(one).toEqual(['shop@production']);
  const left = await woken(world, async () => {
    await world.remote.push({ 'apps/shop.yaml': application('shop', ['staging']) });
    await world.settle();
  });
  expect(left).toEqual(['shop@production', 'shop@staging']);
});

test('a bad version keeps the last good one, and the good ones beside it go on', async () => {
  const world = await begin(base);
  await world.settle();
  const bad = application('shop', ['staging']).replace('owner: team-a', 'ownr: team-a');
  await world.remote.push({
    'apps/shop.yaml': bad,
    'apps/new.yaml': application('new', ['staging']),
    'broken.yaml': 'kind: [unfinished',
  });
  await world.settle();
  const shop = await readDocument(world.db, 'Application', 'shop');
  expect(shop?.spec?.spec.environments).toHaveLength(2);
  expect(shop?.problems[0]).toMatchObject({
    code: 'TG1004',
    hint: 'Did you mean owner?',
    where: { file: 'apps/shop.yaml', line: 5, column: 3 },
  });
  expect((await readApplication(world.db, 'new'))?.application.metadata.name).toBe('new');
  const places = (await listProblems(world.db)).map((one) => [one.path, one.name]);
  expect(places).toEqual([
    ['apps/shop.yaml', 'shop'],
    ['broken.yaml', null],
  ]);
  expect((await eventTypes(world, 'document.refused')).map((one) => one.outcome)).toEqual([
    'refused',
    'refused',
  ]);
  await world.remote.push({ 'apps/shop.yaml': base['apps/shop.yaml'], 'broken.yaml': null });
  await world.settle();
  expect(await listProblems(world.db)).toEqual([]);
  expect((await eventTypes(world, 'document.changed')).at(-1)?.because).toMatch(
    /mended Application shop/,
  );
});

test.each([
  ['before its names', '{ not: [closed'],
  ['within a name', `${target('eu-1').split('-1')[0]}\n{ [`],
])('a file broken %s lets none of its documents go', async (_where, torn) => {
  const world = await begin(base);
  await world.settle();
  await world.remote.push({ 'targets.yaml': `${target('s-1')}---\n${torn}` });
  await world.settle();
  expect(
    (await listDocuments(world.db, 'Target')).map((one) => [one.name, one.problems.length > 0]),
  ).toEqual([
    ['eu-1', true],
    ['s-1', false],
    ['us-1', true],
  ]);
});

test('what is removed is marked, told and woken; what is moved lives on', async () => {
  const world = await begin(base);
  await world.settle();
  const names = await woken(world, async () => {
    await world.remote.push({
      'environments/production/shop.yaml': null,
      'apps/shop.yaml': null,
      'moved/shop.yaml': base['apps/shop.yaml'],
    });
    await world.settle();
  });
  expect(names).toEqual(['shop@production']);
  expect(await readDocument(world.db, 'Release', 'production/shop')).toMatchObject({
    deleted: true,
  });
  expect(await readDocument(world.db, 'Application', 'shop')).toMatchObject({
    deleted: false,
    path: 'moved/shop.yaml',
  });
  expect((await eventTypes(world, 'document.removed')).map((one) => one.environment)).toEqual([
    'production',
  ]);
  await world.remote.push({
    'environments/production/shop.yaml': release('shop', 'production', 'c'),
  });
  await world.settle();
  expect(await readDocument(world.db, 'Release', 'production/shop')).toMatchObject({
    deleted: false,
  });
});

test('of two that declare the same, the first holds until it lets go', async () => {
  const world = await begin(base);
  await world.settle();
  await world.remote.push({ 'apps/again.yaml': application('shop', ['staging']) });
  await world.settle();
  const held = await readDocument(world.db, 'Application', 'shop');
  expect(held).toMatchObject({ path: 'apps/shop.yaml', problems: [] });
  expect((await listProblems(world.db))[0]).toMatchObject({
    path: 'apps/again.yaml',
    problems: [{ code: 'TG1006', where: { file: 'apps/again.yaml', line: 3, column: 19 } }],
  });
  await world.remote.push({ 'apps/shop.yaml': null });
  await world.settle();
  const taken = await readDocument(world.db, 'Application', 'shop');
  expect(taken).toMatchObject({ path: 'apps/again.yaml', deleted: false });
  expect(taken?.spec?.spec.environments).toHaveLength(1);
  expect(await listProblems(world.db)).toEqual([]);
});

test('references to what nobody declares are found until somebody does', async () => {
  const steps = 'steps: [{ setWeight: 20 }';
  const judged = base['apps/shop.yaml'].replace(
    steps,
    `${steps}, { analysis: { templates: [errors] } }`,
  );
  const world = await begin({ ...base, 'apps/shop.yaml': judged, 'targets.yaml': target('s-1') });
  await world.settle();
  const found = (await listDangling(world.db)).map((one) => [one.path, one.problems[0]?.detail]);
  expect(found).toEqual([
    ['apps/shop.yaml', 'No AnalysisTemplate errors is declared.'],
    ['environments.yaml', 'No Target eu-1 is declared.'],
    ['environments.yaml', 'No Target us-1 is declared.'],
  ]);
  await world.remote.push({ 'targets.yaml': base['targets.yaml'] });
  await world.settle();
  expect(await listDangling(world.db)).toHaveLength(1);
});
