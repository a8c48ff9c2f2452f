import type { Application } from '../../contract/kinds/application.ts';
import type { Environment } from '../../contract/kinds/environment.ts';
import type { Json } from '../../platform/ids/types.ts';

import { declaredFor } from './decide-delivery-steady.ts';
import {
  commitWords,
  type DeliveryMove,
  deliveryEvent,
  isRetry,
  isTrue,
  rest,
  runOf,
} from './decide-delivery-words.ts';
import { rowOf } from './decide-finish.ts';
import { openRollout } from './open.ts';
import type { DeliverySnapshot, DeliveryWrite, DesiredRelease, RolloutPlan } from './types.ts';

/** Opens a rollout of the desired release, with all that is declared now fixed in its plan; rests when there is nothing to go by. */
export function openingMove(snapshot: DeliverySnapshot, now: Date): DeliveryMove {
  const { application, environment, desired, state, nextId } = snapshot;
  if (!desired) {
    return rest(snapshot, `Git declares no release of ${state.application} that can be read`);
  }
  if (!application || !environment) {
    return rest(
      snapshot,
      `environment ${state.environment} is not declared; what runs is left as it is`,
    );
  }
  const plan = planOf(snapshot, application, environment, desired);
  const opened = openRollout(plan, now);
  const because = `${commitWords(desired)} asks for ${plan.candidate}${
    plan.stable ? ` instead of ${plan.stable}` : ', the first release here'
  }`;
  return {
    state: {
      ...state,
      active: nextId,
      activeRelease: plan.candidate,
      decidedCommit: desired.commit.id,
      refusedCommit: null,
      asked: null,
    },
    because,
    open: [
      {
        kind: 'rollout',
        key: nextId,
        phase: opened.phase,
        state: opened as unknown as Json,
        because: opened.because,
      },
    ],
    writes: writesOf(snapshot, desired, rowOf(nextId, opened, now.getTime())),
    events: [
      deliveryEvent(snapshot, {
        type: 'rollout.opened',
        actor: `git:${desired.commit.author}`,
        objectId: `rollout/${nextId}`,
        because,
        outcome: 'done',
        before: { release: plan.stable },
        after: { release: plan.candidate, commit: desired.commit.id },
      }),
    ],
  };
}

function writesOf(
  snapshot: DeliverySnapshot,
  { release, isNew }: DesiredRelease,
  row: ReturnType<typeof rowOf>,
): readonly DeliveryWrite[] {
  return [
    ...(isNew ? [{ table: 'releases' as const, release }] : []),
    ...(snapshot.quarantine && isRetry(snapshot)
      ? [{ table: 'quarantineLifts' as const, release: release.id }]
      : []),
    { table: 'rollouts', row },
  ];
}

/** A rollback is what says so, or what returns to a release that was stable here before. */
function planOf(
  { state, stables }: DeliverySnapshot,
  application: Application,
  environment: Environment,
  { release, commit, repository, path }: DesiredRelease,
): RolloutPlan {
  const { trailers } = commit;
  const { spec } = application;
  const entry = declaredFor(application, state.environment);
  const run = runOf(commit.trailers);
  return {
    application: state.application,
    environment: state.environment,
    candidate: release.id,
    stable: state.stable,
    strategy: entry.strategy,
    waves: environment.spec.waves.map((wave, index) => ({
      name: wave.name ?? `wave-${index + 1}`,
      targets: wave.targets,
      soak: wave.soak,
    })),
    maxUnavailable: environment.spec.maxUnavailable,
    replicas: entry.replicas,
    progressDeadline: spec.progressDeadline,
    onInconclusive: spec.onInconclusive,
    approvers: environment.spec.approvers,
    fastTrack: isTrue(trailers['Tidegate-Fast-Track']),
    isRollback: isTrue(trailers['Tidegate-Rollback']) || stables.includes(release.id),
    commit: { id: commit.id, author: commit.author, subject: commit.subject },
    repository,
    path,
    ...(run === null ? {} : { wakes: [run] }),
  };
}
