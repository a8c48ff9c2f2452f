import type { RolloutTarget, RolloutView } from '../../contract/api/rollouts.ts';
import type { AnalysisView } from '../analysis/types.ts';
import { type Asker, allowedActions } from './actions.ts';
import { copyWords } from './decide-copy.ts';
import type { Step } from './decide-look.ts';
import { copyId, stepsOf } from './decide-strategy.ts';
import type { RolloutRow, RolloutState, TargetView } from './types.ts';

export type RolloutParts = {
  readonly row: RolloutRow;
  readonly state: RolloutState;
  readonly targets: readonly TargetView[];
  readonly analyses: readonly AnalysisView[];
  readonly asker: Asker;
};

/** A rollout as screens show it: its row, its plan in words, what each target really serves, what may be asked. */
export function viewRollout(parts: RolloutParts): RolloutView {
  const { row, state } = parts;
  const { plan, retreat } = state;
  return {
    ...row,
    waveNames: plan.waves.map((wave) => wave.name),
    stepNames: stepsOf(plan).map(stepName),
    targets: parts.targets.map((target) => viewTarget(target, state)),
    analyses: viewAnalyses(parts),
    ...(copyId(plan) === null ? {} : { comparedWith: copyWords(state) }),
    actions: allowedActions(state, parts.asker).filter((one) => one.action !== 'supersede'),
    approvals: [...state.approvals],
    retreat: retreat && {
      because: retreat.because,
      actor: retreat.actor,
      since: retreat.since,
      trafficBackAt: retreat.trafficBackAt,
      revert: retreat.revert,
      revertCommit: retreat.revertCommit,
    },
    fastTrack: plan.fastTrack,
    isRollback: plan.isRollback,
    commit: { ...plan.commit },
  };
}

function viewTarget(target: TargetView, state: RolloutState): RolloutTarget {
  const { plan } = state;
  const of = (release: string | null) =>
    target.status?.versions.find((version) => version.release === release);
  const candidate = of(plan.candidate);
  const copy = copyId(plan);
  return {
    name: target.name,
    wave: plan.waves.findIndex((wave) => wave.targets.includes(target.name)),
    connected: target.connected,
    generation: target.intent?.generation ?? null,
    converged:
      target.status?.converged === true && target.status.generation === target.intent?.generation,
    candidateWeight: candidate?.weight ?? 0,
    candidateReady: candidate?.ready ?? 0,
    candidateReplicas: candidate?.replicas ?? 0,
    stableReady: of(plan.stable)?.ready ?? 0,
    ...(copy === null
      ? {}
      : { baselineReady: of(copy)?.ready ?? 0, baselineWeight: of(copy)?.weight ?? 0 }),
    requests: candidate?.counters.requests ?? 0,
    errors: candidate?.counters.errors ?? 0,
    endpoint: target.status?.endpoint ?? null,
    preview: target.status?.previewEndpoint ?? null,
    message: candidate?.message || target.status?.message || '',
  };
}

export function viewAnalyses(parts: RolloutParts): RolloutView['analyses'] {
  return parts.analyses.map((one) => {
    const use = parts.state.analyses.find((each) => each.key === one.key);
    return {
      key: one.key,
      purpose: use?.purpose ?? 'step',
      wave: use?.wave ?? 0,
      phase: one.phase,
      because: one.because,
      detail: one.detail as RolloutView['analyses'][number]['detail'],
    };
  });
}

function stepName(step: Step): string {
  switch (step.do) {
    case 'weight':
      return `weight ${step.weight} %`;
    case 'route':
      return step.match.length > 0 ? 'route by header or cookie' : 'remove the route';
    case 'preview':
      return 'preview';
    case 'pause':
      return step.duration === null ? 'pause for a person' : `pause ${seconds(step.duration)}`;
    case 'approval':
      return `approval by ${step.count}`;
    case 'analysis':
      return `analysis ${step.ref.templates.join(', ')}`;
    case 'test':
      return `test for ${seconds(step.duration)}`;
  }
}

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
