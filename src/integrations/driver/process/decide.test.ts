import { expect, test } from 'vitest';
import type { Intent, IntentVersion } from '../../../capabilities/fleet/types.ts';
import type { HealthContract } from '../../../capabilities/releases/types.ts';
import { decideProcess, killAfter } from './decide.ts';
import type { BundleState, Replica } from './types.ts';

const now = 1_000_000;
const health: HealthContract = {
  readiness: { path: '/readyz', interval: 1000, timeout: 1000, failureThreshold: 3 },
  liveness: { path: '/healthz', interval: 1000, timeout: 1000, failureThreshold: 3 },
  startTimeout: 60_000,
  drain: 30_000,
};

function version(release: string, replicas: number, weight: number): IntentVersion {
  const artifact = { bundle: { repository: 'file:///x', path: '.', tree: 'a'.repeat(40) } };
  return { release, replicas, weight, artifact, config: { command: ['node'], env: {}, health } };
}

function intent(...versions: IntentVersion[]): Intent {
  const spec = { versions, routes: [], sticky: null, preview: null };
  const of = { target: 't', application: 'a', environment: 'e' };
  return { ...of, generation: 1, revision: 1, spec, because: '' };
}

function replica(release: string, index: number, more: Partial<Replica> = {}): Replica {
  const times = { since: now - 1000, startedAt: now - 1000 };
  const base = { release, index, state: 'ready' as const, ...times, inFlight: 0, health };
  return { ...base, failures: 0, reason: '', alive: true, again: false, killed: false, ...more };
}

function decide(
  of: Intent,
  replicas: readonly Replica[] = [],
  bundle: BundleState = { phase: 'ready' },
) {
  const bundles = Object.fromEntries(of.spec.versions.map((v) => [v.release, bundle]));
  return decideProcess({ intent: of, replicas, bundles }, now);
}

/** Actions as words: `start v1/2`. */
function words(decision: ReturnType<typeof decide>): string[] {
  return decision.actions.map((action) =>
    action.type === 'fetch'
      ? `fetch ${action.release}`
      : `${action.type} ${action.release}/${action.index}`,
  );
}

test.each<[string, BundleState, string[], string]>([
  ['missing is fetched', { phase: 'missing' }, ['fetch v1'], 'fetching the bundle'],
  ['fetching is awaited', { phase: 'fetching' }, [], 'fetching the bundle'],
  ['ready starts all', { phase: 'ready' }, ['start v1/1', 'start v1/2'], '0 of 2 replicas ready'],
  [
    'failed waits',
    { phase: 'failed', reason: 'gone', retryAt: now + 5 },
    [],
    'bundle cannot be fetched: gone',
  ],
  [
    'failed for good is not fetched again',
    { phase: 'failed', reason: 'an image', retryAt: null },
    [],
    'bundle cannot be fetched: an image',
  ],
  [
    'failed is fetched again when due',
    { phase: 'failed', reason: 'gone', retryAt: now },
    ['fetch v1'],
    'bundle cannot be fetched: gone',
  ],
])('bundle: %s', (_, bundle, actions, message) => {
  const decision = decide(intent(version('v1', 2, 100)), [], bundle);
  expect(words(decision)).toEqual(actions);
  expect(decision.versions[0]?.message).toContain(message);
  expect(decision.converged).toBe(false);
  if (bundle.phase === 'failed' && bundle.retryAt !== now)
    expect(decision.wakeAt).toBe(bundle.retryAt);
});

test('what is as asked needs no action and is converged', () => {
  const decision = decide(intent(version('v1', 2, 100)), [replica('v1', 1), replica('v1', 2)]);
  expect(decision).toEqual({
    weights: { v1: 100 },
    actions: [],
    versions: [{ release: 'v1', replicas: 2, ready: 2, weight: 100, message: '' }],
    converged: true,
    message: '',
    wakeAt: null,
  });
});

test('a version without a ready replica gets nothing, and the status says so', () => {
  const waiting = replica('v2', 1, { state: 'starting' });
  const decision = decide(intent(version('v1', 1, 90), version('v2', 1, 10)), [
    replica('v1', 1),
    waiting,
  ]);
  expect(decision.weights).toEqual({ v1: 100 });
  expect(decision.versions[1]?.message).toBe(
    'replica 1: waiting for /readyz; 0 of 1 replicas ready; serves 0 % of 10 % asked',
  );
  expect(decision.versions[0]?.message).toBe('serves 100 % of 90 % asked');
  expect(decision.wakeAt).toBe(waiting.startedAt + health.startTimeout);
});

test('the last ready replicas that carry traffic stay until the replacement serves', () => {
  const next = intent(version('v2', 1, 100));
  const held = decide(next, [replica('v1', 1), replica('v2', 1, { state: 'starting' })]);
  expect(words(held)).toEqual([]);
  expect(held.weights).toEqual({ v1: 100 });
  expect(held.versions[1]?.message).toContain('kept for 100 % of the traffic');

  const served = decide(next, [replica('v1', 1), replica('v2', 1)]);
  expect(served.weights).toEqual({ v2: 100 });
  expect(words(served)).toEqual(['drain v1/1']);
  expect(served.converged).toBe(false);
});

