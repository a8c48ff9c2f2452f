import type { DeliveryState, RolloutPlan, RolloutRow, RolloutState } from './types.ts';

/**
 * The first state of a rollout. A fast-track plan becomes one wave of all targets without soak, so that nothing
 * after this needs to know.
 */
export function openRollout(plan: RolloutPlan, now: Date): RolloutState {
  const at = now.toISOString();
  return {
    plan: plan.fastTrack ? { ...plan, waves: [allAtOnce(plan)] } : plan,
    phase: 'pending',
    wave: 0,
    step: 0,
    stepSince: at,
    progressAt: at,
    weight: 0,
    routes: [],
    analyses: [],
    approvals: [],
    held: null,
    freezeOverride: null,
    startedAt: at,
    soakSince: null,
    retreat: null,
    endedAt: null,
    begun: false,
    trouble: null,
    full: null,
    completingAt: null,
    dropped: false,
    mostReady: 0,
    because: `${plan.candidate} is about to start in ${plan.environment}.`,
  };
}

const allAtOnce = (plan: RolloutPlan) => ({
  name: 'all',
  targets: plan.waves.flatMap((wave) => wave.targets),
  soak: 0,
});

/** Which of the four strategies a plan goes by. */
export function strategyName(plan: RolloutPlan): RolloutRow['strategy'] {
  if (plan.strategy.blueGreen) return 'blueGreen';
  if (plan.strategy.progressive) return 'progressive';
  if (plan.strategy.abTest) return 'abTest';
  return 'canary';
}

/** The first state of a delivery: nothing runs, and Git was not looked at yet. */
export function openDelivery(application: string, environment: string): DeliveryState {
  return {
    application,
    environment,
    stable: null,
    active: null,
    activeRelease: null,
    decidedCommit: null,
    lastEnded: null,
    refusedCommit: null,
    asked: null,
  };
}
