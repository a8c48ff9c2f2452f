import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../examples/demo/processes.ts';
import type { LogEntry } from '../../src/contract/api/run-logs.ts';
import type { RunView } from '../../src/contract/api/runs.ts';
import { processesIn } from './left-over.ts';
import { replayAll } from './support/replay.ts';
import { publish } from './support/services.ts';
import { openWorld, type World } from './support/world.ts';

const made: { world?: World } = {};
const world = (): World => {
  if (!made.world) throw new Error('the world is not there');
  return made.world;
};

beforeAll(async () => {
  made.world = await openWorld({
    environments: {
      staging: '{ waves: [{ targets: [st-1] }] }',
      production: '{ waves: [{ targets: [eu-1] }] }',
    },
    agents: { edge: ['st-1', 'eu-1'] },
    control: [['all', 'all']],
  });
}, 120_000);
afterAll(async () => {
  const directory = made.world?.directory;
  if (made.world) expect((await replayAll(made.world.api)).others).toEqual([]);
  await made.world?.end();
  if (directory) expect(await processesIn(directory)).toEqual([]);
}, 60_000);

const application = `apiVersion: tidegate.dev/v1
kind: Application
metadata: { name: shop }
spec:
  owner: team-shop
  source: { repository: ../services/shop.git }
  run: { command: [node, server.mjs], health: { readiness: { path: /readyz, interval: 100ms } } }
  environments: [{ name: staging }, { name: production }]
  strategy: { blueGreen: {} }
  pipeline: { name: ship }
`;

const pipeline = `apiVersion: tidegate.dev/v1
kind: Pipeline
metadata: { name: ship }
spec:
  inputs:
    greeting: { default: hello }
  steps:
    - name: test
      shell:
        checkout: true
        env: { GREETING: "\${{ inputs.greeting }}" }
        script: |
          echo "$GREETING, attempt with key $TIDEGATE_KEY"
          test -f server.mjs
          sleep 3
          echo "verdict=green" >> "$TIDEGATE_OUTPUT"
    - { name: staging, needs: [test], deploy: { environment: staging } }
    - name: look
      needs: [staging]
      state:
        environment: staging
        outputs: { stable: state.stable }
    - { name: sign-off, needs: [look], approve: { roles: [admin], allowSelf: true } }
    - name: production
      needs: [sign-off]
      when: steps["look"].outputs.stable == run.release
      deploy: { environment: production }
    - name: never
      needs: [look]
      when: steps["test"].outputs.verdict == "red"
      deploy: { environment: production }
  finally:
    - { name: report, shell: { command: [echo, all done] } }
`;

const run = (id: string): Promise<RunView> => world().api.get<RunView>(`/runs/${id}`);
const stepOf = (view: RunView, name: string) => view.graph.steps.find((one) => one.name === name);

async function until(
  id: string,
  what: string,
  isSo: (view: RunView) => boolean,
  timeout = 40_000,
): Promise<RunView> {
  return await eventually(
    `run ${id} ${what}`,
    async () => {
      const view = await run(id);
      if (isSo(view)) return view;
      throw new Error(`${view.phase}: ${view.because}`);
    },
    timeout,
  );
}

async function logOf(id: string, step: string): Promise<string> {
  const { items } = await world().api.get<{ items: readonly LogEntry[] }>(
    `/runs/${id}/logs?step=${step}`,
  );
  return items.map(({ text }) => text).join('');
}

async function released(version: string): Promise<string> {
  await publish(world().serviceOf('shop'), { version });
  return (await world().api.release('shop')).id;
}

test('a run tests, deploys, looks, waits for a person and deploys on, over a SIGKILL in the middle', {
  timeout: 120_000,
}, async () => {
  const { api, declare, processes, start, config } = world();
  await declare({ 'applications/shop.yaml': application, 'pipelines/ship.yaml': pipeline }, [
    'shop',
  ]);
  await eventually('shop to be declared', () => api.status('shop'));
  const release = await released('1');
  const { id } = await api.post<{ id: string }>('/runs', {
    ...{ application: 'shop', release, inputs: { greeting: 'good morning' } },
    because: 'first of its kind',
  });

  await eventually('the test step to print', async () => {
    const text = await logOf(id, 'test');
    if (!text.includes('good morning')) throw new Error(text);
    return true;
  });
  await processes.get('all')?.kill();
  await start('all', 'all');

  const waiting = await until(id, 'waits for a person', (view) => view.awaiting.length > 0);
  expect(waiting.awaiting).toEqual(['sign-off']);
  expect(waiting.because).toContain('waiting for 1 of 1 approval');
  expect(stepOf(waiting, 'test')).toMatchObject({
    ...{ status: 'succeeded', outputs: { verdict: 'green' } },
  });
  expect(stepOf(waiting, 'look')?.outputs).toEqual({ stable: release });
  expect(stepOf(waiting, 'never')).toMatchObject({ status: 'skipped' });
  // The key is that of the work, however often it was begun.
  const keys = (await logOf(id, 'test')).match(/(?<=with key )\S+/g) ?? [];
  expect(keys.length).toBeGreaterThanOrEqual(2);
  expect(new Set(keys).size).toBe(1);

  await api.post(`/runs/${id}/steps/sign-off/answers`, { action: 'approve', because: 'seen it' });
  const over = await until(id, 'is over', (view) => view.terminal);
  expect(over).toMatchObject({ phase: 'succeeded' });
  expect(stepOf(over, 'production')).toMatchObject({ status: 'succeeded' });
  expect(await logOf(id, 'report')).toContain('all done');
  const subjects = execFileSync('git', ['log', '--format=%s', 'main'], {
    cwd: config,
    encoding: 'utf8',
  });
  expect(subjects).toContain(`Promote shop to ${release} in staging`);
  expect(subjects).toContain(`in production`);
  const events = await api.events(`&objectId=${encodeURIComponent(`run/${id}`)}`);
  expect(events.filter(({ type }) => type === 'run.succeeded')).toHaveLength(1);
});

test('a bad version fails its deploy, the run with it, and finally still runs; retry takes it up', {
  timeout: 120_000,
}, async () => {
  const { api } = world();
  await publish(world().serviceOf('shop'), { version: '2', neverReady: true });
  const { id: release } = await api.release('shop');
  const { id } = await api.post<{ id: string }>('/runs', { application: 'shop', release });
  await until(id, 'deploys', (view) => stepOf(view, 'staging')?.status === 'running');
  const [rollout] = await eventually('a rollout', async () => {
    const found = (await api.rollouts('shop')).filter((one) => one.release === release);
    if (found.length === 0) throw new Error('none yet');
    return found;
  });
  await api.act(rollout?.id ?? '', 'abort', 'it never gets ready');
  const over = await until(id, 'is over', (view) => view.terminal);
  expect(over.phase).toBe('failed');
  expect(stepOf(over, 'staging')).toMatchObject({ status: 'failed' });
  expect(stepOf(over, 'production')).toMatchObject({ status: 'omitted' });
  expect(stepOf(over, 'report')).toMatchObject({ status: 'succeeded' });

  const retried = await api.post<{ id: string }>(`/runs/${id}/actions`, { action: 'retry' });
  const again = await until(
    retried.id,
    'takes it up',
    (view) => stepOf(view, 'staging')?.status !== 'pending',
  );
  expect(stepOf(again, 'test')).toMatchObject({ status: 'succeeded' });
  await api.post(`/runs/${retried.id}/actions`, { action: 'cancel', because: 'enough' });
  const cancelled = await until(retried.id, 'is cancelled', (view) => view.terminal);
  expect(['cancelled', 'failed']).toContain(cancelled.phase);
});
