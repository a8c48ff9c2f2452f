import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { metricSourceContract } from './contract.ts';
import { fakeMetricSource } from './fake.ts';
import { questionOf } from './question.fixture.ts';
import { metricSourceNames, metricSources } from './registry.ts';

test('the registry lists exactly the adapters that have a folder', async () => {
  const entries = await readdir(import.meta.dirname, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  expect([...metricSourceNames].sort()).toEqual(folders.sort());
});

test('each source is found by its own name, and no other', () => {
  const find = metricSources({ readCounters: async () => [], clock: () => 0 });
  for (const name of metricSourceNames) expect(find(name)?.name).toBe(name);
  expect(find('graphite')).toBeNull();
  expect(find('constructor')).toBeNull();
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
