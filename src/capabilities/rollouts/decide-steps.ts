import { clock, iso, span, time } from '../../platform/text/times.ts';
import { awaitVerdict, endRequests, stepAnalysisRule, usesOfStep } from './decide-analysis.ts';
import { untilCopyReady } from './decide-copy.ts';
import type { Look, Move, Rule, Step } from './decide-look.ts';
import { beginRetreat } from './decide-retreat.ts';
import { isFast } from './decide-strategy.ts';
import { notReady, notServed, outOfReach, reachEnds, targetsOf } from './decide-targets.ts';

/** "step 2 of 5" as people count. */
export const stepWords = ({ state, steps }: Look): string =>
  `step ${state.step + 1} of ${steps.length}`;

/** Stays where it is, visibly on its way. */
export function hold(look: Look, because: string, over: Partial<Move> = {}): Move {
  return { state: { ...look.state, phase: 'progressing' }, because, ...over };
}

/** Stays where it is, visibly paused; the deadline does not count until `until`. */
export function pause(look: Look, because: string, until: number): Move {
  const state = { ...look.state, phase: 'paused' as const };
  return { state, because, declared: until, until };
}

/** On to the next step. */
function leave(look: Look, because: string): Move {
  const at = iso(look.now);
  return {
    state: {
      ...look.state,
      phase: 'progressing',
      step: look.state.step + 1,
      stepSince: at,
      progressAt: at,
      approvals: [],
    },
    because,
    again: true,
  };
}

/** Waits until the candidate is ready on every target of the wave that must be. */
export const untilReady = (look: Look): Move | null => {
  const because = outOfReach(look) ?? notReady(look, targetsOf(look.state));
  return because === null ? null : hold(look, because, { until: reachEnds(look) });
};

export const untilServed = (look: Look): Move | null => {
  const because = notServed(look, targetsOf(look.state));
  return because === null ? null : hold(look, because, { until: reachEnds(look) });
};

type StepTables = {
  readonly [D in Step['do']]: readonly ((
    look: Look,
    step: Extract<Step, { readonly do: D }>,
  ) => Move | null)[];
};

const sameRoutes = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** What each kind of step waits for, in order; the first that answers wins, and the last one leaves the step. */
const tables: StepTables = {
  weight: [
    untilReady,
    (look, { weight }) => (weight < 100 ? untilCopyReady(look) : null),
    (look, { weight }) =>
      look.state.weight === weight
        ? null
        : {
            state: { ...look.state, phase: 'progressing', weight, progressAt: iso(look.now) },
            because: `${look.state.plan.candidate} is ready and gets ${weight} % of the traffic (${stepWords(look)}).`,
            again: true,
          },
    untilServed,
    (look, { weight }) => leave(look, `${weight} % of the traffic is served (${stepWords(look)}).`),
  ],
  route: [
    untilReady,
    (look, { match }) =>
      sameRoutes(look.state.routes, match)
        ? null
        : {
            state: {
              ...look.state,
              phase: 'progressing',
              routes: match,
              progressAt: iso(look.now),
            },
            because:
              match.length === 0
                ? `No request is routed by header or cookie any more (${stepWords(look)}).`
                : `Requests that match go to ${look.state.plan.candidate} (${stepWords(look)}).`,
            again: true,
          },
    untilServed,
    (look) => leave(look, `The routes are served (${stepWords(look)}).`),
  ],
  preview: [
    untilReady,
    (look) =>
      leave(
        look,
        `${look.state.plan.candidate} is ready on its preview address (${stepWords(look)}).`,
      ),
  ],
  pause: [
    (look, { duration, what }) => {
      const words = `${what} (${stepWords(look)})`;
      if (duration === null) {
        return pause(look, `${words}: waiting for a person to promote`, Number.POSITIVE_INFINITY);
      }
      const until = time(look.state.stepSince) + duration;
      if (look.now >= until) return null;
      return pause(look, `${words} for ${span(duration)}, until ${clock(until, look.now)}`, until);
    },
    (look) => leave(look, `The pause is over (${stepWords(look)}).`),
  ],
  approval: [
    (look, { count }) => {
      const { approvals } = look.state;
      if (approvals.length < count) return null;
      const names = approvals.map((approval) => approval.actor).join(', ');
      return leave(look, `Approved by ${names} (${stepWords(look)}).`);
    },
    (look, { count, expires, approvers }) => {
      const { state, now } = look;
      const until = time(state.stepSince) + expires;
      const has = `${count - state.approvals.length} of ${count} approvals`;
      if (now >= until) {
        const because = `${has} were still missing after ${span(expires)} (${stepWords(look)})`;
        return beginRetreat(look, { to: 'aborted', actor: 'tidegate', because, revert: true });
      }
      const people = approvers.length > 0 ? approvers : state.plan.approvers;
      const from = people.length > 0 ? ` from ${people.join(', ')}` : '';
      return pause(look, `waiting for ${has}${from}, until ${clock(until, now)}`, until);
    },
  ],
  analysis: [
    stepAnalysisRule.decide,
    (look) => awaitVerdict(look, usesOfStep(look.state)),
    (look) => leave(look, `The analysis was successful (${stepWords(look)}).`),
  ],
  test: [
    stepAnalysisRule.decide,
    (look, { duration }) => {
      const until = time(look.state.stepSince) + duration;
      if (look.now >= until) return null;
      const because = `testing for ${span(duration)}, until ${clock(until, look.now)} (${stepWords(look)})`;
      return hold(look, because, { until, declared: until });
    },
    (look) => endRequests(look, usesOfStep(look.state)),
    (look) => awaitVerdict(look, usesOfStep(look.state)),
    (look) => leave(look, `The test is over (${stepWords(look)}).`),
  ],
};

function stepMove<D extends Step['do']>(
  look: Look,
  step: Extract<Step, { readonly do: D }>,
): Move | null {
  const table: StepTables[D] = tables[step.do as D];
  return table.reduce<Move | null>((found, decide) => found ?? decide(look, step), null);
}

export const stepRules: readonly Rule[] = [
  {
    name: 'a person skipped the steps that are left, but no approval',
    decide: (look) => {
      const step = look.steps[look.state.step];
      return step && isFast(look.state) && step.do !== 'approval'
        ? leave(look, `Skipped (${stepWords(look)}): ${look.state.full?.actor} promotes it fully.`)
        : null;
    },
  },
  {
    name: 'the step under way',
    decide: (look) => {
      const step = look.steps[look.state.step];
      return step ? stepMove(look, step) : null;
    },
  },
];
