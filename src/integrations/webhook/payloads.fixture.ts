import { createHmac } from 'node:crypto';
import { now, type Sent } from './contract.ts';

/*
 * Payloads with the field names of the vendors' documentation, and values of our own:
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads
 * https://docs.gitlab.com/user/project/integrations/webhook_events/
 * https://plugins.jenkins.io/notification/
 */
const commit = 'c0ffee00'.repeat(5);
const repository = {
  id: 7,
  node_id: 'R_7',
  name: 'shop',
  full_name: 'team/shop',
  private: true,
  html_url: 'https://github.com/team/shop',
  clone_url: 'https://github.com/team/shop.git',
  ssh_url: 'git@github.com:team/shop.git',
  hooks_url: 'https://api.github.com/repos/team/shop/hooks',
  default_branch: 'main',
};

export const githubPush = {
  ref: 'refs/heads/main',
  before: '0'.repeat(40),
  after: commit,
  created: false,
  deleted: false,
  forced: false,
  compare: `https://github.com/team/shop/compare/0...${commit}`,
  commits: [
    {
      id: commit,
      message: 'Sell more',
      timestamp: '2026-03-01T09:59:00Z',
      author: { name: 'Ada', email: 'ada@example.com', username: 'ada' },
      added: [],
      removed: [],
      modified: ['server.js'],
    },
  ],
  head_commit: { id: commit, message: 'Sell more' },
  repository,
  pusher: { name: 'ada', email: 'ada@example.com' },
  sender: { login: 'ada', id: 1 },
};

export const githubWorkflowRun = {
  action: 'completed',
  workflow_run: {
    id: 30_433_642,
    name: 'Build',
    head_branch: 'main',
    head_sha: commit,
    path: '.github/workflows/build.yaml',
    run_number: 562,
    run_attempt: 1,
    event: 'push',
    status: 'completed',
    conclusion: 'success',
    html_url: 'https://github.com/team/shop/actions/runs/30433642',
    jobs_url: 'https://api.github.com/repos/team/shop/actions/runs/30433642/jobs',
  },
  workflow: { id: 159_038, name: 'Build', state: 'active' },
  repository,
  sender: { login: 'ada', id: 1 },
};

export const githubRelease = {
  action: 'published',
  release: {
    id: 1,
    tag_name: 'v1.2.3',
    target_commitish: 'main',
    name: 'v1.2.3',
    draft: false,
    prerelease: false,
    html_url: 'https://github.com/team/shop/releases/tag/v1.2.3',
  },
  repository,
  sender: { login: 'ada', id: 1 },
};

export const gitlabPipeline = {
  object_kind: 'pipeline',
  object_attributes: {
    id: 31,
    iid: 3,
    ref: 'main',
    tag: false,
    sha: commit,
    source: 'push',
    status: 'success',
    detailed_status: 'passed',
    stages: ['build', 'test'],
    duration: 63,
    url: 'https://gitlab.example/team/shop/-/pipelines/31',
  },
  user: { id: 1, name: 'Ada', username: 'ada', avatar_url: 'https://gitlab.example/ada.png' },
  project: { id: 1, name: 'Shop', path_with_namespace: 'team/shop', default_branch: 'main' },
  commit: { id: commit, message: 'Sell more', author: { name: 'Ada', email: 'ada@example.com' } },
  builds: [{ id: 380, stage: 'build', name: 'image', status: 'success' }],
};

export const gitlabTagPush = {
  object_kind: 'tag_push',
  event_name: 'tag_push',
  before: '0'.repeat(40),
  after: commit,
  ref: 'refs/tags/v1.2.3',
  checkout_sha: commit,
  user_name: 'Ada',
  project_id: 1,
  project: { id: 1, path_with_namespace: 'team/shop' },
  commits: [],
  total_commits_count: 0,
};

export const jenkinsFinalized = {
  name: 'shop',
  display_name: 'shop',
  url: 'job/shop/',
  build: {
    full_url: 'https://jenkins.example/job/shop/18/',
    number: 18,
    queue_id: 1,
    timestamp: 1_772_359_200_000,
    duration: 4_242,
    phase: 'FINALIZED',
    status: 'SUCCESS',
    url: 'job/shop/18/',
    scm: { url: 'https://github.com/team/shop.git', branch: 'origin/main', commit },
    parameters: { image: `registry.example/shop@sha256:${'a'.repeat(64)}` },
    log: 'Finished: SUCCESS',
    artifacts: { 'shop.tar': { archive: 'https://jenkins.example/job/shop/18/artifact/shop.tar' } },
  },
};

export const cdeventArtifact = {
  context: {
    specversion: '0.5.1',
    id: 'ev-1',
    source: '/ci/shop',
    type: 'dev.cdevents.artifact.published.0.3.0',
    timestamp: '2026-03-01T09:59:59Z',
  },
  subject: {
    id: `pkg:oci/shop@sha256%3A${'a'.repeat(64)}`,
    source: '/ci/shop',
    content: { user: 'ada' },
  },
};

const hmac = (secret: string, content: string): string =>
  `sha256=${createHmac('sha256', secret).update(content, 'latin1').digest('hex')}`;
/** JSON as bytes, one to a character. */
export const bytesOf = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('latin1');
const sent = (body: string, headers: Sent['headers']): Sent => ({
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(body, 'latin1'),
});

export function fromGithub(secret: string, payload: unknown, event = 'push', id = 'd-1'): Sent {
  const body = bytesOf(payload);
  return sent(body, {
    'x-github-event': event,
    'x-github-delivery': id,
    'x-hub-signature-256': hmac(secret, body),
  });
}

export const fromGitlab = (
  secret: string,
  payload: unknown,
  event = 'Pipeline Hook',
  id = 'd-1',
): Sent =>
  sent(bytesOf(payload), {
    'x-gitlab-event': event,
    'x-gitlab-token': secret,
    'idempotency-key': id,
    'x-gitlab-event-uuid': 'shared',
  });

export const fromJenkins = (secret: string, payload: unknown): Sent =>
  sent(bytesOf(payload), {
    authorization: `Basic ${Buffer.from(`jenkins:${secret}`).toString('base64')}`,
  });

export function signed(
  secret: string,
  payload: unknown,
  headers: Sent['headers'] = {},
  at: Date = now,
): Sent {
  const body = bytesOf(payload);
  const timestamp = String(Math.floor(at.getTime() / 1000));
  return sent(body, {
    'x-tidegate-timestamp': timestamp,
    'x-tidegate-signature': hmac(secret, `${timestamp}.${body}`),
    ...headers,
  });
}

/** A CloudEvent that carries a CDEvent, in binary mode. */
export const cloudEventHeaders = (event: typeof cdeventArtifact): Sent['headers'] => ({
  'ce-specversion': '1.0',
  'ce-id': event.context.id,
  'ce-source': event.context.source,
  'ce-type': event.context.type,
  'ce-subject': event.subject.id,
  'ce-time': event.context.timestamp,
});

/** The same in structured mode. */
export const structured = (event: typeof cdeventArtifact): object => ({
  specversion: '1.0',
  id: event.context.id,
  source: event.context.source,
  type: event.context.type,
  subject: event.subject.id,
  time: event.context.timestamp,
  datacontenttype: 'application/json',
  data: event,
});
