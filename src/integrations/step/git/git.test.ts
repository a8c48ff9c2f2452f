import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { ProblemError } from '../../../platform/errors/problem.ts';
import type { Json } from '../../../platform/ids/types.ts';
import { openRepositories } from '../../git/registry.ts';
import { type GitRemote, gitRemote } from '../../git/remote.fixture.ts';
import { contextOf } from '../context.fixture.ts';
import { lookOf, stepContract } from '../contract.ts';
import { outbound } from '../outbound.ts';
import type { StepMove } from '../port.ts';
import { gitStep } from './git.ts';
import { codeHost, token } from './pull-request.fixture.ts';

const now = new Date('2026-03-02T10:00:00Z');
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** A real repository, and the step on it. */
async function begin() {
  const remote: GitRemote = await gitRemote();
  const mirrors = await mkdtemp(join(tmpdir(), 'tidegate-mirrors-'));
  const repositories = openRepositories({ mirrors });
  stops.push(async () => {
    await repositories.closeRepositories();
    await remote.close();
    await rm(mirrors, { recursive: true, force: true });
  });
  await remote.push({ 'limits.yaml': 'limit: 1\n' });
  const repository = repositories.open(remote.address);
  const adapter = gitStep({
    outbound: outbound(),
    commitFiles: async (wish) => {
      const [branch, base] = [wish.branch ?? 'main', wish.base ?? 'main'];
      const { message, trailers, key, files } = wish;
      const edits = Object.entries(files).map(([path, content]) => ({ path, content }));
      const done = await repository.commit({
        ...{ branch, from: base, edits, expect: {}, message, trailers, key },
      });
      if (!done.ok) throw new ProblemError(done.problem);
      const { value } = done;
      return { commit: value.ok ? value.commit : value.head, branch, base, isNew: value.ok };
    },
  });
  const perform = async (settings: Json, context = contextOf()): Promise<StepMove> => {
    const asked = adapter.decide(lookOf({ settings }), now);
    if (asked.is === 'end') return asked;
    const value = (await adapter.run?.(asked.effect ?? null, context)) ?? null;
    const outcome = { ok: true, value } as const;
    return adapter.decide(lookOf({ settings, memory: asked.memory, outcome }), now);
  };
  return { remote, adapter, perform };
}

const settings = (over: { readonly [name: string]: Json } = {}): Json => ({
  commit: { message: 'Raise the limit', files: { 'limits.yaml': 'limit: 2\n' } },
  ...over,
});

stepContract('git', () => ({
  adapter: gitStep({
    outbound: outbound(),
    commitFiles: async () => ({
      commit: 'c'.repeat(40),
      branch: 'main',
      base: 'main',
      isNew: true,
    }),
  }),
  settings: [settings()],
  values: [{ is: 'succeeded', because: 'commit', outputs: {} }],
  twice: async () => {
    const { remote, adapter } = await begin();
    await adapter.run?.(settings(), contextOf());
    // Somebody takes it back; the same effect again must not do it again.
    await remote.push({ 'limits.yaml': 'limit: 1\n' });
    await adapter.run?.(settings(), contextOf());
    expect(await remote.show('limits.yaml')).toBe('limit: 1');
    return Number(await remote.git('rev-list', '--count', 'main', '--author=Tidegate'));
  },
}));

test('it commits files with who and why, and removes those that are null', async () => {
  const { remote, perform } = await begin();
  await remote.push({ 'old.yaml': 'x' });
  const files = { 'limits.yaml': 'limit: 2\n', 'old.yaml': null };
  const move = await perform(settings({ commit: { message: 'Raise the limit', files } }));
  const head = await remote.head();
  expect(move).toMatchObject({
    ...{ status: 'succeeded', because: `commit ${head.slice(0, 12)} on main` },
    outputs: { commit: head, branch: 'main', base: 'main' },
  });
  expect(await remote.show('limits.yaml')).toBe('limit: 2');
  expect(await remote.show('old.yaml')).toBeNull();
  const log = await remote.git('log', '-1', '--format=%B', 'main');
  expect(log).toContain('Raise the limit');
  for (const line of ['Run: run-1', 'Step: one', 'Actor: user:ada', 'Key: run/run-1/4/0'])
    expect(log).toContain(`Tidegate-${line}`);
});

test('what is so already needs no commit', async () => {
  const { remote, perform } = await begin();
  const before = await remote.head();
  const same = { message: 'Same', files: { 'limits.yaml': 'limit: 1\n' } };
  expect(await perform(settings({ commit: same }))).toMatchObject({
    ...{ status: 'succeeded', because: 'main had just this content already' },
    outputs: { commit: before },
  });
  expect(await remote.head()).toBe(before);
});

test('a path that leaves the repository is refused, and nothing is written', async () => {
  const { remote, perform } = await begin();
  const before = await remote.head();
  const outside = { message: 'No', files: { '../etc/passwd': 'x' } };
  const move = await perform(settings({ commit: outside }));
  expect(move).toMatchObject({ status: 'errored' });
  expect(move.because).toContain('TG1010');
  expect(await remote.head()).toBe(before);
});

const pull = (api: string): Json => ({
  ...{ host: 'github', api, project: 'team/shop', title: 'Raise the limit' },
  token: { secret: 'host' },
});

test('a pull request comes from a branch of its own, once however often it is tried', async () => {
  const { remote, perform } = await begin();
  const host = await codeHost('github');
  stops.push(host.stop);
  const before = await remote.head();
  const given = settings({ pullRequest: pull(host.url) });
  const secrets = { host: token };
  const first = await perform(given, contextOf({ secrets }));
  const branch = 'tidegate/run-1-one';
  expect(first).toMatchObject({
    status: 'succeeded',
    outputs: {
      ...{ commit: await remote.head(branch), branch, base: 'main' },
      pullRequest: { number: 1, url: 'https://github.com/team/shop/pull/1', opened: true },
    },
  });
  expect(await remote.head()).toBe(before);
  expect(await remote.show('limits.yaml', branch)).toBe('limit: 2');
  const again = await perform(given, contextOf({ secrets, key: 'run/run-1/9/0' }));
  expect(again).toMatchObject({ outputs: { pullRequest: { number: 1, opened: false } } });
  expect(host.pulls).toEqual([{ number: 1, head: branch, base: 'main' }]);
});

test('without its token nothing is committed; a host that refuses is told with the commit', async () => {
  const { remote, perform } = await begin();
  const host = await codeHost('github');
  stops.push(host.stop);
  const given = settings({ pullRequest: pull(host.url), branch: 'change' });
  await expect(perform(given)).rejects.toThrow('no secret host');
  await expect(remote.head('change')).rejects.toThrow();
  const move = await perform(given, contextOf({ secrets: { host: 'wrong' } }));
  expect(move).toMatchObject({
    status: 'errored',
    outputs: { commit: await remote.head('change') },
  });
  expect(move.because).toContain('but no pull request: TG1923');
});
