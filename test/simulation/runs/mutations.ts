import type {
  RunSnapshot,
  RunState,
  RunWrite,
  StepEffect,
  StepState,
} from '../../../src/capabilities/pipelines/types.ts';
import type { PipelineSpec } from '../../../src/contract/kinds/pipeline.ts';
import type { AnyReconciler } from '../../../src/engine/engine-store.ts';
import type { Decision } from '../../../src/engine/types.ts';
import type { Json } from '../../../src/platform/ids/types.ts';
import type { InvariantName } from '../invariants/types.ts';
import { loads, type Mutation } from '../mutation.ts';

type RunDecision = Decision<RunState, RunWrite>;

/** Changes what runs decide. */
function decides(
  name: string,
  change: (decision: RunDecision, snapshot: RunSnapshot) => RunDecision,
): Mutation {
  return {
    name,
    reconciler: (one) => {
      if (one.kind !== 'run') return one;
      const decide = (snapshot: unknown, now: Date) =>
        change(one.decide(snapshot, now) as unknown as RunDecision, snapshot as RunSnapshot);
      return { ...one, decide } as unknown as AnyReconciler;
    },
  };
}

const withSpec = (name: string, change: (spec: PipelineSpec) => PipelineSpec): Mutation =>
  loads(name, 'run', (snapshot: RunSnapshot) => ({ ...snapshot, spec: change(snapshot.spec) }));

/** The guard is in two places: what a run sees of its group, and the index that refuses a second one. */
const droppedGroup: Mutation = {
  ...loads('a run does not see its group', 'run', (snapshot: RunSnapshot) => ({
    ...snapshot,
    rivals: [],
  })),
  database: (db) => {
    db.replace('update runs set phase = r.phase', () => []);
  },
};

const noNeeds = withSpec('needs are not looked at', (spec) => ({
  ...spec,
  steps: spec.steps.map((step) => ({ ...step, needs: [] })),
}));

const forgottenFinally = withSpec('finally is forgotten', (spec) => ({
  ...spec,
  finally: spec.finally.map((step) => ({ ...step, needs: [{ step: 'none', is: ['failed'] }] })),
}));

const busyOf = (
  steps: RunState['steps'],
  kind: string,
): readonly (readonly [string, StepState])[] =>
  Object.entries(steps).filter(([, step]) => step.isBusy && step.kind === kind);

/** What came of one instance of a list is taken for another one's. */
const wrongOutcome = loads(
  'an outcome is taken by another attempt',
  'run',
  (snapshot: RunSnapshot) => ({
    ...snapshot,
    effects: snapshot.effects.map((effect) => {
      const payload = effect.payload as unknown as StepEffect;
      const others = busyOf(snapshot.state.steps, 'http');
      const other = others.find(([name]) => name !== payload.instance);
      if (effect.kind !== 'step.http' || !other) return effect;
      const [instance, { attempt }] = other;
      return { ...effect, payload: { ...payload, instance, attempt } as unknown as Json };
    }),
  }),
);

const changedEnd = decides('a step that is over is counted once more', (decision, { state }) => {
  const steps = Object.entries(decision.state.steps).map(([name, step]) => {
    const isOld = state.steps[name]?.status === 'succeeded' && step.status === 'succeeded';
    return [name, isOld ? { ...step, attempt: step.attempt + 1 } : step] as const;
  });
  return { ...decision, state: { ...decision.state, steps: Object.fromEntries(steps) } };
});

const deafRun = loads('a cancel is not seen while steps run', 'run', (snapshot: RunSnapshot) => ({
  ...snapshot,
  requests: snapshot.requests.map((request) =>
    snapshot.state.phase === 'running' && request.action === 'cancel'
      ? { ...request, action: 'other' }
      : request,
  ),
}));

const twiceEnded = decides('the end of a run is told twice', (decision) => ({
  ...decision,
  events: (decision.events ?? []).flatMap((event) =>
    event.type === 'run.succeeded' ? [event, event] : [event],
  ),
}));

const sleeper = decides('a run that waits has no time to look again', (decision) => ({
  ...decision,
  wakeAt: null,
}));

const lonelyEnd = decides('the end of a run calls nobody of its group', (decision) =>
  decision.terminal ? { ...decision, wake: [] } : decision,
);

type DeployFacts = { readonly rollout: { readonly phase: string } | null };

/** A rollout is taken for one that succeeded as soon as it is there. */
const hastyDeploy = loads(
  'a rollout that begins is taken for its end',
  'run',
  (snapshot: RunSnapshot) => ({
    ...snapshot,
    facts: Object.fromEntries(
      Object.entries(snapshot.facts).map(([name, facts]) => {
        const { rollout } = (facts ?? {}) as unknown as DeployFacts;
        if (!rollout) return [name, facts];
        const done = { ...rollout, phase: 'succeeded', terminal: true };
        return [name, { ...(facts as object), rollout: done }];
      }),
    ),
  }),
);

/** Deliberate faults in what runs do, each with what may catch it. */
export const runMutations: readonly (readonly [Mutation, ...InvariantName[]])[] = [
  [droppedGroup, 'at most one run of a group is under way'],
  [noNeeds, 'a step never begins before its needs are met'],
  [forgottenFinally, 'finally runs unless it was cancelled twice or never began'],
  [wrongOutcome, 'an outcome counts for its own attempt alone'],
  [changedEnd, 'a step that is over never changes', 'a run that is over never changes'],
  [
    deafRun,
    'cancel is accepted until a run is over',
    'a run has one event for its opening and one for its end',
  ],
  [twiceEnded, 'a run has one event for its opening and one for its end'],
  [lonelyEnd, 'once faults stop, every run ends'],
  [sleeper, 'once faults stop, every run ends'],
  [hastyDeploy, 'a deployment that succeeded was served'],
];
