import type { Step } from './decide-look.ts';
import { stepsOf } from './decide-strategy.ts';
import { type RolloutAction, type RolloutState, terminalPhases } from './types.ts';

/** What a person may ask of a rollout now; `reason` says what it does, or why not. Server, CLI and buttons share it. */
export type ActionView = {
  readonly action: RolloutAction;
  readonly label: string;
  readonly allowed: boolean;
  readonly reason: string;
};

/** Who asks: `user:NAME`. */
export type Asker = { readonly actor: string; readonly isAdmin: boolean };

type ActionRule = {
  readonly label: string;
  /** What it does, for a button's hint. */
  readonly does: string;
  /** Why it is not allowed; null when it is. */
  readonly refuse: (at: Situation) => string | null;
};

type Situation = {
  readonly state: RolloutState;
  readonly step: Step | undefined;
  readonly actor: string | null;
};

const isTerminal = (state: RolloutState) =>
  terminalPhases.some((terminal) => terminal === state.phase);

/** Reasons that several actions share, in the order in which they are given. */
const over = ({ state }: Situation) => (isTerminal(state) ? `It is over: ${state.phase}.` : null);
const back = ({ state }: Situation) =>
  state.phase === 'rollingBack' ? 'It is going back already.' : null;
const completing = ({ state }: Situation) =>
  state.phase === 'completing' ? 'Every wave is through; only the old version is let go.' : null;
const held = ({ state }: Situation) =>
  state.held ? `${state.held.actor} paused it; resume it first.` : null;
const first =
  (...reasons: ((at: Situation) => string | null)[]) =>
  (at: Situation) => {
    for (const reason of reasons) {
      const text = reason(at);
      if (text !== null) return text;
    }
    return null;
  };

const rules: { readonly [A in RolloutAction]: ActionRule } = {
  promote: {
    label: 'Promote',
    does: 'Goes on to the next step without waiting for the end of this one.',
    refuse: first(over, back, completing, held, notSkippable),
  },
  promoteFull: {
    label: 'Promote fully',
    does: 'Skips the steps, analyses and soaks that are left; approvals and readiness still count.',
    refuse: first(over, back, completing, held, ({ state }) =>
      state.full ? 'It is being promoted fully already.' : null,
    ),
  },
  abort: {
    label: 'Abort',
    does: 'Moves all traffic back to the last good release at once.',
    refuse: over,
  },
  approve: {
    label: 'Approve',
    does: 'Counts towards the approvals that this step waits for.',
    refuse: first(over, back, completing, notApprovable),
  },
  pause: {
    label: 'Pause',
    does: 'Holds it where it is; a failure still takes it back.',
    refuse: first(over, back, completing, ({ state }) =>
      state.held ? `${state.held.actor} paused it already.` : null,
    ),
  },
  resume: {
    label: 'Resume',
    does: 'Lets it go on.',
    refuse: first(over, back, ({ state }) => (state.held ? null : 'Nobody paused it.')),
  },
  overrideFreeze: {
    label: 'Override freeze',
    does: 'Lets this rollout go on during freeze windows; the reason is recorded.',
    refuse: first(over, back, completing, ({ state }) =>
      state.freezeOverride ? 'Freeze windows are overridden already.' : null,
    ),
  },
  supersede: {
    label: 'Supersede',
    does: 'Ends it in favour of a newer release; traffic goes back first.',
    refuse: over,
  },
};

/** Waits that a person may cut short. What is not ready cannot be talked into being ready. */
function notSkippable({ state, step }: Situation): string | null {
  if (state.trouble?.kind === 'inconclusive') return null;
  if (state.phase === 'soaking') return null;
  switch (state.begun ? step?.do : undefined) {
    case 'pause':
    case 'analysis':
    case 'test':
      return null;
    case 'approval':
      return 'It waits for an approval; approve it.';
    default:
      return 'It waits for targets, and goes on by itself.';
  }
}

/** Approvers are named with or without `user:`. */
const isAmong = (approvers: readonly string[], actor: string): boolean =>
  approvers.includes(actor.replace(/^user:/, '')) || approvers.includes(actor);

function notApprovable({ state, step, actor }: Situation): string | null {
  if (!state.begun || state.phase === 'soaking' || step?.do !== 'approval') {
    return 'It waits for no approval now.';
  }
  if (actor === null) return null;
  if (state.approvals.some((approval) => approval.actor === actor)) {
    return `${actor} approved it already.`;
  }
  const approvers = step.approvers.length > 0 ? step.approvers : state.plan.approvers;
  return approvers.length === 0 || isAmong(approvers, actor)
    ? null
    : `${actor} is not among its approvers: ${approvers.join(', ')}.`;
}

export const rolloutActions = Object.keys(rules) as readonly RolloutAction[];

export function isRolloutAction(text: string): text is RolloutAction {
  return Object.hasOwn(rules, text);
}

/** Why an abort has nothing to end, as a sentence; null while it has. Asking is no fault: it ended as it was meant to. */
export const nothingToAbort = (state: RolloutState): string | null =>
  isTerminal(state) ? `Nothing was running: it was over (${state.phase}).` : null;

/** Why this person may not ask for `action` here, whatever the state is; null when they may. */
export function forbiddenFor(
  state: RolloutState,
  action: RolloutAction,
  { actor, isAdmin }: Asker,
): string | null {
  if (action !== 'overrideFreeze' || isAdmin) return null;
  const { approvers, environment } = state.plan;
  if (isAmong(approvers, actor)) return null;
  const others = approvers.length > 0 ? `, or one of its approvers: ${approvers.join(', ')}` : '';
  return `Overriding a freeze of ${environment} needs role admin${others}.`;
}

/** Why `action` is not legal in this state, as a sentence; null when it is. `actor` narrows what depends on the person. */
export function refusalOf(
  state: RolloutState,
  action: RolloutAction,
  actor: string | null,
): string | null {
  return rules[action].refuse({ state, step: stepsOf(state.plan)[state.step], actor });
}

/** Every action with whether it is legal in this state, and why or what it does. */
export function allowedActions(
  state: RolloutState,
  asker: Asker | null = null,
): readonly ActionView[] {
  return rolloutActions.map((action) => {
    const refusal =
      refusalOf(state, action, asker?.actor ?? null) ??
      (asker && forbiddenFor(state, action, asker));
    const { label, does } = rules[action];
    return { action, label, allowed: refusal === null, reason: refusal ?? does };
  });
}
