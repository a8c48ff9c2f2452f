import type { Intent, IntentVersion } from '../../../capabilities/fleet/types.ts';
import { describeLeaving, describeVersion } from './describe.ts';
import { restartDelay } from './restart.ts';
import { shareOut } from './share.ts';
import type {
  Action,
  BundleState,
  ProcessDecision,
  ProcessSnapshot,
  Replica,
  VersionOutcome,
} from './types.ts';

/**
 * How a target gets from what runs to what its intent asks. The order of things is what keeps requests alive:
 * replicas start, pass readiness, get their share, and only then do those that they replace lose theirs, drain
 * and end. Everything is derived anew from what is observed, so a crash at any point needs no repair.
 */

/** Milliseconds between SIGTERM and SIGKILL. */
export const killAfter = 10_000;

type Step = { readonly actions: Action[]; readonly wakes: number[] };
const missing: BundleState = { phase: 'missing' };

const isActive = (replica: Replica) =>
  replica.state === 'starting' ||
  replica.state === 'ready' ||
  replica.state === 'unready' ||
  replica.state === 'down' ||
  (replica.state === 'stopping' && replica.again);

const name = ({ release, index }: Replica) => ({ release, index });

/** Keeps ready replicas before others, and low numbers before high ones. */
const keepOrder: { readonly [state: string]: number } = {
  ready: 0,
  unready: 1,
  starting: 2,
  down: 3,
};
function byWorth(a: Replica, b: Replica): number {
  return (keepOrder[a.state] ?? 4) - (keepOrder[b.state] ?? 4) || a.index - b.index;
}

function lowestFree(taken: ReadonlySet<number>): number {
  let index = 1;
  while (taken.has(index)) index += 1;
  return index;
}

/** A replica that was told to end is killed when it takes too long. */
function awaitEnd(replica: Replica, now: number, { actions, wakes }: Step): void {
  const late = replica.since + killAfter;
  if (replica.killed) return;
  if (late <= now) actions.push({ type: 'kill', ...name(replica) });
  else wakes.push(late);
}

/** A replica that shall run: watched for start timeout, liveness, and started again when it is down. */
function tend(replica: Replica, now: number, step: Step): void {
  const { actions, wakes } = step;
  const deadline = replica.startedAt + replica.health.startTimeout;
  if (replica.state === 'down') {
    const due = replica.since + restartDelay(replica.failures);
    if (due <= now) actions.push({ type: 'start', ...name(replica) });
    else wakes.push(due);
  } else if (replica.state === 'stopping') {
    awaitEnd(replica, now, step);
  } else if (!replica.alive) {
    const probe = replica.health.liveness?.path ?? 'its liveness probe';
    actions.push({ type: 'fail', ...name(replica), reason: `failed ${probe}` });
  } else if (replica.state === 'starting') {
    const reason = `was not ready ${replica.health.startTimeout} ms after its start`;
    if (deadline <= now) actions.push({ type: 'fail', ...name(replica), reason });
    else wakes.push(deadline);
  }
}

/** A replica on its way out, or one that was told to end: drained, then SIGTERM, then SIGKILL. */
function letGo(replica: Replica, now: number, step: Step): void {
  const { actions, wakes } = step;
  const drained = replica.since + replica.health.drain;
  if (replica.state === 'down') actions.push({ type: 'forget', ...name(replica) });
  else if (replica.state === 'stopping') awaitEnd(replica, now, step);
  else if (replica.state === 'draining') {
    if (replica.inFlight === 0 || drained <= now)
      actions.push({ type: 'terminate', ...name(replica) });
    else wakes.push(drained);
  } else if (replica.state === 'starting') actions.push({ type: 'terminate', ...name(replica) });
  else actions.push({ type: 'drain', ...name(replica) });
}

const isDue = (bundle: BundleState, now: number) =>
  bundle.phase === 'failed' && bundle.retryAt !== null && bundle.retryAt <= now;

