import type { Decision, NewEvent, NewObject } from '../../engine/types.ts';
import type { DeliveryState } from '../rollouts/types.ts';
import { maskAddress } from './address.ts';
import { type Changed, decideFiles } from './decide-files.ts';
import { triggerOpenings, triggersOf } from './decide-triggers.ts';
import type { Routes, SourceLook, SourceSnapshot, SourceState, SourceWrite } from './types.ts';
import { vanishedFrom } from './vanishing.ts';

type Made = Decision<SourceState, SourceWrite>;
type ChangedLook = Extract<SourceLook, { is: 'changed' }>;

/** Milliseconds. */
const longestBackoff = 300_000;
const freshness = 60_000;

/**
 * What follows from one look at a config repository. Rules, first match wins:
 *
 *   it could not be read  → unreachable: what was read before stands, and it is tried again, ever more slowly
 *   its head was seen     → watching
 *   some of it is unread  → the rows of this piece, and look again at once
 *   all of it is read     → the rows of this piece, documents that are gone, and the head counts as seen
 */
export function decideSource(snapshot: SourceSnapshot, now: Date): Made {
  const state = configured(snapshot);
  const made = decideLook(snapshot, state, now);
  return {
    ...made,
    events: [...configureEvents(snapshot, state), ...(made.events ?? [])],
    taken: { requests: snapshot.requests.map((one) => one.id) },
  };
}

function decideLook(snapshot: SourceSnapshot, state: SourceState, now: Date): Made {
  // Another address or branch has nothing to do with what was just fetched.
  if (state.address !== snapshot.state.address || state.branch !== snapshot.state.branch)
    return moved(state, now);
  const { look } = snapshot;
  switch (look.is) {
    case 'unreachable':
      return unreachable(state, look, now);
    case 'same':
      return watching(snapshot, state, look.head, now);
    case 'changed':
      return changed(snapshot, state, look, now);
  }
}

/** State with what people asked for: another address, branch or interval. */
function configured({ state, requests }: SourceSnapshot): SourceState {
  return requests
    .filter((one) => one.action === 'configure')
    .reduce<SourceState>(({ ...kept }, { payload }) => {
      const { address, branch, pollInterval } = payload;
      return {
        ...kept,
        address: typeof address === 'string' ? address : kept.address,
        branch: typeof branch === 'string' ? branch : kept.branch,
        pollInterval: typeof pollInterval === 'number' ? pollInterval : kept.pollInterval,
      };
    }, state);
}

function moved(state: SourceState, now: Date): Made {
  return {
    state: { ...state, seenCommit: null, pending: null, failures: 0 },
    phase: 'reading',
    terminal: false,
    because: `Its address or branch was changed; ${state.branch} is about to be read.`,
    wakeAt: now,
  };
}

function configureEvents(snapshot: SourceSnapshot, state: SourceState): readonly NewEvent[] {
  const settings = ({ address, branch, pollInterval }: SourceState) => ({
    address: maskAddress(address),
    branch,
    pollInterval,
  });
  return snapshot.requests.map((one) => ({
    type: 'source.configured',
    actor: one.actor,
    because: one.because || 'Other settings were given.',
    outcome: 'done',
    before: settings(snapshot.state),
    after: settings(state),
    ...(one.requestId ? { requestId: one.requestId } : {}),
  }));
}

function unreachable(
  state: SourceState,
  look: Extract<SourceLook, { is: 'unreachable' }>,
  now: Date,
): Made {
  const failures = state.failures + 1;
  const wait = Math.min(state.pollInterval * 2 ** Math.min(failures - 1, 10), longestBackoff);
  const because = `${look.problem.title}: ${look.problem.detail} Tried again in ${Math.round(wait / 1000)} s; what was read before stands.`;
  const event = {
    type: 'source.unreachable',
    actor: 'tidegate',
    because,
    outcome: 'failed' as const,
    after: { problem: look.problem },
  };
  return {
    state: { ...state, failures },
    phase: 'unreachable',
    terminal: false,
    because,
    wakeAt: new Date(now.getTime() + wait),
    events: failures === 1 ? [event] : [],
  };
}

