import { expect, test } from 'vitest';
import {
  after,
  answers,
  begin,
  look,
  metric,
  opened,
  request,
  type Verdict,
  walk,
} from './analysis.fixture.ts';
import { dueMetrics } from './due.ts';

const ended: readonly (readonly [string, readonly Verdict[], string, string])[] = [
  ['with a success', ['success'], 'successful', 'errors passed (1 success)'],
  [
    'with a failure under its limit and a success',
    ['failure', 'success', 'inconclusive'],
    'successful',
    'errors passed (1 success)',
  ],
  ['before any measurement', [], 'inconclusive', 'errors: ended without a success: no data yet'],
  [
    'with no data only',
    ['inconclusive', 'inconclusive'],
    'inconclusive',
    'errors: ended without a success: no data',
  ],
  [
    'with a failure under its limit only',
    ['failure'],
    'inconclusive',
    'errors: ended without a success: error rate 5.2 % > 1 %',
  ],
];

test.each(ended)('a background analysis is ended %s', (_name, verdicts, phase, because) => {
  const running = walk(opened([metric({ failureLimit: 2 })]), verdicts);
  const decision = look(running.state, {}, after(600_000), [request('end', 'the wave is done')]);
  expect(decision.phase).toBe(phase);
  expect(decision.because).toBe(because);
  expect(decision.taken?.requests).toEqual([7]);
  expect(decision.wake).toEqual(['rollout/ro-1']);
  expect(decision.events?.[0]).toMatchObject({
    type: `analysis.${phase}`,
    actor: 'rollout/ro-1',
    requestId: 'req-1',
  });
});

test('every metric needs a success of its own to pass at the end', () => {
  const state = opened([metric({}), metric({ name: 'latency' })]);
  const running = look(state, { errors: answers.success, latency: answers.inconclusive }, begin);
  const decision = look(running.state, {}, after(20_000), [request('end')]);
  expect(decision.phase).toBe('inconclusive');
  expect(decision.because).toBe('latency: ended without a success: no data');
});

test('a last look at the end counts, for and against', () => {
  const fresh = opened([metric({})]);
  const good = look(fresh, { errors: answers.success }, after(1_000), [request('end')]);
  expect(good.phase).toBe('successful');
  const running = look(fresh, { errors: answers.success }, begin);
  const bad = look(running.state, { errors: answers.failure }, after(10_000), [request('end')]);
  expect(bad.phase).toBe('failed');
});

test('what is due: by time, and at the end also what has no success yet', () => {
  const state = opened([metric({ initialDelay: '30s' }), metric({ name: 'latency' })]);
  const names = (ending: boolean, ms: number) =>
    dueMetrics(state, ending, after(ms)).map((due) => due.metric.metric.name);
  expect(names(false, 0)).toEqual(['latency']);
  expect(names(true, 0)).toEqual(['errors', 'latency']);
  expect(names(false, 30_000)).toEqual(['errors', 'latency']);
  const successful = look(state, { latency: answers.success }, begin).state;
  expect(dueMetrics(successful, true, after(1)).map((due) => due.position)).toEqual([0]);
  const over = look(state, {}, begin, [request('cancel')]).state;
  expect(dueMetrics(over, true, after(60_000))).toEqual([]);
});

test.each([
  ['aborted by anna', 'aborted by anna'],
  ['', 'cancelled by rollout/ro-1'],
])('cancel (%j) ends it without a judgement', (because, said) => {
  const running = walk(opened([metric({})]), ['success']);
  const decision = look(running.state, { errors: answers.failure }, after(20_000), [
    request('cancel', because),
  ]);
  expect(decision.phase).toBe('cancelled');
  expect(decision.because).toBe(said);
  expect(decision.terminal).toBe(true);
  expect(decision.wakeAt).toBeNull();
  expect(decision.wake).toEqual(['rollout/ro-1']);
  expect(decision.state.metrics[0]?.failures).toBe(0);
  expect(decision.events?.map((event) => event.type)).toEqual(['analysis.cancelled']);
});

test('cancelling keeps the phase of a metric that was decided', () => {
  const state = opened([metric({ count: 1 }), metric({ name: 'latency' })]);
  const running = look(state, { errors: answers.success }, begin);
  const decision = look(running.state, {}, after(1), [request('cancel')]);
  expect(decision.state.metrics.map((m) => m.phase)).toEqual(['successful', 'cancelled']);
});

test.each(['end', 'cancel'])(
  '%s on an analysis that is over changes nothing and is taken',
  (action) => {
    const failed = walk(opened([metric({})]), ['failure']);
    const decision = look(failed.state, {}, after(60_000), [request(action)]);
    expect(decision.state).toEqual(failed.state);
    expect(decision.phase).toBe('failed');
    expect(decision.events).toBeUndefined();
    expect(decision.wake).toBeUndefined();
    expect(decision.taken?.requests).toEqual([7]);
  },
);

test('an answer for a metric that is decided already is not counted', () => {
  const state = opened([metric({ count: 1 }), metric({ name: 'latency' })]);
  const running = look(state, { errors: answers.success }, begin);
  const again = look(running.state, { errors: answers.failure }, after(10_000));
  expect(again.state.metrics[0]).toEqual(running.state.metrics[0]);
  expect(again.phase).toBe('running');
});

test('without a metric nothing is ever successful', () => {
  const decision = look(opened([]), {}, begin);
  expect(decision.phase).toBe('inconclusive');
  expect(decision.because).toBe('there is nothing to measure');
});
