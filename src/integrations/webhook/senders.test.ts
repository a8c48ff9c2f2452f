import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { boundedEvent, largestEvent } from './bounded.ts';
import { cdeventsSender } from './cdevents/cdevents.ts';
import { ask, codeOf, now, type Sent, secret } from './contract.ts';
import { genericSender } from './generic/generic.ts';
import { githubSender } from './github/github.ts';
import { gitlabSender } from './gitlab/gitlab.ts';
import { jenkinsSender } from './jenkins/jenkins.ts';
import {
  cdeventArtifact,
  cloudEventHeaders,
  fromGithub,
  fromGitlab,
  fromJenkins,
  githubPush,
  githubRelease,
  githubWorkflowRun,
  gitlabPipeline,
  gitlabTagPush,
  jenkinsFinalized,
  signed,
  structured,
} from './payloads.fixture.ts';
import type { WebhookSender } from './port.ts';

const event = (sender: WebhookSender, sent: Sent) => {
  const answer = ask(sender, sent);
  if (!answer.ok) throw new Error(`${answer.problem.code} ${answer.problem.detail}`);
  return answer;
};
const commit = githubPush.after;

test('GitHub: its own example of a signature fits', () => {
  // The values that its documentation gives to test an implementation with.
  const headers = {
    'x-github-event': 'push',
    'x-hub-signature-256':
      'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
  };
  const answer = ask(
    githubSender,
    { headers, body: 'Hello, World!' },
    { secret: "It's a Secret to Everybody" },
  );
  expect(codeOf(answer)).toBe('TG1944');
});

test('GitHub: the type is the event and its action, and the API addresses are left out', () => {
  const push = event(githubSender, fromGithub(secret, githubPush));
  expect(push).toMatchObject({
    delivery: 'd-1',
    type: 'push',
    event: { body: { ref: 'refs/heads/main', head_commit: { id: commit } } },
  });
  expect(push.event).not.toHaveProperty('truncated');
  const run = event(githubSender, fromGithub(secret, githubWorkflowRun, 'workflow_run'));
  expect(run).toMatchObject({
    type: 'workflow_run.completed',
    event: { body: { workflow_run: { head_sha: commit, conclusion: 'success' } } },
  });
  expect(run.event).not.toHaveProperty('body.workflow_run.jobs_url');
  expect(run.event).toHaveProperty('body.workflow_run.html_url');
  const release = event(githubSender, fromGithub(secret, githubRelease, 'release'));
  expect(release).toMatchObject({
    type: 'release.published',
    event: { body: { release: { tag_name: 'v1.2.3' } } },
  });
});

test('GitHub: a form with the payload is read too', () => {
  const body = new URLSearchParams({ payload: JSON.stringify(githubPush) }).toString();
  const sent = fromGithub(secret, body);
  const headers = { ...sent.headers, 'content-type': 'application/x-www-form-urlencoded' };
  expect(event(githubSender, { ...sent, headers }).event).toMatchObject({
    body: { after: commit },
  });
});

test('GitHub: without an id the body is the delivery, and a hostile id is a digest', () => {
  const bare = (id: string) =>
    event(githubSender, fromGithub(secret, githubPush, 'push', id)).delivery;
  expect(bare('')).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(bare('a b\nc')).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(bare('x'.repeat(201))).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(bare('a b')).not.toBe(bare('a c'));
});

test('GitLab: the kind comes from the header, the status from the payload', () => {
  const pipeline = event(gitlabSender, fromGitlab(secret, gitlabPipeline));
  expect(pipeline).toMatchObject({
    delivery: 'd-1',
    type: 'pipeline.success',
    event: { body: { object_attributes: { sha: commit } } },
  });
  const tag = event(gitlabSender, fromGitlab(secret, gitlabTagPush, 'Tag Push Hook'));
  expect(tag).toMatchObject({ type: 'tag_push', event: { body: { ref: 'refs/tags/v1.2.3' } } });
});

test('GitLab: retries share their key; older servers send only the id of the event', () => {
  const { headers, body } = fromGitlab(secret, gitlabPipeline, 'Pipeline Hook', 'key-2');
  expect(event(gitlabSender, { headers, body }).delivery).toBe('key-2');
  const { 'idempotency-key': _, ...older } = headers;
  expect(event(gitlabSender, { headers: older, body }).delivery).toBe('shared');
});

test('GitLab: a token is right as a whole or not at all', () => {
  for (const token of [secret.slice(0, -1), `${secret} `, secret.toUpperCase()])
    expect(codeOf(ask(gitlabSender, fromGitlab(token, gitlabPipeline)))).toBe('TG1941');
});

test('Jenkins: phase and status are the type; the console is left out', () => {
  const answer = event(jenkinsSender, fromJenkins(secret, jenkinsFinalized));
  expect(answer).toMatchObject({
    type: 'finalized.success',
    event: { body: { build: { number: 18, scm: { commit } } } },
  });
  expect(answer.event).not.toHaveProperty('body.build.log');
  const other = { ...jenkinsFinalized, build: { ...jenkinsFinalized.build, number: 19 } };
  expect(event(jenkinsSender, fromJenkins(secret, other)).delivery).not.toBe(answer.delivery);
});

test.each([
  ['a bearer token', { authorization: `Bearer ${secret.replaceAll(' ', '_')}` }],
  ['a header of its own', { 'x-tidegate-token': secret.replaceAll(' ', '_') }],
])('Jenkins: %s proves it too', (_what, headers) => {
  const sent = { headers, body: '{"built":true}' };
  const found = ask(jenkinsSender, sent, { secret: secret.replaceAll(' ', '_') });
  expect(found).toMatchObject({ ok: true, type: 'event' });
});

