import { clock, iso, span, time } from '../../platform/text/times.ts';
import { awaitVerdict, endRequests } from './decide-analysis.ts';
import type { Look, Move, Rule } from './decide-look.ts';
import { hold, pause, untilReady, untilServed } from './decide-steps.ts';
import { hasCopy, isFast } from './decide-strategy.ts';
import { targetsOf } from './decide-targets.ts';

/** "wave 1 of 2 (eu)" as people count. */
export function waveWords({ state }: Look): string {
  const { waves } = state.plan;
  return `wave ${state.wave + 1} of ${waves.length} (${waves[state.wave]?.name ?? ''})`;
}

/** A wave begins once no freeze window is in its way; a rollback never waits for one. */
export const beginRules: readonly Rule[] = [
  {
    name: 'frozen',
    decide: (look) => {
      const { state, snapshot, now } = look;
      const { freeze } = snapshot;
      if (state.begun || !freeze.frozen || state.plan.isRollback || state.freezeOverride) {
        return null;
      }
      const until = freeze.until === null ? Number.POSITIVE_INFINITY : time(freeze.until);
      const end = Number.isFinite(until) ? clock(until, now) : 'its windows change';
      const because = `frozen until ${end} by window ${freeze.window}, before ${waveWords(look)}`;
      const move = pause(look, because, until);
      return state.phase === 'pending'
        ? { ...move, state: { ...move.state, phase: 'pending' } }
        : move;
    },
  },
  {
    name: 'wave begins',
    decide: (look) => {
      const { state, now } = look;
      if (state.begun) return null;
      const at = iso(now);
      const over = state.freezeOverride && look.snapshot.freeze.frozen;
      const freeze = over
        ? `, though frozen: ${state.freezeOverride.actor} overrode it (${state.freezeOverride.because})`
        : '';
      const begun = { ...state, phase: 'progressing', begun: true, stepSince: at } as const;
      const beside = hasCopy(begun) ? `beside a fresh copy of ${state.plan.stable}, ` : '';
      return {
        state: { ...begun, progressAt: at },
        because: `${state.plan.candidate} starts on ${targetsOf(state).join(', ')}, ${beside}${waveWords(look)}${freeze}.`,
        again: true,
      };
    },
  },
];

/** After the last step: all traffic of the wave, then its soak. */
export const promoteRules: readonly Rule[] = [
  {
    name: 'not ready for all traffic',
    decide: (look) => (isFast(look.state) ? null : untilReady(look)),
  },
  {
    name: 'all traffic',
    decide: (look) => {
      const { state, now } = look;
      if (state.weight === 100 && state.routes.length === 0) return null;
      return {
        state: { ...state, phase: 'progressing', weight: 100, routes: [], progressAt: iso(now) },
        because: isFast(state)
          ? `${state.plan.candidate} gets all traffic of ${waveWords(look)}, on each target as soon as it is ready there.`
          : `${state.plan.candidate} is ready and gets all traffic of ${waveWords(look)}.`,
        again: true,
      };
    },
  },
  { name: 'not ready yet', decide: untilReady },
  { name: 'not served yet', decide: untilServed },
  {
    name: 'soak begins',
    decide: (look) => {
      const { state, now } = look;
      const soak = state.plan.waves[state.wave]?.soak ?? 0;
      const isWatched = openBackground(look).length > 0;
      if (isFast(state) || (soak === 0 && !isWatched)) return null;
      return {
        state: { ...state, phase: 'soaking', soakSince: iso(now), progressAt: iso(now) },
        because: `${waveWords(look)} is promoted and soaks for ${span(soak)}.`,
        again: true,
      };
    },
  },
  { name: 'wave is through', decide: (look) => nextWave(look) },
];

const openBackground = ({ state }: Look) =>
  state.analyses.filter(
    (use) => use.wave === state.wave && use.purpose === 'background' && use.mark !== 'skipped',
  );

export const soakRules: readonly Rule[] = [
  {
    name: 'soaking',
    decide: (look) => {
      const { state, now } = look;
      const soak = state.plan.waves[state.wave]?.soak ?? 0;
      const until = time(state.soakSince ?? state.progressAt) + soak;
      if (isFast(state) || now >= until) return null;
      const because = `${waveWords(look)} soaks for ${span(soak)}, until ${clock(until, now)}`;
      return { state, because, until, declared: until };
    },
  },
  { name: 'watch ends', decide: (look) => endRequests(look, openBackground(look)) },
  { name: 'last verdict', decide: (look) => awaitVerdict(look, openBackground(look)) },
  { name: 'wave is through', decide: (look) => nextWave(look) },
];

function nextWave(look: Look): Move {
  const { state, now } = look;
  const at = iso(now);
  const isLast = state.wave + 1 >= state.plan.waves.length;
  const moved = { ...state, soakSince: null, stepSince: at, progressAt: at };
  if (isLast) {
    return {
      state: { ...moved, phase: 'completing', weight: 100, completingAt: at },
      because: `${state.plan.candidate} serves every wave.`,
      again: true,
    };
  }
  return hold(look, `${waveWords(look)} is through.`, {
    state: {
      ...moved,
      phase: 'progressing',
      wave: state.wave + 1,
      step: 0,
      weight: 0,
      routes: [],
      approvals: [],
      begun: false,
    },
    again: true,
  });
}