function watching(snapshot: SourceSnapshot, state: SourceState, head: string, now: Date): Made {
  return {
    state: reached(state, now),
    phase: 'watching',
    terminal: false,
    because: seenWords(state, head),
    wakeAt: new Date(now.getTime() + state.pollInterval),
    events: recovery(snapshot),
  };
}

function changed(snapshot: SourceSnapshot, state: SourceState, look: ChangedLook, now: Date): Made {
  const before = state.pending?.vanished ?? [];
  const vanished = [...before, ...vanishedFrom(look.files, look.known)];
  const { repository } = snapshot;
  const { files, known, brokenPaths, last, routes } = look;
  const outcome = decideFiles({ repository, files, known, brokenPaths, vanished, last });
  const done = (state.pending?.done ?? 0) + files.length;
  const deliveries = deliveriesOf(outcome.changed, routes);
  const pending = {
    to: look.to,
    after: look.after,
    done,
    total: Math.max(look.total, done),
    vanished,
  };
  return {
    state: {
      ...reached(state, now),
      lastFetchedAt: now.toISOString(),
      seenCommit: last ? look.to : state.seenCommit,
      pending: last ? null : pending,
    },
    phase: last ? 'watching' : 'reading',
    terminal: false,
    because: last
      ? seenWords(state, look.to)
      : `Reading ${state.branch} at ${look.to.slice(0, 12)}: ${done} of ${pending.total} files.`,
    wakeAt: last ? new Date(now.getTime() + state.pollInterval) : now,
    events: [...recovery(snapshot), ...outcome.events],
    open: [...openings(outcome.changed), ...triggerOpenings(outcome.changed)],
    wake: [...deliveries.map((one) => `delivery/${one}`), ...triggersOf(outcome.changed, routes)],
    writes: outcome.writes,
  };
}

const seenWords = (state: SourceState, head: string): string =>
  `${state.branch} is at ${head.slice(0, 12)}; looked at every ${state.pollInterval / 1000} s and when nudged.`;

/** The time of the last answer is renewed seldom, so that a look that finds nothing new writes nothing. */
function reached(state: SourceState, now: Date): SourceState {
  const last = state.lastFetchedAt === null ? 0 : Date.parse(state.lastFetchedAt);
  const lastFetchedAt =
    now.getTime() - last >= freshness || state.failures > 0
      ? now.toISOString()
      : state.lastFetchedAt;
  return { ...state, lastFetchedAt, failures: 0 };
}

function recovery({ state }: SourceSnapshot): NonNullable<Made['events']> {
  if (state.failures === 0) return [];
  const because = `It can be read again after ${state.failures} failures.`;
  return [{ type: 'source.reachable', actor: 'tidegate', because, outcome: 'done' }];
}

/** `application@environment` of everything that a change concerns. */
function deliveriesOf(changes: readonly Changed[], routes: Routes): readonly string[] {
  const through = (environment: string): string[] =>
    (routes.applications[environment] ?? []).map((application) => `${application}@${environment}`);
  const all = changes.flatMap((one): readonly string[] => {
    if (one.kind === 'Release' || one.kind === 'Application') return ownDeliveries(one);
    if (one.kind === 'Environment') return through(one.name);
    if (one.kind === 'Target') return (routes.environments[one.name] ?? []).flatMap(through);
    return [];
  });
  return [...new Set(all)].sort();
}

function ownDeliveries(one: Changed): readonly string[] {
  if (one.kind === 'Application') return one.environments.map((name) => `${one.name}@${name}`);
  const [environment = '', application = ''] = one.name.split('/');
  return [`${application}@${environment}`];
}

/** A delivery lives from the first time that Git speaks of its application there. */
function openings(changes: readonly Changed[]): readonly NewObject[] {
  const own = changes.filter(
    (one) => !one.gone && (one.kind === 'Release' || one.kind === 'Application'),
  );
  const keys = [...new Set(own.flatMap(ownDeliveries))].sort();
  return keys.map((key) => {
    const [application = '', environment = ''] = key.split('@');
    const state: DeliveryState = {
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
    return {
      kind: 'delivery',
      key,
      phase: 'empty',
      state,
      because: 'Declared; not looked at yet.',
    };
  });
}
