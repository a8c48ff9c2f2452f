import { expect, test } from 'vitest';
import { answers, begin, look, metric, opened, request, walk } from './analysis.fixture.ts';
import { metricSentence, type phaseSentence, viewDetail } from './explain.ts';

const sentences = (state: { readonly metrics: Parameters<typeof phaseSentence>[1] }) =>
  state.metrics.map(metricSentence);

test('each metric of a decided analysis says what it came to', () => {
  const state = opened([metric({ count: 1 }), metric({ name: 'latency' })]);
  const running = look(state, { errors: answers.success }, begin);
  const decision = look(running.state, {}, begin, [request('cancel')]);
  expect(sentences(decision.state)).toEqual([
    'errors: passed, error rate 0.2 % ≤ 1 %',
    'latency: cancelled',
  ]);
});

test('all metrics that are against it are named, and passed ones are listed', () => {
  const metrics = ['errors', 'latency', 'saturation'].map((name) => metric({ name, count: 1 }));
  const { failure, success } = answers;
  const failed = look(opened(metrics), { errors: failure, latency: failure }, begin);
  expect(failed.because).toBe(
    'errors: 1 of 1 failure: error rate 5.2 % > 1 %; latency: 1 of 1 failure: error rate 5.2 % > 1 %',
  );
  const passed = { errors: success, latency: success, saturation: success };
  expect(look(opened(metrics), passed, begin).because).toBe(
    'errors, latency and saturation passed (3 successes)',
  );
});

test('the figures are those of the metric that decides', () => {
  const state = opened([metric({ name: 'latency' }), metric({ failureLimit: 2 })]);
  const first = look(state, { errors: answers.failure, latency: answers.success }, begin);
  const failed = look(first.state, { errors: answers.failure }, first.wakeAt ?? begin);
  expect(viewDetail(failed.state)).toEqual({
    metric: 'errors',
    successes: 0,
    failures: 2,
    failureLimit: 2,
    inconclusives: 0,
    errors: 0,
    last: {
      verdict: 'failure',
      value: { result: { errorRate: 0.052, requests: 500 } },
      because: 'error rate 5.2 % > 1 %',
      figures: null,
    },
  });
});

test('there are figures before the first measurement, and none without a metric', () => {
  expect(viewDetail(opened([metric()]))).toMatchObject({ metric: 'errors', last: null });
  expect(viewDetail(opened([]))).toBeNull();
  expect(walk(opened([metric()]), []).because).toBe('errors: waiting for the first measurement');
});
