import { Agent } from 'node:http';
import { expect, test } from 'vitest';
import { fetchOnce } from '../../../../../test/support/fixture-service/harness.ts';
import { withRouter } from '../../../../../test/support/fixture-service/open-router.ts';
import type { Route } from '../../../../capabilities/fleet/types.ts';

async function releases(url: string, times: number): Promise<Record<string, number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const counts: Record<string, number> = {};
  for (let i = 0; i < times; i += 1) {
    const { headers } = await fetchOnce(url, { agent });
    const release = String(headers['x-tidegate-release']);
    counts[release] = (counts[release] ?? 0) + 1;
  }
  agent.destroy();
  return counts;
}

test('weights are exact over 100 requests, and right at once when they change', async () => {
  await withRouter(async ({ url, addReplica, serve, router }) => {
    await addReplica('v1', 1);
    await addReplica('v2', 1);
    serve({ v1: 90, v2: 10 });
    expect(await releases(url, 100)).toEqual({ v1: 90, v2: 10 });
    serve({ v1: 67, v2: 33 });
    expect(await releases(url, 100)).toEqual({ v1: 67, v2: 33 });
    serve({ v2: 100 });
    expect(await releases(url, 20)).toEqual({ v2: 20 });
    expect(router.counters('v1').requests).toBe(157);
    expect(router.counters('v2').requests).toBe(63);
  });
});

test('replicas of a version share its requests', async () => {
  await withRouter(async ({ url, addReplica, serve }) => {
    await addReplica('v1', 1);
    await addReplica('v1', 2);
    serve({ v1: 100 });
    const bodies = await Promise.all(Array.from({ length: 20 }, () => fetchOnce(url)));
    const first = bodies.filter(({ body }) => body === 'v1/1').length;
    expect(first).toBe(10);
  });
});

test('nothing ready is a 503 with a problem document', async () => {
  await withRouter(async ({ url }) => {
    const { status, headers, body } = await fetchOnce(url);
    expect(status).toBe(503);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(headers['retry-after']).toBe('1');
    expect(JSON.parse(body)).toMatchObject({ status: 503, title: 'Service Unavailable' });
  });
});

const toV2 = (match: Route['match']): Route => ({ release: 'v2', match });

test.each<[string, Route['match'], Record<string, string>, boolean]>([
  ['header, exact', { header: { name: 'X-Beta', exact: 'yes' } }, { 'x-beta': 'yes' }, true],
  ['header, not exact', { header: { name: 'X-Beta', exact: 'yes' } }, { 'x-beta': 'yess' }, false],
  ['header, prefix', { header: { name: 'x-user', prefix: 'te' } }, { 'x-user': 'test' }, true],
  ['header, regex', { header: { name: 'x-user', regex: '^t.*t$' } }, { 'x-user': 'test' }, true],
  ['header, there', { header: { name: 'x-user' } }, { 'x-user': '' }, true],
  ['header, not there', { header: { name: 'x-user' } }, {}, false],
  [
    'a regex that would backtrack for hours',
    { header: { name: 'x-user', regex: '^(a+)+$' } },
    { 'x-user': `${'a'.repeat(60)}!` },
    false,
  ],
  ['bad regex', { header: { name: 'x-user', regex: '(' } }, { 'x-user': '(' }, false],
  [
    'too long for a regex',
    { header: { name: 'x-user', regex: 'a' } },
    { 'x-user': 'a'.repeat(2000) },
    false,
  ],
  ['cookie', { cookie: { name: 'beta', exact: '1' } }, { cookie: 'a=b; beta=1; c' }, true],
  ['another cookie', { cookie: { name: 'beta', exact: '1' } }, { cookie: 'xbeta=1' }, false],
])('a route by %s', async (_, match, headers, matches) => {
  await withRouter(async ({ url, addReplica, serve }) => {
    await addReplica('v1', 1);
    await addReplica('v2', 1);
    serve({ v1: 100 }, { routes: [toV2(match)] });
    expect((await fetchOnce(url, { headers })).body).toBe(matches ? 'v2/1' : 'v1/1');
    expect((await fetchOnce(url)).body).toBe('v1/1');
  });
});

test('a route to a version without a ready replica does not swallow requests', async () => {
  await withRouter(async ({ url, addReplica, serve }) => {
    await addReplica('v1', 1);
    serve({ v1: 100 }, { routes: [toV2({ header: { name: 'x-beta' } })] });
    expect((await fetchOnce(url, { headers: { 'x-beta': '1' } })).body).toBe('v1/1');
  });
});

test('a sticky client stays where it was, and moves when its version has no traffic any more', async () => {
  await withRouter(async ({ url, addReplica, serve }) => {
    await addReplica('v1', 1);
    await addReplica('v2', 1);
    const sticky = { cookie: 'tide', ttlSeconds: 60 };
    serve({ v1: 50, v2: 50 }, { sticky });
    const first = await fetchOnce(url);
    const release = first.headers['x-tidegate-release'];
    expect(first.headers['set-cookie']).toEqual([
      `tide=${release}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax`,
    ]);
    const headers = { cookie: `tide=${release}` };
    for (let i = 0; i < 10; i += 1) {
      const again = await fetchOnce(url, { headers });
      expect(again.headers['x-tidegate-release']).toBe(release);
      expect(again.headers['set-cookie']).toBeUndefined();
    }
    const other = release === 'v1' ? 'v2' : 'v1';
    serve({ [other]: 100 }, { sticky });
    expect((await fetchOnce(url, { headers })).headers['x-tidegate-release']).toBe(other);
    const odd = await fetchOnce(url, { headers: { cookie: 'tide=__proto__' } });
    expect(odd.headers['x-tidegate-release']).toBe(other);
  });
});

test('the preview port shows its release and nothing else', async () => {
  await withRouter(async ({ router, addReplica, serve, url }) => {
    await addReplica('v1', 1);
    await addReplica('v2', 1);
    serve({ v1: 100 }, { preview: 'v2' });
    const preview = `http://127.0.0.1:${await router.listen('127.0.0.1', 0, true)}`;
    expect((await fetchOnce(preview)).body).toBe('v2/1');
    expect((await fetchOnce(url)).body).toBe('v1/1');
    serve({ v1: 100 }, { preview: 'v3' });
    expect((await fetchOnce(preview)).status).toBe(503);
    router.closeDoor(true);
    await expect(fetchOnce(preview)).rejects.toThrow('ECONNREFUSED');
  });
});
