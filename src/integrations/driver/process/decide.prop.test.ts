import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Intent } from '../../../capabilities/fleet/types.ts';
import { decideProcess } from './decide.ts';
import { countFailure, exitReason, restartDelay } from './restart.ts';
import type { ProcessSnapshot, Replica, ReplicaState } from './types.ts';

const now = 1_000_000;
const health = {
  readiness: { path: '/readyz', interval: 1000, timeout: 1000, failureThreshold: 3 },
  liveness: null,
  startTimeout: 60_000,
  drain: 30_000,
};
const states: readonly ReplicaState[] = [
  'starting',
  'ready',
  'unready',
  'draining',
  'stopping',
  'down',
];
const releases = ['v1', 'v2', 'v3'];

const replicaArbitrary = fc.record({
  release: fc.constantFrom(...releases),
  index: fc.integer({ min: 1, max: 5 }),
  state: fc.constantFrom(...states),
  since: fc.integer({ min: now - 100_000, max: now }),
  startedAt: fc.integer({ min: now - 100_000, max: now }),
  inFlight: fc.integer({ min: 0, max: 2 }),
  failures: fc.integer({ min: 0, max: 9 }),
  alive: fc.boolean(),
  again: fc.boolean(),
  killed: fc.boolean(),
});

function toIntent(replicas: readonly number[], cut: number): Intent {
  const artifact = { image: `x@sha256:${'0'.repeat(64)}` };
  const weights = [cut, 100 - cut, 0];
  const versions = replicas.map((count, i) => ({
    release: releases[i] ?? '',
    artifact,
    config: { command: [], env: {}, health },
    replicas: count,
    weight: replicas.length === 1 ? 100 : (weights[i] ?? 0),
  }));
  const spec = { versions, routes: [], sticky: null, preview: null };
  const of = { target: 't', application: 'a', environment: 'e' };
  return { ...of, generation: 1, revision: 1, spec, because: '' };
}

const snapshotArbitrary: fc.Arbitrary<ProcessSnapshot> = fc
  .record({
    counts: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 0, maxLength: 3 }),
    cut: fc.integer({ min: 0, max: 100 }),
    replicas: fc.uniqueArray(replicaArbitrary, {
      maxLength: 10,
      selector: (replica) => `${replica.release}/${replica.index}`,
    }),
  })
  .map(({ counts, cut, replicas }) => ({
    intent: toIntent(counts, cut),
    replicas: replicas.map((replica): Replica => ({ ...replica, health, reason: 'x' })),
    bundles: Object.fromEntries(releases.map((release) => [release, { phase: 'ready' as const }])),
  }));

const readyOf = (snapshot: ProcessSnapshot) =>
  new Set(snapshot.replicas.filter((r) => r.state === 'ready').map((r) => r.release));

test('weights sum to 100 whenever something asked for or leaving is ready, and only ready versions have any', () => {
  fc.assert(
    fc.property(snapshotArbitrary, (snapshot) => {
      const { weights } = decideProcess(snapshot, now);
      const ready = readyOf(snapshot);
      const sum = Object.values(weights).reduce((a, b) => a + b, 0);
      const nothing = snapshot.intent.spec.versions.length === 0 || ready.size === 0;
      expect(sum).toBeCloseTo(nothing ? 0 : 100, 9);
      for (const release of Object.keys(weights)) expect(ready.has(release)).toBe(true);
    }),
  );
});

test('a version that carries traffic never loses its last healthy ready replica', () => {
  fc.assert(
    fc.property(snapshotArbitrary, (snapshot) => {
      const { weights, actions } = decideProcess(snapshot, now);
      const ended = new Set(
        actions
          .filter((a) => a.type === 'drain' || a.type === 'terminate' || a.type === 'kill')
          .map((a) => `${a.release}/${'index' in a ? a.index : 0}`),
      );
      for (const release of Object.keys(weights).filter((r) => (weights[r] ?? 0) > 0)) {
        const left = snapshot.replicas.filter(
          (r) =>
            r.release === release && r.state === 'ready' && !ended.has(`${r.release}/${r.index}`),
        );
        expect(left.length).toBeGreaterThan(0);
      }
    }),
  );
});

test('the same snapshot gives the same decision, and no replica gets two actions', () => {
  fc.assert(
    fc.property(snapshotArbitrary, (snapshot) => {
      const decision = decideProcess(snapshot, now);
      expect(decideProcess(structuredClone(snapshot), now)).toEqual(decision);
      const keys = decision.actions.map((a) => `${a.release}/${'index' in a ? a.index : 'bundle'}`);
      expect(new Set(keys).size).toBe(keys.length);
    }),
  );
});

test('converged means: as many ready replicas as asked for, the weights asked for, nothing else there', () => {
  fc.assert(
    fc.property(snapshotArbitrary, (snapshot) => {
      const decision = decideProcess(snapshot, now);
      if (!decision.converged) return;
      const asked = snapshot.intent.spec.versions;
      expect(decision.versions.map((v) => [v.release, v.ready, v.replicas])).toEqual(
        asked.map((v) => [v.release, v.replicas, v.replicas]),
      );
      for (const version of asked)
        expect(decision.weights[version.release] ?? 0).toBeCloseTo(version.weight, 5);
    }),
  );
});

test('the delay before a restart grows and is bounded', () => {
  expect([0, 1, 2, 3].map(restartDelay)).toEqual([0, 250, 500, 1000]);
  expect(restartDelay(1000)).toBe(30_000);
  expect(countFailure(4, now - 60_000, now)).toBe(1);
  expect(countFailure(4, now - 59_999, now)).toBe(5);
  expect(countFailure(4, null, now)).toBe(5);
  expect([exitReason(1, null), exitReason(null, 'SIGKILL'), exitReason(null, null)]).toEqual([
    'exited with code 1',
    'was ended by SIGKILL',
    'exited',
  ]);
});
