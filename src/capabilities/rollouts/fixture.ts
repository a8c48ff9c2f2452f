import type { Strategy } from '../../contract/kinds/strategy.ts';
import { strategySchema } from '../../contract/kinds/strategy.ts';
import type { ActionRequest, Decision, EffectOutcome } from '../../engine/types.ts';
import type { MetricState } from '../analysis/types.ts';
import type { IntentSpec, Status, VersionStatus } from '../fleet/types.ts';
import type { Release } from '../releases/types.ts';
import { openRollout } from './open.ts';
import type {
  RolloutPlan,
  RolloutSnapshot,
  RolloutState,
  RolloutWrite,
  TargetView,
} from './types.ts';

/** Snapshots for tests: everything is healthy and declared unless a test says else. */
export const start = new Date('2026-01-05T10:00:00.000Z');
export const after = (ms: number, from: Date = start) => new Date(from.getTime() + ms);
export const old = 'r-old';
export const fresh = 'r-new';
export const copy = 'r-old.baseline-dddddddd';

export function release(id: string): Release {
  return {
    id,
    digest: id.padEnd(64, '0'),
    content: {
      application: 'checkout',
      commit: 'c'.repeat(40),
      artifact: { image: `shop@sha256:${'0'.repeat(64)}` },
      config: {
        command: [],
        env: { VERSION: id },
        health: {
          readiness: { path: '/readyz', interval: 1_000, timeout: 1_000, failureThreshold: 3 },
          liveness: null,
          startTimeout: 60_000,
          drain: 30_000,
        },
      },
    },
    subject: 'A change',
    author: 'Ada',
    committedAt: null,
    createdAt: start,
    createdBy: 'user:ada',
  };
}

/** A strategy as a document would give it, with its defaults. */
export const strategy = (input: unknown): Strategy => strategySchema.parse(input);

export const canary = strategy({
  canary: { steps: [{ setWeight: 20 }, { pause: { duration: '1m' } }, { setWeight: 50 }] },
});

export function plan(over: Partial<RolloutPlan> = {}): RolloutPlan {
  return {
    application: 'checkout',
    environment: 'production',
    candidate: fresh,
    stable: old,
    strategy: canary,
    waves: [
      { name: 'first', targets: ['eu-1'], soak: 0 },
      { name: 'rest', targets: ['us-1'], soak: 0 },
    ],
    maxUnavailable: 0,
    replicas: 2,
    progressDeadline: 600_000,
    onInconclusive: 'hold',
    approvers: [],
    fastTrack: false,
    isRollback: false,
    commit: { id: 'd'.repeat(40), author: 'Ada', subject: 'Ship it' },
    repository: 'config',
    path: 'environments/production/checkout.yaml',
    ...over,
  };
}

export const version = (
  id: string,
  ready: number,
  weight: number,
  over: Partial<VersionStatus> = {},
): VersionStatus => ({
  release: id,
  replicas: Math.max(ready, 1),
  ready,
  weight,
  message: '',
  counters: { epoch: 'e', requests: 0, errors: 0, latency: { le: [], counts: [], sumSeconds: 0 } },
  ...over,
});

export const status = (
  target: string,
  generation: number,
  versions: readonly VersionStatus[],
): Status => ({
  target,
  application: 'checkout',
  environment: 'production',
  generation,
  converged: true,
  versions,
  endpoint: null,
  previewEndpoint: null,
  message: '',
  at: start.toISOString(),
});

export function spec(...versions: readonly (readonly [string, number, number])[]): IntentSpec {
  return {
    versions: versions.map(([id, replicas, weight]) => {
      const { artifact, config, commit } = release(id).content;
      return { release: id, commit, artifact, config, replicas, weight };
    }),
    routes: [],
    sticky: null,
    preview: null,
  };
}

/** A target that serves the stable release with two replicas. */
export function steadyTarget(name: string): TargetView {
  return {
    name,
    connected: true,
    silentAt: null,
    intent: { generation: 1, spec: spec([old, 2, 100]) },
    status: status(name, 1, [version(old, 2, 100)]),
  };
}

const metric = {
  name: 'errors',
  provider: { router: {} },
  interval: 10_000,
  count: 3,
  initialDelay: 5_000,
  failureCondition: 'result.errorRate > 0.01',
  failureLimit: 3,
  consecutiveErrorLimit: 5,
} as const satisfies MetricState['metric'];

export const metricState = (over: Partial<MetricState['metric']> = {}): MetricState => ({
  metric: { ...metric, ...over },
  successes: 0,
  failures: 0,
  inconclusives: 0,
  errors: 0,
  consecutiveErrors: 0,
  recent: [],
  nextAt: 0,
  phase: 'running',
  baseline: null,
});

export function snapshot(
  planOver: Partial<RolloutPlan> = {},
  over: Partial<RolloutSnapshot> = {},
): RolloutSnapshot {
  const state = openRollout(plan(planOver), start);
  return {
    id: 'ro-1',
    state,
    candidate: release(fresh),
    stable: state.plan.stable === null ? null : release(old),
    targets: state.plan.waves.flatMap((wave) => wave.targets.map(steadyTarget)),
    analyses: [],
    templates: { errors: [metricState()], latency: [metricState({ name: 'latency' })] },
    freeze: { frozen: false, window: '', until: null },
    requests: [],
    effects: [],
    ...over,
  };
}

export const request = (action: string, over: Partial<ActionRequest> = {}): ActionRequest => ({
  id: 1,
  action,
  actor: 'user:ada',
  because: 'a reason',
  payload: {},
  requestId: null,
  at: start,
  ...over,
});

export const reverted = (value: { commit: string } | { overtaken: true }): EffectOutcome => ({
  id: 9,
  key: 'rollout/ro-1/5/0',
  kind: 'git.revert',
  payload: null,
  outcome: { ok: true, value },
});

export type RolloutDecision = Decision<RolloutState, RolloutWrite>;

export const intentsOf = (decision: RolloutDecision) =>
  Object.fromEntries(
    (decision.writes ?? []).flatMap((write) =>
      write.table === 'intents' ? [[write.target, write.spec]] : [],
    ),
  );

/** `release:replicas@weight` per version: the shortest form of what an intent asks. */
export const words = (from: IntentSpec | undefined) =>
  from?.versions.map((one) => `${one.release}:${one.replicas}@${one.weight}`).join(' ');
