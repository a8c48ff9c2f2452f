import { expect, test, vi } from 'vitest';
import type { DurableObject, Inbox } from '../../engine/types.ts';
import type { MetricSource } from '../../integrations/metric-source/port.ts';
import { after, answers, begin, metric, opened } from './analysis.fixture.ts';
import { metricStates } from './open.ts';
import { analysisReconciler } from './reconcile.ts';
import type { AnalysisState } from './types.ts';

const object = (state: AnalysisState): DurableObject<AnalysisState> => ({
  id: 'analysis/ro-1/0/step',
  kind: 'analysis',
  key: 'ro-1/0/step',
  generation: 1,
  phase: state.phase,
  state,
  news: 0,
  failures: 0,
});
const inbox: Inbox = { now: begin, effects: [], requests: [] };
const load = (measure: MetricSource['measure'], state: AnalysisState) =>
  analysisReconciler({ sources: (name) => ({ name, measure }) }).load(object(state), inbox);
const web = (timeout: string) =>
  metric({ provider: { web: { url: 'http://127.0.0.1:9', timeout } } });

test('only what is due is measured, at the time of the database', async () => {
  const state = opened([metric(), metric({ name: 'later', initialDelay: '1m' })]);
  const snapshot = await load(async () => answers.success, state);
  expect(snapshot.at).toBe(begin.toISOString());
  expect(snapshot.answers).toEqual({ 0: answers.success });
});

test('a source that throws is an error, not a failed reconcile', async () => {
  const snapshot = await load(() => Promise.reject(new Error('a bug')), opened([metric()]));
  expect(snapshot.answers[0]).toMatchObject({
    ok: false,
    problem: { code: 'TG1401', detail: 'The metric source router failed: a bug' },
  });
  const odd = await load(() => Promise.reject('text'), opened([metric()]));
  expect(odd.answers[0]?.ok).toBe(false);
});

test.each([
  ['web', web('50ms')],
  [
    'prometheus',
    metric({
      provider: { prometheus: { address: 'http://127.0.0.1:9', query: 'up', timeout: '50ms' } },
    }),
  ],
])(
  'a source (%s) that never answers and does not heed its signal is left behind',
  async (_, slow) => {
    const snapshot = await load(() => new Promise(() => {}), opened([slow]));
    expect(snapshot.answers[0]).toMatchObject({
      ok: false,
      problem: { detail: 'The metric source did not answer in time.' },
    });
  },
);

test('an answer that decides is not kept waiting by a slow source, which is told to stop', async () => {
  const state = opened([metric(), { ...web('10s'), name: 'slow' }, metric({ name: 'c' })]);
  const signals: AbortSignal[] = [];
  const begun = performance.now();
  const snapshot = await load(({ provider }, signal) => {
    signals.push(signal);
    return 'web' in provider ? new Promise(() => {}) : Promise.resolve(answers.failure);
  }, state);
  expect(performance.now() - begun).toBeLessThan(5_000);
  expect(Object.keys(snapshot.answers)).not.toContain('1');
  expect(snapshot.answers[0]).toEqual(answers.failure);
  expect(signals.every((signal) => signal.aborted)).toBe(true);
});

test('an answer leaves no timer behind that would hold what was looked at', async () => {
  vi.useFakeTimers();
  try {
    await load(async () => answers.success, opened([metric(), web('10s')]));
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test('a source that throws at once is an error too', async () => {
  const snapshot = await load(
    () => {
      throw new Error('at once');
    },
    opened([metric()]),
  );
  expect(snapshot.answers[0]).toMatchObject({ ok: false });
});

test('arguments of the analysis win over those of the template', async () => {
  const spec = {
    args: [{ name: 'limit', value: '1' }, { name: 'team', value: 'shop' }, { name: 'free' }],
    metrics: [metric()],
  };
  const metrics = metricStates(spec, begin);
  const state = { ...opened([]), metrics, args: { limit: '2' } };
  const asked: unknown[] = [];
  await load(async (question) => {
    asked.push(question.args);
    return answers.success;
  }, state);
  expect(asked).toEqual([{ limit: '2', team: 'shop' }]);
});

test('state of a newer version is refused', () => {
  const reconciler = analysisReconciler({ sources: () => null });
  const state = opened([metric()]);
  expect(reconciler.upgrade(state, 1)).toEqual(state);
  expect(() => reconciler.upgrade(state, 2)).toThrow('TG1702');
});

test('a metric of a template begins after its delay', () => {
  const metrics = [metric({ initialDelay: '30s' }), metric({ name: 'b' })];
  const states = metricStates({ args: [], metrics }, after(60_000));
  expect(states.map((one) => one.nextAt)).toEqual(
    [90_000, 60_000].map((ms) => after(ms).getTime()),
  );
  expect(states[0]).toMatchObject({ phase: 'running', successes: 0, recent: [], baseline: null });
});

test('two templates may each have a metric of the same name; each gets its own answer', async () => {
  const state = opened([metric(), metric({ provider: { web: { url: 'http://127.0.0.1:9' } } })]);
  const reconciler = analysisReconciler({
    sources: (name) => ({
      name,
      measure: async () => (name === 'web' ? answers.failure : answers.success),
    }),
  });
  const snapshot = await reconciler.load(object(state), inbox);
  const decision = reconciler.decide(snapshot, begin);
  expect(decision.state.metrics.map((one) => [one.successes, one.failures])).toEqual([
    [1, 0],
    [0, 1],
  ]);
});
