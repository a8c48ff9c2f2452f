import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  fromGithub,
  fromGitlab,
  githubPush,
  signed,
} from '../../integrations/webhook/payloads.fixture.ts';
import { type Hooks, openHooks } from './hooks.fixture.ts';
import { secret } from './server.fixture.ts';

const own: { hooks?: Hooks } = {};
const hooks = (): Hooks => own.hooks as Hooks;
beforeAll(async () => {
  own.hooks = await openHooks();
});
afterAll(() => own.hooks?.close());
const world = () => hooks().world;
const post: Hooks['post'] = (path, sent) => hooks().post(path, sent);
const at = (): Date => new Date();

const count = async () =>
  await world().db.query(
    `select (select count(*) from webhook_deliveries) as d, (select count(*) from requests) as r, (select count(*) from runs) as n`,
  );

test.each([
  [
    'another secret',
    'pipelines/ship/built',
    () => fromGithub('guess', githubPush, 'workflow_run'),
    401,
    'TG1941',
  ],
  ['no proof', 'pipelines/ship/any', () => ({ headers: {}, body: '{}' }), 401, 'TG1941'],
  [
    'an API token',
    'pipelines/ship/any',
    () => ({ headers: { authorization: `Bearer ${secret}` }, body: '{}' }),
    401,
    'TG1941',
  ],
  [
    'an old time stamp',
    'pipelines/ship/any',
    () => signed(secret, {}, {}, new Date(Date.now() - 301_000)),
    409,
    'TG1942',
  ],
  [
    'a body that is no JSON',
    'pipelines/ship/any',
    () => signed(secret, '{', {}, at()),
    422,
    'TG1944',
  ],
  ['no such pipeline', 'pipelines/nothing/any', () => signed(secret, {}, {}, at()), 404, 'TG1943'],
  ['no such trigger', 'pipelines/ship/nothing', () => signed(secret, {}, {}, at()), 404, 'TG1943'],
  [
    'a trigger of another kind',
    'pipelines/ship/published',
    () => signed(secret, {}, {}, at()),
    404,
    'TG1943',
  ],
  [
    'a pipeline of another application',
    'pipelines/ops/any?application=shop',
    () => signed(secret, {}, {}, at()),
    404,
    'TG1943',
  ],
  [
    'a pipeline of two applications',
    'pipelines/shared/any',
    () => signed(secret, {}, {}, at()),
    404,
    'TG1943',
  ],
  [
    'a secret that is not set here',
    'pipelines/ship/unset',
    () => signed(secret, {}, {}, at()),
    422,
    'TG1911',
  ],
  [
    'a name that is none',
    'pipelines/ship/..%2fany',
    () => signed(secret, {}, {}, at()),
    400,
    'TG1603',
  ],
  [
    'a body over 5 MiB',
    'pipelines/ship/any',
    () => signed(secret, 'x'.repeat(5 * 1_048_576 + 1), {}, at()),
    413,
    'TG1605',
  ],
])('%s is refused and leaves nothing', async (_what, path, send, status, code) => {
  const before = await count();
  const answer = await post(path, send());
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect(JSON.stringify(answer.body)).not.toContain(secret);
  expect(await count()).toEqual(before);
});

test('an event that nobody asks for is answered, and leaves nothing', async () => {
  const before = await count();
  const answer = await post(
    'pipelines/ship/built',
    fromGithub(secret, { zen: 'x' }, 'ping', 'ping-1'),
  );
  expect(answer).toEqual({
    status: 200,
    body: { delivery: 'ping-1', type: 'ping', run: null, duplicate: false },
  });
  expect(await count()).toEqual(before);
});

test('whatever a genuine body holds, it is kept or refused, and never breaks anything', async () => {
  const body = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc.jsonValue({ stringUnit: 'binary' }).map((value) => JSON.stringify(value)),
  );
  await fc.assert(
    fc.asyncProperty(body, fc.constantFrom('any', 'jenkins', 'gitlab'), async (text, trigger) => {
      const sent =
        trigger === 'gitlab'
          ? fromGitlab(secret, text, 'Pipeline Hook', '')
          : signed(secret, text, {}, at());
      const { status } = await post(`pipelines/ship/${trigger}`, sent);
      expect([200, 202, 422]).toContain(status);
    }),
    {
      numRuns: 150,
      examples: [
        ['{"a":"\\u0000"}', 'any'],
        ['{"type":"\\ud800"}', 'any'],
        [`${'['.repeat(5_000)}${']'.repeat(5_000)}`, 'any'],
        ['{"__proto__":{"x":1},"constructor":1}', 'any'],
        ['{"build":{"phase":{},"status":[]}}', 'jenkins'],
      ],
    },
  );
});
