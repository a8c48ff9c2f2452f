import type { z } from 'zod';
import type {
  RunRowView,
  RunStepView,
  RunView,
  runExplanationSchema,
} from '../../contract/api/runs.ts';
import type { Pipeline, PipelineSpec } from '../../contract/kinds/pipeline.ts';
import type { EventView } from '../../engine/reads.ts';
import { allowedActions, allowedAnswers } from './actions.ts';
import { type Declared, type Plan, planOf } from './decide-plan.ts';
import { environmentOf } from './decide-scope.ts';
import type { RunRow, RunState, StepState } from './types.ts';

export type RunParts = {
  readonly row: RunRow;
  readonly state: RunState;
  readonly spec: PipelineSpec;
  readonly children: readonly string[];
};

export const viewRow = (row: RunRow): RunRowView => ({ ...row, awaiting: [...row.awaiting] });

/** A run as screens show it: its row, every step with why it is as it is, the graph, what may be asked. */
export function viewRun({ row, state, spec, children }: RunParts): RunView {
  const plan = planOf(spec);
  const { parent } = state.origin;
  return {
    ...viewRow(row),
    inputs: { ...state.inputs } as RunView['inputs'],
    origin: {
      ...state.origin,
      parent: parent && { ...parent },
      event: state.origin.event as RunView['origin']['event'],
    },
    stopping: state.stopping && {
      actor: state.stopping.actor,
      because: state.stopping.because,
    },
    graph: { steps: stepsOf(plan, state), edges: edgesOf(plan) },
    children: [...children],
    actions: [...allowedActions(state)],
  };
}

type ShownEvent = z.output<typeof runExplanationSchema>['events'][number];

export const viewEvent = ({ at, before, after, ...rest }: EventView): ShownEvent => ({
  ...rest,
  at: at.toISOString(),
  before: before as ShownEvent['before'],
  after: after as ShownEvent['after'],
});

/** What is left out stays left out. */
export const viewDocument = (pipeline: Pipeline): z.core.util.JSONType =>
  JSON.parse(JSON.stringify(pipeline)) as z.core.util.JSONType;

/** In the order of the declaration, each forEach followed by its instances. */
function stepsOf(plan: Plan, state: RunState): RunStepView[] {
  const instances = new Map<string, [string, StepState][]>();
  for (const [name, step] of Object.entries(state.steps)) {
    if (step.index === null) continue;
    instances.set(step.step, [...(instances.get(step.step) ?? []), [name, step]]);
  }
  return plan.declared.flatMap((declared) => {
    const own = state.steps[declared.name];
    if (!own) return [];
    const inner = (instances.get(declared.name) ?? []).sort(
      ([, one], [, other]) => (one.index ?? 0) - (other.index ?? 0),
    );
    return [[declared.name, own] as const, ...inner].map(([name, step]) =>
      viewStep(state, declared, name, step),
    );
  });
}

function viewStep(
  { phase }: RunState,
  declared: Declared,
  name: string,
  step: StepState,
): RunStepView {
  return {
    name,
    step: step.step,
    index: step.index,
    item: step.item as RunStepView['item'],
    section: step.section,
    kind: step.kind,
    environment: environmentOf(declared) || null,
    status: step.status,
    because: step.because,
    attempt: step.attempt,
    rounds: step.rounds,
    outputs: { ...step.outputs } as RunStepView['outputs'],
    answers: step.answers.map(({ action, actor, because, at }) => ({
      action,
      actor,
      because,
      at,
    })),
    startedAt: step.startedAt,
    endedAt: step.endedAt,
    wakeAt: step.wakeAt,
    actions: [...allowedAnswers(phase, name, step)],
  };
}

const edgesOf = (plan: Plan): RunView['graph']['edges'] =>
  plan.declared.flatMap(({ name, needs }) =>
    needs.map((need) => ({
      from: need.step,
      to: name,
      is: need.is === null ? null : [...need.is],
    })),
  );