test('a version scaled to nothing keeps its ready replicas while it alone can serve', () => {
  const asked = intent(version('v1', 0, 0), version('v2', 1, 100));
  const down = replica('v2', 1, { state: 'down', since: now, failures: 3 });
  const decision = decide(asked, [replica('v1', 1), down]);
  expect(words(decision)).toEqual([]);
  expect(decision.weights).toEqual({ v1: 100 });
});

test('scaling down ends what is not ready first', () => {
  const replicas = [
    replica('v1', 1, { state: 'starting' }),
    replica('v1', 2),
    replica('v1', 3, { state: 'unready' }),
    replica('v1', 4),
  ];
  expect(words(decide(intent(version('v1', 1, 100)), replicas))).toEqual([
    'drain v1/4',
    'drain v1/3',
    'terminate v1/1',
  ]);
});

test('scaling up takes numbers that are free', () => {
  const replicas = [replica('v1', 1, { state: 'draining', inFlight: 1 }), replica('v1', 3)];
  expect(words(decide(intent(version('v1', 3, 100)), replicas))).toEqual([
    'start v1/2',
    'start v1/4',
  ]);
});

test('an empty intent ends everything, traffic or not', () => {
  const decision = decide(intent(), [replica('v1', 1)]);
  expect(decision.weights).toEqual({});
  expect(words(decision)).toEqual(['drain v1/1']);
  expect(decide(intent(), []).converged).toBe(true);
});

test.each<[string, Partial<Replica>, string[], number | null]>([
  ['drains while requests are in flight', { state: 'draining', inFlight: 2 }, [], now + 29_000],
  ['ends when the last request is answered', { state: 'draining' }, ['terminate v1/1'], null],
  [
    'ends when the drain is over',
    { state: 'draining', inFlight: 2, since: now - 30_000 },
    ['terminate v1/1'],
    null,
  ],
  ['waits after SIGTERM', { state: 'stopping' }, [], now - 1000 + killAfter],
  ['is killed when late', { state: 'stopping', since: now - killAfter }, ['kill v1/1'], null],
  ['is killed once', { state: 'stopping', since: now - killAfter, killed: true }, [], null],
  ['is forgotten when gone', { state: 'down' }, ['forget v1/1'], null],
])('a removed replica %s', (_, more, actions, wakeAt) => {
  const decision = decide(intent(), [replica('v1', 1, more)]);
  expect(words(decision)).toEqual(actions);
  expect(decision.wakeAt).toBe(wakeAt);
  expect(decision.converged).toBe(false);
});

test.each<[string, Partial<Replica>, string[], string]>([
  [
    'waits its backoff after a crash',
    { state: 'down', since: now, failures: 3, reason: 'exited with code 1' },
    [],
    'replica 1 exited with code 1 (3 times)',
  ],
  [
    'is started again when the backoff is over',
    { state: 'down', since: now - 1000, failures: 3, reason: 'exited with code 1' },
    ['start v1/1'],
    'replica 1 exited with code 1 (3 times)',
  ],
  [
    'tells its failure while it starts again',
    { state: 'starting', failures: 1, reason: 'was ended by SIGSEGV' },
    [],
    'replica 1 was ended by SIGSEGV, waiting for /readyz',
  ],
  [
    'fails when it is not ready in time',
    { state: 'starting', startedAt: now - 60_000 },
    ['fail v1/1'],
    'waiting for /readyz',
  ],
  ['fails when it is not alive', { alive: false }, ['fail v1/1'], ''],
  [
    'only loses traffic when it is unready',
    { state: 'unready' },
    [],
    'replica 1 does not pass /readyz',
  ],
  ['keeps its number while it ends', { state: 'stopping', again: true }, [], 'replica 1 is ending'],
  [
    'is killed when it does not end',
    { state: 'stopping', again: true, since: now - killAfter },
    ['kill v1/1'],
    'replica 1 is ending',
  ],
  ['is replaced when it was let go', { state: 'stopping' }, ['start v1/2'], 'replica 1 is ending'],
  ['is told when down', { state: 'down', since: now }, ['start v1/1'], 'replica 1 is down'],
])('a wanted replica %s', (_, more, actions, message) => {
  const decision = decide(intent(version('v1', 1, 100)), [replica('v1', 1, more)]);
  expect(words(decision)).toEqual(actions);
  expect(decision.versions[0]?.message).toContain(message);
});

test('the reason of a failure names what was missed', () => {
  const late = replica('v1', 1, { state: 'starting', startedAt: now - 60_000 });
  const dead = replica('v1', 2, { alive: false });
  const decision = decide(intent(version('v1', 2, 100)), [late, dead]);
  const reasons = decision.actions.map((action) => (action.type === 'fail' ? action.reason : ''));
  expect(reasons).toEqual(['failed /healthz', 'was not ready 60000 ms after its start']);
});
