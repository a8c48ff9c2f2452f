import type { Sent } from '../../integrations/webhook/contract.ts';
import { until } from '../sources/sources.fixture.ts';
import { openServer } from './server.fixture.ts';
import { pipeline, shop, startWorld } from './world.fixture.ts';

const triggers = [
  {
    name: 'built',
    webhook: { from: 'github', secret: 'hook', events: ['workflow_run.completed'] },
    when: 'event.body.workflow_run.conclusion == "success"',
    release: { commit: 'main' },
    inputs: { sha: '${{ event.body.workflow_run.head_sha }}' },
  },
  {
    name: 'gitlab',
    webhook: { from: 'gitlab', secret: 'hook', events: ['pipeline.success'] },
    inputs: { sha: '${{ event.body.object_attributes.sha }}' },
  },
  {
    name: 'jenkins',
    webhook: { from: 'jenkins', secret: 'hook', events: ['finalized'] },
    inputs: { sha: '${{ event.body.build.scm.commit }}' },
  },
  {
    name: 'any',
    webhook: { from: 'generic', secret: 'hook' },
    inputs: { sha: '${{ event.body.sha }}' },
  },
  { name: 'unset', webhook: { from: 'generic', secret: 'other' } },
  {
    name: 'published',
    cdevents: { secret: 'hook', types: ['dev.cdevents.artifact.published.*'] },
    inputs: { sha: '${{ event.subject }}' },
  },
];
const inputs = '  inputs: { sha: { type: string, default: "" } }\n';

/** A server, a worker, and pipelines with a trigger of every kind that takes deliveries. */
export async function openHooks() {
  const world = await startWorld({
    'shop.yaml': shop('  pipeline: { name: ship }\n'),
    'ship.yaml': pipeline('ship', triggers, inputs),
    'ops.yaml': pipeline('ops', [{ name: 'any', webhook: { from: 'generic', secret: 'hook' } }]),
    'shared.yaml': pipeline('shared', triggers, inputs),
    'a.yaml': shop('  pipeline: { name: shared }\n').replace('name: shop', 'name: a'),
    'b.yaml': shop('  pipeline: { name: shared }\n').replace('name: shop', 'name: b'),
  });
  const app = await openServer(world.db);
  await world.settle();
  return {
    world,
    app,
    post: async (path: string, { headers, body }: Sent) => {
      const answer = await app.inject({
        ...{ method: 'POST', url: `/hooks/${path}`, headers },
        payload: Buffer.from(body),
      });
      return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
    },
    runOf: (id: unknown) =>
      until(async () => (await world.runs()).find((one) => one.id === id) ?? null),
    close: async () => {
      await app.close();
      await world.stop();
    },
  };
}

export type Hooks = Awaited<ReturnType<typeof openHooks>>;
