import type { Decision } from '../../engine/types.ts';
import type { AnalysisView } from '../analysis/types.ts';
import type {
  DeliverySnapshot,
  DeliveryState,
  DeliveryWrite,
  RolloutSnapshot,
  RolloutState,
  RolloutWrite,
  TargetView,
} from './types.ts';

/**
 * A rollout as its next look will find it: with its new state, its targets told, the analyses it opened under way, and
 * nothing left in its inbox.
 */
export function seenAfter(
  snapshot: RolloutSnapshot,
  { state, writes = [], open = [] }: Decision<RolloutState, RolloutWrite>,
): RolloutSnapshot {
  const opened = open.map(
    ({ key, because = '' }): AnalysisView => ({ key, phase: 'running', because, detail: null }),
  );
  return {
    ...snapshot,
    state,
    analyses: [...snapshot.analyses, ...opened],
    targets: toldTargets(snapshot.targets, writes),
    requests: [],
    effects: [],
  };
}

/**
 * A delivery as its next look will find it once its rollout is over; null when the release that became the stable one is
 * none that this look has seen.
 */
export function deliverySeenAfter(
  snapshot: DeliverySnapshot,
  { state }: Decision<DeliveryState, DeliveryWrite>,
): DeliverySnapshot | null {
  const known = [snapshot.stable, snapshot.desired?.release ?? null];
  const stable = known.find((release) => (release?.id ?? null) === state.stable);
  if (state.active !== null || stable === undefined) return null;
  return { ...snapshot, state, stable, active: null, requests: [] };
}

/** With what these rows ask of them now, of a generation that none of them has reported on. */
function toldTargets(
  targets: readonly TargetView[],
  writes: readonly RolloutWrite[],
): readonly TargetView[] {
  const specs = new Map(
    writes.flatMap((write) => (write.table === 'intents' ? [[write.target, write.spec]] : [])),
  );
  return targets.map((view) => {
    const spec = specs.get(view.name);
    if (!spec) return view;
    const newest = Math.max(view.intent?.generation ?? 0, view.status?.generation ?? 0);
    return { ...view, intent: { generation: newest + 1, spec } };
  });
}

/** A target is told, and the row is written, as the last move has it. */
export function joinWrites<W extends DeliveryWrite>(writes: readonly W[]): readonly W[] {
  const nameOf = (write: W): string | null => {
    if (write.table === 'intents') return `intents ${write.target}`;
    return write.table === 'rollouts' ? 'rollouts' : null;
  };
  const last = new Map(writes.map((write) => [nameOf(write), write]));
  return writes.filter((write) => nameOf(write) === null || last.get(nameOf(write)) === write);
}
