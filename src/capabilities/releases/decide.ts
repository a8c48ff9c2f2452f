import type { Decision, NewEffect, NewEvent } from '../../engine/types.ts';
import type { PromotionPhase, PromotionSnapshot, PromotionState } from './types.ts';

/** A newer commit may win this often before the promotion gives up and leaves Git as it is. */
const patience = 5;

type Outcome =
  | { readonly is: 'none' }
  | { readonly is: 'committed'; readonly commit: string }
  | { readonly is: 'unchanged'; readonly commit: string }
  | { readonly is: 'overtaken' }
  | { readonly is: 'failed'; readonly because: string };

/**
 * The next move of a promotion. Rules, first match wins:
 *
 *   outcome committed    → committed, with one event that holds the commit
 *   outcome unchanged    → committed: Git already said so
 *   outcome overtaken    → wait for the newer commit to be read, then try on top of it; give up after a few
 *   outcome failed       → failed: nothing was changed
 *   commit asked for     → wait for its outcome: a second one would be a second commit
 *   file shared          → failed: rewriting it would touch its neighbours
 *   no outcome           → ask for the commit
 */
export function decidePromotion(snapshot: PromotionSnapshot, now: Date): Decision<PromotionState> {
  const { state } = snapshot;
  if (state.phase === 'committed' || state.phase === 'failed')
    return rest(snapshot, 'Nothing is left to do.');
  const outcome = outcomeOf(snapshot);
  const taken = { effects: snapshot.effects.map((effect) => effect.id) };
  switch (outcome.is) {
    case 'committed':
    case 'unchanged':
      return {
        ...settle(snapshot, 'committed', committedWords(snapshot, outcome), outcome.commit),
        taken,
      };
    case 'failed':
      return { ...settle(snapshot, 'failed', outcome.because, null), taken };
    case 'overtaken':
      return { ...overtaken(snapshot, now), taken };
    case 'none':
      if (state.phase === 'committing') return waiting(snapshot);
      return snapshot.file?.shared
        ? settle(
            snapshot,
            'failed',
            `${snapshot.file.path} declares more than this release; a Release needs a file of its own.`,
            null,
          )
        : ask(snapshot);
  }
}

function outcomeOf(snapshot: PromotionSnapshot): Outcome {
  const last = snapshot.effects.at(-1);
  if (!last) return { is: 'none' };
  if (!last.outcome.ok)
    return { is: 'failed', because: `${last.outcome.problem.detail} ${last.outcome.problem.hint}` };
  const value = last.outcome.value as {
    ok: boolean;
    commit?: string;
    reason?: string;
    head?: string;
  };
  if (value.ok && value.commit) return { is: 'committed', commit: value.commit };
  if (value.reason === 'unchanged') return { is: 'unchanged', commit: value.head ?? '' };
  return { is: 'overtaken' };
}

function ask(snapshot: PromotionSnapshot): Decision<PromotionState> {
  const { state } = snapshot;
  return {
    state: { ...state, phase: 'committing' },
    phase: 'committing',
    terminal: false,
    because: `Committing ${subject(state)} to ${snapshot.repository}.`,
    wakeAt: null,
    effects: [commitEffect(snapshot)],
  };
}

function waiting(snapshot: PromotionSnapshot): Decision<PromotionState> {
  return {
    state: snapshot.state,
    phase: 'committing',
    terminal: false,
    because: `Waiting for the commit of ${subject(snapshot.state)} to be pushed to ${snapshot.repository}.`,
    wakeAt: null,
  };
}

function overtaken(snapshot: PromotionSnapshot, now: Date): Decision<PromotionState> {
  const times = snapshot.state.overtaken + 1;
  if (times >= patience) {
    return settle(
      snapshot,
      'failed',
      `Git moved on ${times} times under this promotion; what it declares now was left as it is.`,
      null,
    );
  }
  return {
    state: { ...snapshot.state, phase: 'waiting', overtaken: times },
    phase: 'waiting',
    terminal: false,
    because: `Another commit changed the file first (${times} of ${patience}); reading it before trying again.`,
    wakeAt: new Date(now.getTime() + 500 * times),
    wake: [`source/${snapshot.repository}`],
  };
}

function settle(
  snapshot: PromotionSnapshot,
  phase: PromotionPhase,
  because: string,
  commit: string | null,
): Decision<PromotionState> {
  const state = { ...snapshot.state, phase, commit };
  return {
    state,
    phase,
    terminal: true,
    because,
    wakeAt: null,
    events: [eventOf(snapshot, because, phase === 'committed' ? 'done' : 'failed', commit)],
    wake: [`source/${snapshot.repository}`, ...(state.run ? [`run/${state.run}`] : [])],
  };
}

function rest(snapshot: PromotionSnapshot, because: string): Decision<PromotionState> {
  return {
    state: snapshot.state,
    phase: snapshot.state.phase,
    terminal: true,
    because,
    wakeAt: null,
    taken: { effects: snapshot.effects.map((effect) => effect.id) },
  };
}

function eventOf(
  snapshot: PromotionSnapshot,
  because: string,
  outcome: 'done' | 'failed',
  commit: string | null,
): NewEvent {
  const { state } = snapshot;
  return {
    type: outcome === 'done' ? `${state.kind}.committed` : `${state.kind}.failed`,
    actor: state.actor,
    objectId: snapshot.id,
    application: state.application,
    environment: state.environment,
    because,
    outcome,
    before: { release: snapshot.file?.release ?? null },
    after: {
      release: outcome === 'done' ? state.release : (snapshot.file?.release ?? null),
      commit,
    },
    ...(state.requestId ? { requestId: state.requestId } : {}),
  };
}

function commitEffect(snapshot: PromotionSnapshot): NewEffect {
  const { state, release } = snapshot;
  const path = snapshot.file?.path ?? `environments/${state.environment}/${state.application}.yaml`;
  const trailers: Record<string, string> = {
    'Tidegate-Promotion': snapshot.id.replace('promotion/', ''),
    'Tidegate-Release': state.release,
    'Tidegate-Actor': state.actor,
    ...(state.because ? { 'Tidegate-Reason': oneLine(state.because) } : {}),
    ...(state.kind === 'rollback' ? { 'Tidegate-Rollback': 'true' } : {}),
    ...(state.fastTrack ? { 'Tidegate-Fast-Track': 'true' } : {}),
    ...(state.retry ? { 'Tidegate-Retry': 'true' } : {}),
    ...(state.run ? { 'Tidegate-Run': state.run } : {}),
  };
  return {
    kind: 'git.commit',
    payload: {
      repository: snapshot.repository,
      branch: snapshot.branch,
      edits: [{ path, content: snapshot.text }],
      expect: { [path]: snapshot.file?.blob ?? null },
      message: `${capital(state.kind === 'rollback' ? 'roll back' : 'promote')} ${subject(state)}\n\n${release.subject}`,
      trailers,
    },
  };
}

const subject = (state: PromotionState) =>
  `${state.application} to ${state.release} in ${state.environment}`;
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim();

function committedWords(
  snapshot: PromotionSnapshot,
  outcome: { readonly is: 'committed' | 'unchanged'; readonly commit: string },
): string {
  const { state } = snapshot;
  const why = state.because ? `: ${state.because}` : '';
  return outcome.is === 'committed'
    ? `Commit ${outcome.commit.slice(0, 12)} brings ${subject(state)}${why}.`
    : `Git already declares ${subject(state)}; no commit was needed.`;
}
