import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { listRuns, readRun, readRunState } from '../../src/capabilities/pipelines/reads.ts';
import { readRelease } from '../../src/capabilities/releases/reads.ts';
import { until } from '../../src/capabilities/sources/sources.fixture.ts';
import { lookOf } from '../../src/integrations/step/contract.ts';
import { beginSteps, type StepsWorld } from './steps.fixture.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const person = { actor: 'user:ada', role: 'deployer', requestId: null };

async function begin(pipelines: { readonly [name: string]: string }): Promise<StepsWorld> {
  const steps = await beginSteps();
  stops.push(steps.stop);
  const files = Object.entries(pipelines).map(([name, lines]) => [
    `${name}.yaml`,
    `apiVersion: tidegate.dev/v1\nkind: Pipeline\nmetadata: { name: ${name} }\nspec:\n${lines}`,
  ]);
  await steps.world.config.push(Object.fromEntries(files));
  await steps.world.settle();
  return steps;
}

const ended = ({ db }: StepsWorld, id: string) =>
  until(async () => {
    const row = await readRun(db, id);
    return row?.terminal ? row : null;
  });

test('a run of a commit deploys the release of it, made when there is none', async () => {
  const steps = await begin({
    ship: '  steps: [{ name: deploy, deploy: { environment: production, fast: true } }]',
  });
  steps.serve();
  const commit = await steps.world.service.head();
  const wish = { pipeline: 'ship', application: 'shop', inputs: {}, commit };
  const ids = [];
  for (let times = 0; times < 2; times += 1) {
    const { id } = await steps.world.parts.runs.start(wish, person);
    expect(await ended(steps, id)).toMatchObject({ phase: 'succeeded' });
    ids.push((await readRunState(steps.db, id))?.steps.deploy?.outputs.release);
  }
  expect(ids[0]).toBe(ids[1]);
  expect((await readRelease(steps.db, String(ids[0])))?.content.commit).toBe(commit);
});

test('a cancel reaches the run that a step began, and lets it clear up', async () => {
  const steps = await begin({
    child: `  steps: [{ name: rest, wait: { duration: 1h } }]
  finally: [{ name: tidy, wait: { duration: 1ms } }]`,
    parent: '  steps: [{ name: begun, pipeline: { name: child } }]',
  });
  const { runs } = steps.world.parts;
  const { id } = await runs.start({ pipeline: 'parent', application: 'shop', inputs: {} }, person);
  const child = await until(async () => {
    const [found] = await listRuns(steps.db, { parent: id, limit: 1 });
    return found?.phase === 'running' ? found.id : null;
  });
  await runs.cancel(id, person, 'wrong one');
  expect(await ended(steps, id)).toMatchObject({ phase: 'cancelled' });
  expect(await readRun(steps.db, child)).toMatchObject({ phase: 'cancelled' });
  expect((await readRunState(steps.db, child))?.steps.tidy).toMatchObject({ status: 'succeeded' });
});

test('what is not declared is no answer: a channel, an environment, a repository', async () => {
  const steps = await begin({
    odd: `  steps:
    - { name: told, notify: { channels: [nowhere], message: Hello } }
    - { name: frozen, wait: { environment: production } }
    - { name: files, git: { repository: nothing, commit: { message: No, files: { a: b } } } }`,
  });
  const wish = { pipeline: 'odd', application: 'shop', inputs: {} };
  const { id } = await steps.world.parts.runs.start(wish, person);
  await ended(steps, id);
  expect((await readRunState(steps.db, id))?.steps).toMatchObject({
    told: { status: 'errored', because: expect.stringContaining('no channel nowhere') },
    frozen: { status: 'succeeded' },
    files: { status: 'errored', because: expect.stringContaining('No config repository') },
  });
  expect(await steps.deps.readFreeze('moon')).toBeNull();
  expect(await steps.deps.readState('shop', 'moon')).toBeNull();
});

test("a checkout is the service's source at the run's commit", async () => {
  const steps = await begin({});
  const directory = await mkdtemp(join(tmpdir(), 'tidegate-checkout-'));
  stops.push(() => rm(directory, { recursive: true, force: true }));
  const commit = await steps.world.service.head();
  await steps.world.service.push({ 'server.js': '// two' });
  const { subject } = lookOf();
  await steps.deps.checkout({ ...subject, commit }, directory);
  expect(await readFile(join(directory, 'server.js'), 'utf8')).toMatch(/^\/\/ one/);
  const none = steps.deps.checkout({ ...subject, commit: null }, directory);
  await expect(none).rejects.toThrow('TG1907');
});
