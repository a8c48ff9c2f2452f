import type { StepMove } from '../port.ts';
import { type Cancelled, cancelledEnd, errored, later } from '../typed.ts';
import { within } from '../words.ts';
import type { DeployFacts, DeployLook, DeployMemory, DeployRollout } from './shapes.ts';

/** ms: how long a commit that was just made is given to become a rollout, which can then be aborted. */
const patience = 60_000;
const look = 2_000;
const safetyLook = 10_000;

/**
 * How a deployment that is to stop clears up. First match wins:
 *
 *   onCancel: leave, or the promotion failed     → cancelled
 *   its rollout is over                          → cancelled, and how that ended
 *   its rollout was begun by another run or person → cancelled; that one is not ours to abort
 *   its rollout is under way                     → ask it to abort, then wait for its end
 *   there is none and there will be none         → cancelled: refused, stable already, or another commit won
 *   there is none yet                            → wait a minute for it; then the commit stays as it is
 */
export function clearUp(
  { facts, settings, outcome }: DeployLook,
  memory: DeployMemory,
  cancelled: Cancelled,
  now: Date,
): StepMove {
  const end = (more: string, rollout: DeployRollout | null = null) =>
    cancelledEnd(cancelled, more, {
      application: memory.application,
      promotion: memory.promotion,
      release: memory.release,
      commit: facts?.promotion?.commit ?? null,
      rollout: rollout?.id ?? null,
    });
  if (memory.is === 'aborting') return aborting(memory, outcome, now);
  if (settings.onCancel === 'leave') return end('what it deploys is left to itself');
  if (facts?.promotion?.phase === 'failed') return end('nothing was changed');
  const rollout = facts ? rolloutOf(memory, facts) : null;
  if (rollout?.terminal)
    return end(`rollout ${rollout.id} ended ${rollout.phase}: ${within(rollout.because)}`, rollout);
  if (rollout && !rollout.isOwn)
    return end(`rollout ${rollout.id} was begun by another commit and goes on`, rollout);
  if (rollout) return abort(memory, rollout, cancelled, now);
  const settled = facts ? settledWords(memory, facts) : null;
  if (settled !== null) return end(settled);
  const since = memory.since === null ? now : new Date(memory.since);
  // A time that cannot be read counts as long ago.
  if (!(now.getTime() - since.getTime() < patience))
    return end('no rollout of its commit had begun, and the commit stays as it is');
  return wait(
    'waiting for the rollout to begin, so that it can be aborted',
    {
      ...memory,
      since: since.toISOString(),
    },
    later(now, look),
  );
}

const rolloutOf = (memory: DeployMemory, { rollout, delivery }: DeployFacts) =>
  rollout ?? (delivery?.active?.release === memory.release ? delivery.active : null);

function abort(
  memory: DeployMemory,
  rollout: DeployRollout,
  { actor, because }: Cancelled,
  now: Date,
): StepMove {
  if (memory.is === 'aborted')
    return wait(
      `rollout ${rollout.id} is being aborted: ${within(rollout.because)}`,
      memory,
      later(now, safetyLook),
    );
  return {
    ...wait(
      `aborting rollout ${rollout.id}`,
      { ...memory, is: 'aborting', rollout: rollout.id },
      null,
    ),
    effect: { do: 'abort', rollout: rollout.id, actor, because },
  };
}

function aborting(memory: DeployMemory, outcome: DeployLook['outcome'], now: Date): StepMove {
  if (outcome === null) return wait(`aborting rollout ${memory.rollout}`, memory, null);
  if (!outcome.ok)
    return errored(
      `rollout ${memory.rollout} could not be aborted: ${within(outcome.problem.detail)}`,
    );
  return wait(`rollout ${memory.rollout} was asked to abort`, { ...memory, is: 'aborted' }, now);
}

/** Why there will be no rollout of it; null while there may be one. */
function settledWords(
  memory: DeployMemory,
  { promotion, delivery, desired }: DeployFacts,
): string | null {
  if (promotion?.phase !== 'committed') return null;
  if (delivery?.refusedCommit && delivery.refusedCommit === promotion.commit)
    return 'its commit had been refused';
  if (desired?.isRead && desired.release !== memory.release) return 'another commit had won';
  if (
    delivery?.stable === memory.release &&
    desired?.release === memory.release &&
    !delivery.active
  )
    return `${memory.release} was stable already`;
  return null;
}

const wait = (because: string, memory: DeployMemory, wakeAt: Date | null) =>
  ({ is: 'wait', because, memory, wakeAt }) as const satisfies StepMove;
