import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { metricSourceContract } from './contract.ts';
import { fakeMetricSource } from './fake.ts';
import { questionOf } from './question.fixture.ts';
import { metricSourceNames, metricSources } from './registry.ts';
import { serve } from './server.fixture.ts';

test('the registry lists exactly the adapters that have a folder', async () => {
  const entries = await readdir(import.meta.dirname, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  expect([...metricSourceNames].sort()).toEqual(folders.sort());
});

test('each source is found by its own name, and no other', () => {
  const find = metricSources({
    readCounters: async () => [],
    clock: () => 0,
    secret: async () => 'none',
  });
  for (const name of metricSourceNames) expect(find(name)?.name).toBe(name);
  expect(find('ganglia')).toBeNull();
  expect(find('constructor')).toBeNull();
});

test('over the network the same is asked once, and again after a failure; the router is asked each time', async () => {
  const statuses = [503, 200];
  const paths: string[] = [];
  const server = await serve((request, answer) => {
    paths.push(request.url ?? '');
    answer.writeHead(statuses[paths.length - 1] ?? 500).end('7');
  });
  const looks: number[] = [];
  const readCounters = async () => {
    looks.push(looks.length);
    return [];
  };
  const none = async () => 'none';
  const deps = { readCounters, clock: () => 0, secret: none, sleep: async () => {} };
  const find = metricSources(deps);
  const ask = (name: string, provider: object) =>
    find(name)?.measure(questionOf({ [name]: provider }), AbortSignal.timeout(5_000));
  const web = { url: `${server.url}/rate` };
  expect(await ask('web', web)).toMatchObject({ ok: true, value: { result: 7 } });
  expect(await ask('web', web)).toMatchObject({ ok: true, value: { result: 7 } });
  expect(paths).toEqual(['/rate', '/rate']);
  await ask('router', {});
  await ask('router', {});
  expect(looks).toHaveLength(2);
  await server.stop();
});

metricSourceContract('router', async () => {
  const source = fakeMetricSource('router');
  const measure: typeof source.measure = (question, signal) => {
    const value = question.args.has === 'value' ? { result: 1 } : null;
    source.set({ ok: true, value, query: 'fake', baseline: null });
    return source.measure(question, signal);
  };
  return {
    source: { name: source.name, measure },
    value: questionOf({ router: {} }, { args: { has: 'value' } }),
    noData: questionOf({ router: {} }),
    silent: null,
    end: async () => {},
  };
});

test('the fake remembers what it was asked, and heeds its signal', async () => {
  const source = fakeMetricSource('router');
  const question = questionOf({ router: {} });
  expect(await source.measure(question, AbortSignal.abort())).toMatchObject({ ok: false });
  expect(source.asked).toEqual([question]);
});
