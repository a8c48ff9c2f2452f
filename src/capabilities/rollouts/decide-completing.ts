import { clock, iso, time } from '../../platform/text/times.ts';
import type { Look, Move, Rule } from './decide-look.ts';
import { isFast } from './decide-strategy.ts';
import { notReady, notServed, reachEnds, touchedTargets } from './decide-targets.ts';

/** Every wave is through: the old version is let go where traffic has left it, then the candidate is the stable one. */
export const completingRules: readonly Rule[] = [
  {
    name: 'old version kept for a while',
    decide: (look) => {
      const { state, now } = look;
      const delay = isFast(state) ? 0 : (state.plan.strategy.blueGreen?.scaleDownDelay ?? 0);
      const until = time(state.completingAt ?? state.progressAt) + delay;
      if (state.dropped || now >= until) return null;
      return {
        state,
        because: `${state.plan.stable} is kept until ${clock(until, now)}, ready to be switched back to`,
        until,
        declared: until,
      };
    },
  },
  {
    name: 'traffic still moves',
    decide: (look) => {
      const all = touchedTargets(look.state);
      const because = notReady(look, all) ?? notServed(look, all);
      return because === null ? null : { state: look.state, because, until: reachEnds(look) };
    },
  },
  {
    name: 'old version is let go',
    decide: ({ state, now }) =>
      state.dropped || state.plan.stable === null
        ? null
        : {
            state: { ...state, dropped: true, progressAt: iso(now) },
            because: `All traffic is on ${state.plan.candidate}; ${state.plan.stable} is let go.`,
            again: true,
          },
  },
  { name: 'done', decide: (look) => succeed(look) },
];

/** The candidate is the stable release from now on. */
export function succeed({ state, now }: Look, actor = 'tidegate'): Move {
  const { plan } = state;
  return {
    state: { ...state, phase: 'succeeded', dropped: true, trouble: null, endedAt: iso(now) },
    because: `${plan.candidate} serves ${plan.environment} on ${plan.waves.flatMap((wave) => wave.targets).join(', ')}.`,
    actor,
    writes: [{ table: 'stables', release: plan.candidate }],
  };
}
