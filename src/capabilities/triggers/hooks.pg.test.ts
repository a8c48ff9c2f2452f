import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  cdeventArtifact,
  cloudEventHeaders,
  fromGithub,
  fromGitlab,
  fromJenkins,
  githubPush,
  githubWorkflowRun,
  gitlabPipeline,
  jenkinsFinalized,
  signed,
  structured,
} from '../../integrations/webhook/payloads.fixture.ts';
import { createToken } from '../access/tokens.ts';
import { type Hooks, openHooks } from './hooks.fixture.ts';
import { hookSecret, secret } from './server.fixture.ts';
import { pipeline, wake } from './world.fixture.ts';

const own: { hooks?: Hooks } = {};
const hooks = (): Hooks => own.hooks as Hooks;
beforeAll(async () => {
  own.hooks = await openHooks();
});
afterAll(() => own.hooks?.close());
const world = () => hooks().world;
const post: Hooks['post'] = (path, sent) => hooks().post(path, sent);
const sha = githubPush.after;
const at = (): Date => new Date();
const runOf = (id: unknown) => hooks().runOf(id);

test.each([
  [
    'GitHub',
    'pipelines/ship/built',
    () => fromGithub(secret, githubWorkflowRun, 'workflow_run', 'gh-1'),
    'webhook',
  ],
  [
    'GitLab',
    'pipelines/ship/gitlab',
    () => fromGitlab(secret, gitlabPipeline, 'Pipeline Hook', 'gl-1'),
    'webhook',
  ],
  ['Jenkins', 'pipelines/ship/jenkins', () => fromJenkins(secret, jenkinsFinalized), 'webhook'],
  [
    'a program',
    'pipelines/ship/any',
    () => signed(secret, { sha }, { 'x-tidegate-delivery': 'p-1' }, at()),
    'webhook',
  ],
])('%s begins a run with inputs from its event, once', async (_who, path, send, trigger) => {
  const sent = send();
  const first = await post(path, sent);
  expect(first).toMatchObject({ status: 202, body: { duplicate: false } });
  const run = await runOf(first.body.run);
  expect(run).toMatchObject({
    pipeline: 'ship',
    application: 'shop',
    inputs: { sha },
    origin: { trigger },
  });
  const again = await post(path, sent);
  expect(again).toEqual({ status: 200, body: { ...first.body, duplicate: true } });
  await wake(world().db, 'application:shop');
  await world().db.query('select pg_sleep(0.3)');
  expect((await world().runs()).filter((one) => one.id === first.body.run)).toHaveLength(1);
});

test('a release is made for the run where the trigger asks for one', async () => {
  const sent = fromGithub(secret, githubWorkflowRun, 'workflow_run', 'gh-release');
  const run = await runOf((await post('pipelines/ship/built', sent)).body.run);
  expect(run).toMatchObject({
    release: expect.stringMatching(/^r-/),
    commit: await world().service.head(),
  });
});

test.each(['binary', 'structured'])('a CDEvent in %s mode begins a run', async (mode) => {
  const event = { ...cdeventArtifact, context: { ...cdeventArtifact.context, id: mode } };
  const sent =
    mode === 'binary'
      ? signed(secret, event, cloudEventHeaders(event), at())
      : {
          headers: {
            'content-type': 'application/cloudevents+json',
            authorization: `Bearer ${secret}`,
          },
          body: JSON.stringify(structured(event)),
        };
  const answer = await post('cdevents/ship/published', sent);
  expect(answer.status).toBe(202);
  expect(await runOf(answer.body.run)).toMatchObject({
    inputs: { sha: cdeventArtifact.subject.id },
    origin: { trigger: 'cdevents', event: { source: '/ci/shop' } },
  });
  expect((await post('cdevents/ship/published', sent)).body).toMatchObject({ duplicate: true });
});

test('the same delivery fifty times at once is one run', async () => {
  const sent = signed(secret, { sha: 'fifty' }, { 'x-tidegate-delivery': 'fifty' }, at());
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => post('pipelines/ship/any', sent)),
  );
  expect(answers.filter((one) => one.status === 202)).toHaveLength(1);
  expect(answers.filter((one) => one.status === 200 && one.body.duplicate === true)).toHaveLength(
    49,
  );
  await runOf(answers[0]?.body.run);
  expect((await world().runs()).filter((one) => one.inputs.sha === 'fifty')).toHaveLength(1);
});

test('of a pipeline of two applications, the address says whose trigger is meant', async () => {
  const sent = signed(secret, { sha: 'two' }, { 'x-tidegate-delivery': 'two' }, at());
  const a = await post('pipelines/shared/any?application=a', sent);
  const b = await post('pipelines/shared/any?application=b', sent);
  expect([a.status, b.status]).toEqual([202, 202]);
  expect((await runOf(a.body.run)).application).toBe('a');
  expect((await runOf(b.body.run)).application).toBe('b');
});

test('a pipeline that no application names runs for none', async () => {
  const answer = await post('pipelines/ops/any', signed(secret, {}, {}, at()));
  expect(await runOf(answer.body.run)).toMatchObject({ pipeline: 'ops', application: null });
});

test('a webhook of a repository makes the triggers that watch it look at once', async () => {
  await world().config.push({
    'push.yaml': pipeline('pushed', [{ name: 'config', push: { repository: 'config' } }]),
  });
  await world().settle();
  await world().says('pipeline:pushed', /is at/);
  const body = JSON.stringify({ repository: world().config.address, ref: 'refs/heads/main' });
  const hmac = createHmac('sha256', hookSecret).update(body).digest('hex');
  const answer = await post('git', { headers: { 'x-hub-signature-256': `sha256=${hmac}` }, body });
  expect(answer).toEqual({
    status: 202,
    body: { woken: ['config'], triggers: ['pipeline:pushed'] },
  });
});

test('triggers are listed with what they did last', async () => {
  const token = await createToken(world().db, 'vic', 'viewer');
  const headers = { authorization: `Bearer ${token}` };
  const answer = await hooks().app.inject({ url: '/api/v1/triggers', headers });
  expect(answer.statusCode).toBe(200);
  const { items } = answer.json<{ items: { application: string; name: string }[] }>();
  expect(items.find((one) => one.application === 'shop' && one.name === 'built')).toMatchObject({
    pipeline: 'ship',
    on: 'webhook',
    problem: null,
    last: { run: expect.stringMatching(/^run-/) },
  });
});