test('Jenkins: a signature is checked as a signature, whatever token comes with it', () => {
  const sent = signed('guess', {}, { 'x-tidegate-token': secret });
  expect(codeOf(ask(jenkinsSender, sent))).toBe('TG1941');
  expect(codeOf(ask(jenkinsSender, signed(secret, {})))).toBe('ok');
});

test('generic: the signature is over the time stamp and the body', () => {
  // printf '1772359200.{"type":"built"}' | openssl dgst -sha256 -hmac tell-nobody
  const headers = {
    'x-tidegate-timestamp': '1772359200',
    'x-tidegate-signature':
      'sha256=ce9c22107b4055b9a4323a958b6f65399a815ea36d1780230780cfac559d4add',
    'x-tidegate-delivery': 'b-1',
  };
  const sent = { headers, body: '{"type":"built"}' };
  expect(ask(genericSender, sent, { secret: 'tell-nobody' })).toMatchObject({
    ok: true,
    delivery: 'b-1',
    type: 'built',
  });
  const moved = { ...sent, headers: { ...headers, 'x-tidegate-timestamp': '1772359201' } };
  expect(codeOf(ask(genericSender, moved, { secret: 'tell-nobody' }))).toBe('TG1941');
});

test.each([
  [-301, 'TG1942'],
  [-300, 'ok'],
  [0, 'ok'],
  [300, 'ok'],
  [301, 'TG1942'],
])('generic: sent %s s from now is %s', (seconds, code) => {
  const sent = signed(secret, {}, {}, new Date(now.getTime() + seconds * 1000));
  expect(codeOf(ask(genericSender, sent))).toBe(code);
  expect(codeOf(ask(cdeventsSender, { ...sent }))).toBe(code === 'ok' ? 'TG1944' : code);
});

test.each(['', 'abc', '1e9', '-1', '1772359200.5', '99999999999999'])(
  'generic: %j is no time stamp',
  (timestamp) => {
    const body = '{}';
    const hmac = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
    const headers = { 'x-tidegate-timestamp': timestamp, 'x-tidegate-signature': `sha256=${hmac}` };
    expect(['TG1941', 'TG1942']).toContain(codeOf(ask(genericSender, { headers, body })));
  },
);

test('CDEvents: both modes of CloudEvents are one event', () => {
  const binary = event(
    cdeventsSender,
    signed(secret, cdeventArtifact, cloudEventHeaders(cdeventArtifact)),
  );
  const content = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
  const whole = event(cdeventsSender, signed(secret, structured(cdeventArtifact), content));
  expect(whole).toEqual(binary);
  expect(whole).toMatchObject({
    type: 'dev.cdevents.artifact.published.0.3.0',
    event: {
      id: 'ev-1',
      source: '/ci/shop',
      subject: cdeventArtifact.subject.id,
      body: { subject: { content: { user: 'ada' } } },
    },
  });
});

test('CDEvents: the same id of another source is another event; a bearer token will do', () => {
  const bearer = (headers: Sent['headers']): Sent => ({
    headers: {
      'content-type': 'application/json',
      authorization: 'Bearer token-1',
      ...headers,
    },
    body: JSON.stringify(cdeventArtifact),
  });
  const headers = cloudEventHeaders(cdeventArtifact);
  const one = ask(cdeventsSender, bearer(headers), { secret: 'token-1' });
  const two = ask(cdeventsSender, bearer({ ...headers, 'ce-source': '/other' }), {
    secret: 'token-1',
  });
  expect([codeOf(one), codeOf(two)]).toEqual(['ok', 'ok']);
  if (one.ok && two.ok) expect(one.delivery).not.toBe(two.delivery);
});

test.each([
  ['no attributes', {}, {}],
  ['an older CloudEvents', { 'ce-specversion': '0.3' }, {}],
  ['a batch', { 'content-type': 'application/cloudevents-batch+json' }, []],
  [
    'a structured one without a type',
    { 'content-type': 'application/cloudevents+json' },
    { specversion: '1.0', id: '1', source: '/x' },
  ],
])('CDEvents: %s is TG1944', (_what, headers, body) => {
  const usual =
    Object.keys(headers).length === 0 || 'content-type' in headers
      ? {}
      : cloudEventHeaders(cdeventArtifact);
  expect(codeOf(ask(cdeventsSender, signed(secret, body, { ...usual, ...headers })))).toBe(
    'TG1944',
  );
});

test('an event keeps what lies near its top for longest', () => {
  const body = {
    ref: 'refs/heads/main',
    commits: Array.from({ length: 500 }, (_, at) => ({ id: `${at}`, message: 'm'.repeat(300) })),
  };
  const bounded = boundedEvent({ on: 'webhook' }, { value: body, isPlain: false });
  expect(JSON.stringify(bounded).length).toBeLessThanOrEqual(largestEvent);
  expect(bounded).toMatchObject({ truncated: true, body: { ref: 'refs/heads/main' } });
  expect(boundedEvent({}, { value: { a: [1, 'two', null, true] }, isPlain: false })).toEqual({
    body: { a: [1, 'two', null, true] },
  });
  const wide = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, at) => [`k${at}`, 'v'.repeat(99)]),
  );
  expect(boundedEvent({}, { value: wide, isPlain: false })).toMatchObject({ truncated: true });
});
