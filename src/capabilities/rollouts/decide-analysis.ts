import type { AnalysisRef } from '../../contract/kinds/strategy.ts';
import type { NewRequest } from '../../engine/types.ts';
import { clock, iso, time } from '../../platform/text/times.ts';
import type { AnalysisView } from '../analysis/types.ts';
import { analysisKey, openingOf } from './analysis-opening.ts';
import type { Look, Move, Rule } from './decide-look.ts';
import { backgroundOf, isFast } from './decide-strategy.ts';
import type { AnalysisUse, RolloutState } from './types.ts';

export function viewFor(look: Pick<Look, 'snapshot'>, use: AnalysisUse): AnalysisView | null {
  return look.snapshot.analyses.find((view) => view.key === use.key) ?? null;
}

const counting = (state: RolloutState): readonly AnalysisUse[] =>
  state.analyses.filter((use) => use.mark !== 'skipped');

/** Analyses that belong to the step under way and still count. */
export function usesOfStep(state: RolloutState): readonly AnalysisUse[] {
  return counting(state).filter((use) => use.wave === state.wave && use.step === state.step);
}

/** The analysis that failed, if any: the reason to go back. */
export function failedUse(look: Look): AnalysisView | null {
  const views = counting(look.state).map((use) => viewFor(look, use));
  return views.find((view) => view?.phase === 'failed') ?? null;
}

const clear: readonly (AnalysisView['phase'] | undefined)[] = ['running', 'successful', 'failed'];

/** Analyses that came to no verdict: inconclusive, error, cancelled by somebody else, or gone. None of them passes. */
export function unclearUses(look: Look): readonly AnalysisUse[] {
  return counting(look.state).filter((use) => !clear.includes(viewFor(look, use)?.phase));
}

/** Why the verdict is missing, as a sentence; null when none is. */
export function unclearWords(look: Look): string | null {
  const [use] = unclearUses(look);
  if (use) {
    const view = viewFor(look, use);
    return view
      ? `analysis ${use.key} is ${view.phase}: ${view.because}`
      : `analysis ${use.key} is not there any more`;
  }
  const wish = needsOpening(look) ?? backgroundDue(look);
  if (!wish) return null;
  const opening = openingOf(look, wish.ref, wish.purpose, wish.step, wish.mustEnd);
  return opening.ok ? null : `no analysis could be opened: ${opening.because}`;
}

type Wish = {
  readonly ref: AnalysisRef;
  readonly purpose: AnalysisUse['purpose'];
  readonly step: number | null;
  /** A step waits for its verdict, and nothing else ends it. */
  readonly mustEnd?: boolean;
};

/** The analysis that the step under way has yet to open. */
export function needsOpening(look: Look): Wish | null {
  const { state, steps } = look;
  const step = steps[state.step];
  const isWaiting = state.begun && !isFast(state) && state.phase !== 'completing';
  if (!isWaiting || usesOfStep(state).length > 0) return null;
  if (step?.do === 'analysis') {
    return { ref: step.ref, purpose: step.purpose, step: state.step, mustEnd: true };
  }
  if (step?.do === 'test' && step.ref) return { ref: step.ref, purpose: 'step', step: state.step };
  return null;
}

/** The background analysis of the wave when it has to start: from its step on, once there is something to measure. */
export function backgroundDue(look: Look): (Wish & { readonly skipped: AnalysisUse }) | null {
  const { state, steps, snapshot } = look;
  const background = backgroundOf(state.plan);
  const step = steps[state.step];
  const isOpen = state.analyses.some(
    ({ purpose, wave, against }) =>
      purpose === 'background' && wave === state.wave && against !== 'lostCopy',
  );
  if (!background || isOpen || !state.begun || isFast(state)) return null;
  if (state.phase === 'completing' || state.step < background.startingStep) return null;
  const hasTraffic = state.weight > 0 || state.routes.length > 0;
  if (!hasTraffic && (!step || step.do === 'weight' || step.do === 'route')) return null;
  const key = analysisKey(snapshot.id, state.wave, 'background', null);
  const wish = { purpose: 'background', step: null } as const;
  return {
    ...wish,
    ref: background.ref,
    skipped: {
      ...wish,
      key,
      wave: state.wave,
      plannedUntil: null,
      worthFrom: iso(look.now),
      mark: 'skipped',
    },
  };
}