/** Starts what a version lacks, once its bundle is there. */
function fill(
  version: IntentVersion,
  bundle: BundleState,
  replicas: readonly Replica[],
  now: number,
  { actions, wakes }: Step,
): void {
  const taken = new Set(replicas.map((replica) => replica.index));
  const lacking = version.replicas - replicas.filter(isActive).length;
  if (lacking <= 0) return;
  if (bundle.phase === 'ready') {
    for (let i = 0; i < lacking; i += 1) {
      const index = lowestFree(taken);
      taken.add(index);
      actions.push({ type: 'start', release: version.release, index });
    }
  } else if (bundle.phase === 'missing' || isDue(bundle, now)) {
    actions.push({ type: 'fetch', release: version.release });
  } else if (bundle.phase === 'failed' && bundle.retryAt !== null) wakes.push(bundle.retryAt);
}

/** Splits a version's replicas into those that stay and those that go. Who carries traffic never loses its last ready replica. */
function part(
  replicas: readonly Replica[],
  wanted: number,
  weight: number,
): { readonly stay: readonly Replica[]; readonly go: readonly Replica[] } {
  const active = replicas.filter(isActive).sort(byWorth);
  const ready = active.filter((replica) => replica.state === 'ready').length;
  const keep = wanted === 0 && weight > 0 ? ready : wanted;
  const leaving = replicas.filter((replica) => !isActive(replica));
  return { stay: active.slice(0, keep), go: [...active.slice(keep), ...leaving] };
}

function readyIn(replicas: readonly Replica[]): number {
  return replicas.filter((replica) => replica.state === 'ready').length;
}

function outcome(
  version: IntentVersion | null,
  release: string,
  replicas: readonly Replica[],
  weight: number,
  bundle: BundleState,
): VersionOutcome {
  const message = version
    ? describeVersion(version, replicas, weight, bundle)
    : describeLeaving(replicas, weight);
  const running = replicas.filter((replica) => replica.state !== 'down').length;
  return { release, replicas: running, ready: readyIn(replicas), weight, message };
}

function isConverged(intent: Intent, versions: readonly VersionOutcome[]): boolean {
  const wanted = intent.spec.versions;
  return (
    versions.length === wanted.length &&
    wanted.every((version, i) => {
      const is = versions[i];
      return (
        is?.release === version.release &&
        is.replicas === version.replicas &&
        is.ready === version.replicas &&
        Math.abs(is.weight - version.weight) < 1e-5
      );
    })
  );
}

export function decideProcess(snapshot: ProcessSnapshot, now: number): ProcessDecision {
  const { intent, replicas } = snapshot;
  const { versions } = intent.spec;
  const ready = new Set(replicas.filter((r) => r.state === 'ready').map((r) => r.release));
  const shares = shareOut(versions, ready);
  const step: Step = { actions: [], wakes: [] };
  const outcomes: VersionOutcome[] = [];

  const wanted = new Map(versions.map((version) => [version.release, version]));
  const leaving = new Set(replicas.map((r) => r.release).filter((release) => !wanted.has(release)));
  for (const release of [...wanted.keys(), ...leaving]) {
    const version = wanted.get(release) ?? null;
    const own = replicas.filter((replica) => replica.release === release);
    const weight = shares.get(release) ?? 0;
    const bundle = snapshot.bundles[release] ?? missing;
    const { stay, go } = part(own, version?.replicas ?? 0, weight);
    for (const replica of stay) tend(replica, now, step);
    for (const replica of go) letGo(replica, now, step);
    if (version) fill(version, bundle, own, now, step);
    outcomes.push(outcome(version, release, own, weight, bundle));
  }

  const converged = isConverged(intent, outcomes);
  const open = outcomes.find((version) => version.message !== '');
  return {
    weights: Object.fromEntries(shares),
    actions: step.actions,
    versions: outcomes,
    converged,
    message: converged ? '' : open ? `${open.release}: ${open.message}` : 'converging',
    wakeAt: step.wakes.length > 0 ? Math.min(...step.wakes) : null,
  };
}
