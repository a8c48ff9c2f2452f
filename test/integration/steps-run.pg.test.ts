import { afterEach, expect, test } from 'vitest';
import { readRun, readRunState } from '../../src/capabilities/pipelines/reads.ts';
import { until } from '../../src/capabilities/sources/sources.fixture.ts';
import { listen, type StepServer } from '../../src/integrations/step/server.fixture.ts';
import { beginSteps, type StepsWorld } from './steps.fixture.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const person = { actor: 'user:ada', role: 'deployer', requestId: null };

async function begin(pipelines: { readonly [file: string]: string }): Promise<StepsWorld> {
  const steps = await beginSteps();
  stops.push(steps.stop);
  await steps.world.config.push(pipelines);
  await steps.world.settle();
  await steps.world.release();
  steps.serve();
  return steps;
}

const pipeline = (name: string, steps: string): string => `apiVersion: tidegate.dev/v1
kind: Pipeline
metadata: { name: ${name} }
spec:
  steps:
${steps}`;

const start = ({ world }: StepsWorld, name: string) =>
  world.parts.runs.start({ pipeline: name, application: 'shop', inputs: {} }, person);

const ended = ({ db }: StepsWorld, id: string) =>
  until(async () => {
    const row = await readRun(db, id);
    return row?.terminal ? row : null;
  });

async function service(): Promise<StepServer> {
  const server = await listen(() => ({ status: 200, body: { ready: true, version: '1.2' } }));
  stops.push(server.stop);
  return server;
}

test('a run deploys, looks at the world, asks an address and begins another run', async () => {
  const server = await service();
  const steps = await begin({
    'child.yaml': pipeline('child', `    - { name: rest, wait: { duration: 1ms } }`),
    'pipeline.yaml': pipeline(
      'ship',
      `    - { name: deploy, deploy: { environment: production, fast: true } }
    - { name: seen, needs: [deploy], state: { environment: production, until: 'state.stable != null', interval: 1s, outputs: { stable: state.stable } } }
    - { name: asked, needs: [seen], http: { url: '${server.url}/\${{ steps["seen"].outputs.stable }}', method: POST, outputs: { version: response.body.version } } }
    - { name: begun, needs: [asked], pipeline: { name: child } }
    - { name: files, needs: [asked], git: { commit: { message: 'Note the version', files: { notes/version: '\${{ steps["asked"].outputs.version }}' } } } }`,
    ),
  });
  const { id } = await start(steps, 'ship');
  const row = await ended(steps, id);
  expect(row).toMatchObject({ phase: 'succeeded' });
  const state = await readRunState(steps.db, id);
  const release = state?.steps.deploy?.outputs.release;
  expect(state?.steps).toMatchObject({
    deploy: { status: 'succeeded', outputs: { urls: { 'eu-1': 'http://eu-1.example' } } },
    seen: { outputs: { stable: release } },
    asked: { outputs: { version: '1.2' } },
    begun: { outputs: { phase: 'succeeded' } },
  });
  expect(server.heard).toMatchObject([{ method: 'POST', path: `/${release}` }]);
  expect(await steps.world.config.show('notes/version')).toBe('1.2');
  const child = await readRun(steps.db, String(state?.steps.begun?.outputs.run));
  expect(child).toMatchObject({ parent: id, phase: 'succeeded', trigger: 'pipeline' });
});

test('a cancelled run takes its rollout back before it ends', async () => {
  const steps = await begin({
    'pipeline.yaml': pipeline(
      'ship',
      `    - { name: deploy, deploy: { environment: production } }`,
    ),
  });
  await ended(steps, (await start(steps, 'ship')).id);
  await steps.world.service.push({ 'server.js': '// two' });
  await steps.world.release();
  const { id } = await start(steps, 'ship');
  const rollout = await until(async () => {
    const memory = (await readRunState(steps.db, id))?.steps.deploy?.memory as { rollout?: string };
    return memory?.rollout ?? null;
  });
  await steps.world.parts.runs.cancel(id, { ...person, actor: 'user:bob' }, 'wrong one');
  expect(await ended(steps, id)).toMatchObject({ phase: 'cancelled' });
  const [row] = await steps.db.query<{ phase: string; terminal: boolean }>(
    'select phase, terminal from rollouts where id = $1',
    [rollout],
  );
  expect(row).toEqual({ phase: 'aborted', terminal: true });
});

test('a pipeline that begins itself ends, and says so all the way up', async () => {
  const steps = await begin({
    'pipeline.yaml': pipeline('loop', `    - { name: again, pipeline: { name: loop } }`),
  });
  const row = await ended(steps, (await start(steps, 'loop')).id);
  expect(row).toMatchObject({ phase: 'errored' });
  const runs = await steps.db.query<{ because: string }>('select because from runs order by seq');
  expect(runs).toHaveLength(9);
  expect(runs.at(-1)?.because).toContain('TG1908');
});