function opened(look: Look, wish: Wish): Move | null {
  const opening = openingOf(look, wish.ref, wish.purpose, wish.step, wish.mustEnd);
  if (!opening.ok) return null;
  const { state, snapshot, now } = look;
  const copied =
    opening.use.against === 'copy' ? `, compared with a fresh copy of ${state.plan.stable}` : '';
  const because = `Analysis ${opening.use.key} by ${wish.ref.templates.join(', ')} began${copied}.`;
  return {
    state: { ...state, analyses: [...state.analyses, opening.use], progressAt: iso(now) },
    because,
    again: true,
    open: [opening.object],
    events: [
      {
        type: 'rollout.analysisOpened',
        actor: 'tidegate',
        objectId: `rollout/${snapshot.id}`,
        application: state.plan.application,
        environment: state.plan.environment,
        because,
        outcome: 'done',
        after: { analysis: opening.use.key },
      },
    ],
  };
}

export const backgroundRule: Rule = {
  name: 'background analysis due',
  decide: (look) => {
    const due = backgroundDue(look);
    return due && opened(look, due);
  },
};

export const stepAnalysisRule: Rule = {
  name: 'step analysis due',
  decide: (look) => {
    const wish = needsOpening(look);
    return wish && opened(look, wish);
  },
};

export function skipUses(state: RolloutState, uses: readonly AnalysisUse[]): RolloutState {
  const keys = new Set(uses.map((use) => use.key));
  return {
    ...state,
    analyses: state.analyses.map((use) => (keys.has(use.key) ? { ...use, mark: 'skipped' } : use)),
  };
}

/** Cancels those of them that still run. */
export function cancelRequests(
  look: Pick<Look, 'snapshot'>,
  uses: readonly AnalysisUse[],
  actor: string,
  because: string,
): readonly NewRequest[] {
  return uses
    .filter((use) => viewFor(look, use)?.phase === 'running')
    .map((use) => ({ objectId: `analysis/${use.key}`, action: 'cancel', actor, because }));
}

/**
 * Asks those of them that still run to come to their verdict, once they can have one: ended before its first
 * comparison, an analysis would be inconclusive for no other reason than haste.
 */
export function endRequests(look: Look, uses: readonly AnalysisUse[]): Move | null {
  const running = uses.filter(
    (use) => use.mark === 'open' && viewFor(look, use)?.phase === 'running',
  );
  if (running.length === 0) return null;
  const from = Math.max(...running.map((use) => time(use.worthFrom)));
  if (look.now < from) {
    const because = `waiting for the first measurements of analysis ${running.map((use) => use.key).join(', ')}, until ${clock(from, look.now)}`;
    return { state: look.state, because, until: from, declared: from };
  }
  const keys = running.map((use) => use.key);
  const because = `waiting for the verdict of analysis ${keys.join(', ')}, whose time is over`;
  return {
    state: {
      ...look.state,
      progressAt: iso(look.now),
      analyses: look.state.analyses.map((use) =>
        keys.includes(use.key) ? { ...use, mark: 'ending' } : use,
      ),
    },
    because,
    requests: keys.map((key) => ({
      objectId: `analysis/${key}`,
      action: 'end',
      actor: 'tidegate',
      because: 'What it watched is over.',
    })),
  };
}

/** The first of them that still runs, as a wait that its plan declares. */
export function awaitVerdict(look: Look, uses: readonly AnalysisUse[]): Move | null {
  const use = uses.find((one) => viewFor(look, one)?.phase === 'running');
  if (!use) return null;
  const view = viewFor(look, use);
  return {
    state: look.state,
    because: `waiting for analysis ${use.key}: ${view?.because}`,
    ...(use.plannedUntil === null ? {} : { declared: time(use.plannedUntil) }),
  };
}
