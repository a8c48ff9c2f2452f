import { type RunPhase, type RunState, runEnds, type StepState } from './types.ts';

/** What a person may ask of a run, or of a step of it. Server, command line and buttons share this table. */
export type RunAction = 'cancel' | 'retry';
export type StepAction = 'approve' | 'reject';

export type ActionView<Action extends string> = {
  readonly action: Action;
  readonly label: string;
  readonly allowed: boolean;
  /** What it does, or why it is not allowed. */
  readonly reason: string;
};

type Head = Pick<RunState, 'phase' | 'stopping'>;

export const isEnded = (phase: RunPhase): boolean => runEnds.some((end) => end === phase);

/** Why a cancel changes nothing, as a sentence; null when it counts. */
export function refusalOfCancel({ phase, stopping }: Head): string | null {
  if (isEnded(phase)) return `It is over: ${phase}.`;
  return stopping?.entirely ? 'It is being stopped entirely already.' : null;
}

export function refusalOfRetry({ phase }: Pick<RunState, 'phase'>): string | null {
  if (!isEnded(phase)) return `It is ${phase}; cancel it first, or wait for its end.`;
  return phase === 'succeeded' ? 'It succeeded; start a new run.' : null;
}

/** Whoever may speak here at all, and whatever they say: why this step takes no answer now. */
export function refusalOfAnswer(
  phase: RunPhase,
  name: string,
  step: StepState | undefined,
): string | null {
  if (!step) return `There is no step ${name}.`;
  if (isEnded(phase)) return `The run is over: ${phase}.`;
  if (step.stopping) return `${name} is being stopped: ${step.stopping.because}.`;
  return step.status === 'running' ? null : `${name} waits for no answer: it is ${step.status}.`;
}

/** Every action with whether it is legal in this state, and why or what it does. */
export function allowedActions(state: Head): readonly ActionView<RunAction>[] {
  const isSecond = state.stopping?.as === 'cancelled';
  return [
    view(
      'cancel',
      isSecond ? 'Cancel entirely' : 'Cancel',
      isSecond
        ? 'Stops its finally steps as well.'
        : 'Steps under way clear up, the rest is left out, and finally still runs.',
      refusalOfCancel(state),
    ),
    view(
      'retry',
      'Retry',
      'Begins a new run of the same pipeline and inputs; steps that succeeded are not done again.',
      refusalOfRetry(state),
    ),
  ];
}

/** What may be said to a step that waits for people; nothing for any other. */
export function allowedAnswers(
  phase: RunPhase,
  name: string,
  step: StepState,
): readonly ActionView<StepAction>[] {
  if (step.kind !== 'approve' || (step.index === null && step.settings === null)) return [];
  const refusal = refusalOfAnswer(phase, name, step);
  return [
    view('approve', 'Approve', 'Counts towards the approvals that this step waits for.', refusal),
    view('reject', 'Reject', 'Ends this step as failed.', refusal),
  ];
}

function view<Action extends string>(
  action: Action,
  label: string,
  does: string,
  refusal: string | null,
): ActionView<Action> {
  return { action, label, allowed: refusal === null, reason: refusal ?? does };
}
