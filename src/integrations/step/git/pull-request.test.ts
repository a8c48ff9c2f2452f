import { afterEach, expect, test } from 'vitest';
import { outbound } from '../outbound.ts';
import { listen } from '../server.fixture.ts';
import { codeHost, token } from './pull-request.fixture.ts';
import { ensurePullRequest, type PullRequestAsk } from './pull-request.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function begin(kind: 'github' | 'gitlab') {
  const host = await codeHost(kind);
  stops.push(host.stop);
  const api = kind === 'github' ? `${host.url}/` : `${host.url}/api/v4`;
  const ask = (over: Partial<PullRequestAsk['wish']> = {}, more: Partial<PullRequestAsk> = {}) =>
    ensurePullRequest(
      outbound(),
      {
        wish: {
          ...{ host: kind, api, project: 'team/shop', base: null },
          ...{ title: 'Raise the limit', body: null, token: { secret: 'host' } },
          ...over,
        },
        ...{ branch: 'change', base: 'main', token },
        ...more,
      },
      new AbortController().signal,
    );
  return { host, ask };
}

const both = ['github', 'gitlab'] as const;

test.each(both)('%s: one is opened, and found again', async (kind) => {
  const { host, ask } = await begin(kind);
  host.pulls.push({ number: 1, head: 'other', base: 'main' });
  const first = await ask();
  expect(first).toMatchObject({ ok: true, value: { number: 2, opened: true } });
  expect(first.ok && first.value.url).toContain('team/shop');
  expect(await ask()).toMatchObject({ ok: true, value: { number: 2, opened: false } });
  expect(host.pulls).toHaveLength(2);
  expect(host.heard.filter((one) => one.method === 'POST')).toHaveLength(1);
});

test.each(both)('%s: one that somebody opens in between is taken', async (kind) => {
  const { host, ask } = await begin(kind);
  host.onCreate(() => host.pulls.push({ number: 1, head: 'change', base: 'main' }));
  expect(await ask()).toMatchObject({ ok: true, value: { number: 1, opened: false } });
  expect(host.pulls).toHaveLength(1);
});

test.each(both)(
  '%s: what the host refuses is told with its words, without the token',
  async (kind) => {
    const { host, ask } = await begin(kind);
    const wrong = await ask({}, { token: 'wr0ng-token' });
    expect(wrong).toMatchObject({ ok: false, problem: { code: 'TG1923' } });
    expect(JSON.stringify(wrong)).toContain('401');
    expect(JSON.stringify(wrong)).not.toContain('wr0ng');
    expect(await ask({ project: 'team/none' })).toMatchObject({ problem: { code: 'TG1923' } });
    expect(await ask({ title: '' })).toMatchObject({ problem: { code: 'TG1923' } });
    expect(host.pulls).toEqual([]);
  },
);

test.each(['shop', 'team/../../other', '../shop', 'team/sh op', 'team/shop?x=1'])(
  'a project %s is asked of nobody',
  async (project) => {
    const { host, ask } = await begin('github');
    expect(await ask({ project })).toMatchObject({ problem: { code: 'TG1923' } });
    expect(host.heard).toEqual([]);
  },
);

test.each([
  ['what is no list', { status: 200, body: { message: 'hello' } }],
  ['a page', { status: 200, body: '<html>' }],
  ['a failure', { status: 500, body: 'oops' }],
])('%s is not understood', async (_what, answer) => {
  const server = await listen(() => answer);
  stops.push(server.stop);
  const { ask } = await begin('gitlab');
  expect(await ask({ api: server.url })).toMatchObject({ problem: { code: 'TG1923' } });
  expect(await ask({ api: 'http://127.0.0.1:1' })).toMatchObject({ problem: { code: 'TG1921' } });
});
