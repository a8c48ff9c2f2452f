import { expect, test } from 'vitest';
import type { AnalysisState } from '../analysis/types.ts';
import { openingOf } from './analysis-opening.ts';
import { fresh, metricState, old, snapshot, start } from './fixture.ts';

const now = start.getTime();
const from = snapshot();
const look = { snapshot: from, state: { ...from.state, begun: true }, now };

test('an analysis knows what it is about, its arguments and when its measurements are due', () => {
  const opening = openingOf(
    look,
    { templates: ['errors', 'latency'], args: { limit: '0.05', extra: 'x' } },
    'step',
    2,
  );
  expect(opening.ok && opening.object).toMatchObject({
    kind: 'analysis',
    key: 'ro-1/0/step-2',
    phase: 'running',
  });
  const state = (opening.ok ? opening.object.state : null) as unknown as AnalysisState;
  expect(state).toMatchObject({
    subject: {
      application: 'checkout',
      environment: 'production',
      rollout: 'ro-1',
      targets: ['eu-1'],
      candidate: fresh,
      stable: old,
    },
    args: { limit: '0.05', extra: 'x' },
    wakes: 'rollout/ro-1',
    startedAt: start.toISOString(),
    endRequested: false,
  });
  expect(state.metrics.map((one) => [one.metric.name, one.nextAt])).toEqual([
    ['errors', now + 5_000],
    ['latency', now + 5_000],
  ]);
  // Three measurements, ten seconds apart, the first after five.
  expect(opening.ok && opening.use.plannedUntil).toBe('2026-01-05T10:00:25.000Z');
});

test('each template keeps its own values of its arguments; the reference gives only what it gives', () => {
  const args = { limit: '0.01' };
  const templates = { errors: [{ ...metricState(), args }], latency: [metricState()] };
  const ref = { templates: ['errors', 'latency'], args: {} };
  const opening = openingOf({ ...look, snapshot: { ...from, templates } }, ref, 'background', null);
  const state = (opening.ok ? opening.object.state : null) as unknown as AnalysisState;
  expect(state.args).toEqual({});
  expect(state.metrics.map((one) => one.args)).toEqual([args, undefined]);
  expect(opening.ok && opening.object.key).toBe('ro-1/0/background');
});

test('a metric without a count ends on request only', () => {
  const { count, ...endless } = metricState().metric;
  expect(count).toBe(3);
  const templates = { errors: [{ ...metricState(), metric: endless }] };
  const opening = openingOf(
    { ...look, snapshot: { ...from, templates } },
    { templates: ['errors'], args: {} },
    'background',
    null,
  );
  expect(opening.ok && opening.use.plannedUntil).toBeNull();
  const ref = { templates: ['errors'], args: {} };
  const waited = openingOf({ ...look, snapshot: { ...from, templates } }, ref, 'step', 0, true);
  expect(waited).toEqual({
    ok: false,
    because: 'metric errors has no count and would never end',
  });
});

test('one measurement needs no interval', () => {
  const { interval, ...once } = { ...metricState().metric, count: 1 };
  expect(interval).toBe(10_000);
  const templates = { errors: [{ ...metricState(), metric: once }] };
  const opening = openingOf(
    { ...look, snapshot: { ...from, templates } },
    { templates: ['errors'], args: {} },
    'step',
    0,
  );
  expect(opening.ok && opening.use.plannedUntil).toBe('2026-01-05T10:00:05.000Z');
});

test('a template that is not declared is refused', () => {
  const opening = openingOf(look, { templates: ['errors', 'gone'], args: {} }, 'step', 0);
  expect(opening).toEqual({
    ok: false,
    because: 'AnalysisTemplate gone not declared or without a metric',
  });
});
