import { afterEach, expect, test } from 'vitest';
import { readEvents } from '../../engine/reads.ts';
import { readRelease } from '../releases/reads.ts';
import { pipeline, shop, startWorld, type World, wake } from './world.fixture.ts';

const started: World[] = [];
afterEach(async () => {
  for (const world of started.splice(0)) await world.stop();
});
async function begin(files: { readonly [path: string]: string }): Promise<World> {
  const world = await startWorld(files);
  started.push(world);
  await world.settle();
  return world;
}

const own = { 'shop.yaml': shop('  pipeline: { name: ship }\n') };
const watching = /^Watching for .*#main is at [0-9a-f]{12}/;

test('an application whose golden path runs on push: the first look begins nothing, a push one run with its release', async () => {
  const world = await begin({ 'shop.yaml': shop('  pipeline: { onPush: true }\n') });
  await world.says('application:shop', watching);
  expect(await world.runs()).toEqual([]);
  const head = await world.service.push(
    { 'server.js': '// two' },
    { author: 'Grace', message: 'Sell more' },
  );
  expect(await world.nudge(world.service)).toEqual(['application:shop']);
  const [run] = await world.hasRuns(1);
  expect(run).toMatchObject({
    pipeline: 'shop',
    application: 'shop',
    commit: head,
    author: 'Grace',
    origin: {
      trigger: 'push',
      actor: 'trigger:shop/push',
      event: { commit: head, subject: 'Sell more' },
    },
  });
  const release = await readRelease(world.db, run?.release ?? '');
  expect(release).toMatchObject({ createdBy: 'trigger:shop/push', content: { commit: head } });
  const { events } = await readEvents(world.db, { type: 'trigger.fired', limit: 10 });
  expect(events).toMatchObject([{ application: 'shop', after: { run: run?.id } }]);
});

test('ten commits between two looks are one run, for the newest, and it says so', async () => {
  const world = await begin({
    ...own,
    'ship.yaml': pipeline('ship', [{ name: 'push', push: {} }]),
  });
  await world.says('application:shop', watching);
  const commits: string[] = [];
  for (let at = 0; at < 10; at += 1)
    commits.push(await world.service.push({ 'server.js': `// ${at}` }));
  await world.nudge(world.service);
  const runs = await world.hasRuns(1);
  expect(runs.map((one) => one.commit)).toEqual(commits.slice(-1));
  expect(runs[0]?.origin.because).toContain('one run for the newest commit, however many came');
});

test('only what lies below its paths begins a run', async () => {
  const world = await begin({
    ...own,
    'ship.yaml': pipeline('ship', [{ name: 'push', push: { paths: ['./lib/', 'package.json'] } }]),
  });
  await world.says('application:shop', watching);
  const beside = await world.service.push({ 'server.js': '// beside', 'library/x': 'no' });
  await world.nudge(world.service);
  await world.says('application:shop', new RegExp(beside.slice(0, 12)));
  const below = await world.service.push({ 'lib/a.js': '// changed' });
  await world.nudge(world.service);
  expect((await world.hasRuns(1)).map((one) => one.commit)).toEqual([below]);
});

test('a branch that is rewritten begins a run, and one that is taken back as well', async () => {
  const world = await begin({
    ...own,
    'ship.yaml': pipeline('ship', [{ name: 'push', push: {} }]),
  });
  await world.says('application:shop', watching);
  const first = await world.service.head();
  const second = await world.service.push({ 'server.js': '// two' });
  await world.nudge(world.service);
  await world.hasRuns(1);
  await world.service.git('update-ref', 'refs/heads/main', first);
  await world.nudge(world.service);
  const runs = await world.hasRuns(2);
  expect(runs.map((one) => one.commit)).toEqual([second, first]);
});

test('a config push runs with the pipeline of that commit; what Tidegate commits itself begins nothing', async () => {
  const nightly = (text: string) =>
    pipeline(
      'ops',
      [{ name: 'config', push: { repository: 'config' } }],
      `  description: ${text}\n`,
    );
  const world = await begin({ 'ops.yaml': nightly('one') });
  await world.says('pipeline:ops', watching);
  const head = await world.config.push({ 'ops.yaml': nightly('two') });
  await world.settle();
  await world.nudge(world.config);
  const [run] = await world.hasRuns(1);
  expect(run).toMatchObject({ pipeline: 'ops', application: null, release: null, commit: null });
  expect(run?.origin.event).toMatchObject({ commit: head, repository: 'config' });
  const [spec] = await world.db.query<{ spec: { description: string } }>(
    'select spec from pipeline_specs where digest = $1',
    [run?.spec],
  );
  expect(spec?.spec.description).toBe('two');
  const promoted = await world.config.push(
    { 'environments/staging/shop.yaml': '# a promotion' },
    { message: 'Promote\n\nTidegate-Key: promotion/pr-1/2/0' },
  );
  await world.settle();
  await world.nudge(world.config);
  await world.says('pipeline:ops', new RegExp(promoted.slice(0, 12)));
  expect(await world.hasRuns(1)).toHaveLength(1);
});

test('what is declared counts at the next look: renamed, broken, mended, removed, taken over', async () => {
  const ship = (name: string) => pipeline('ship', [{ name, push: {} }]);
  const world = await begin({ ...own, 'ship.yaml': ship('one') });
  await world.says('application:shop', /Watching for one/);
  expect(await world.state('pipeline:ship')).toMatchObject({ pipeline: null, memory: {} });
  await world.config.push({ 'ship.yaml': ship('two') });
  await world.settle();
  await world.says('application:shop', /Watching for two/);
  // A broken document leaves the last good one as it is.
  await world.config.push({
    'ship.yaml': 'apiVersion: tidegate.dev/v1\nkind: Pipeline\nmetadata: { name: ship }\nspec: 7\n',
  });
  await world.settle();
  await wake(world.db, 'application:shop');
  await world.service.push({ 'server.js': '// while it is broken' });
  await world.nudge(world.service);
  await world.hasRuns(1);
  await world.config.push({ 'shop.yaml': null, 'ship.yaml': ship('three') });
  await world.settle();
  await world.says('application:shop', /No application shop is declared/);
  await world.says('pipeline:ship', /needs an application/);
  expect(await world.hasRuns(1)).toHaveLength(1);
});

test('an application that names a pipeline that is not there yet is woken when it is', async () => {
  const world = await begin(own);
  await world.says('application:shop', /The pipeline that shop names is not declared/);
  await world.config.push({ 'ship.yaml': pipeline('ship', [{ name: 'push', push: {} }]) });
  await world.settle();
  await world.says('application:shop', watching);
});

test('a repository that cannot be read is told, and what is pushed meanwhile begins one run when it can', async () => {
  const world = await begin({
    ...own,
    'ship.yaml': pipeline('ship', [{ name: 'push', push: {} }]),
  });
  await world.says('application:shop', watching);
  await world.service.git('update-ref', 'refs/heads/away', 'refs/heads/main');
  await world.service.git('update-ref', '-d', 'refs/heads/main');
  await world.nudge(world.service);
  await world.says('application:shop', /has no branch main/);
  await world.service.git('update-ref', 'refs/heads/main', 'refs/heads/away');
  const head = await world.service.push({ 'server.js': '// back' });
  await world.nudge(world.service);
  expect((await world.hasRuns(1)).map((one) => one.commit)).toEqual([head]);
});
