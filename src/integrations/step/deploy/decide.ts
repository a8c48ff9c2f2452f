import type { Json } from '../../../platform/ids/types.ts';
import type { StepMove } from '../port.ts';
import { cameOf, cancelledEnd, type End, ended, errored, later, totalDecide } from '../typed.ts';
import { within } from '../words.ts';
import { clearUp } from './decide-cancel.ts';
import {
  type DeployFacts,
  type DeployLook,
  type DeployMemory,
  type DeployRollout,
  deployFactsSchema,
  memorySchema,
  promotedSchema,
  settingsSchema,
} from './shapes.ts';

/** ms: ends of promotions and rollouts wake the run; this is for news that was lost. */
const safetyLook = 60_000;
/** ms: a rollout that another commit asked for does not know of this run, so it is looked at. */
const foreignLook = 10_000;

/**
 * Brings a release into an environment by a commit and waits for what follows. First match wins:
 *
 *   nothing asked yet                       → ask for a promotion
 *   the promotion was refused               → failed
 *   cancelled                               → by the table of clearUp
 *   the promotion failed                    → failed: nothing was changed
 *   the promotion has no commit yet         → wait
 *   its rollout is over                     → succeeded; rolled back, aborted or superseded is failed
 *   its rollout is under way                → wait
 *   the delivery refused the commit         → failed
 *   the release is what is stable already   → succeeded
 *   a rollout of this release is under way  → await that one
 *   Git declares another release since      → failed, by the commit that won
 *   else                                    → wait for the delivery to look
 */
export const decideDeploy = totalDecide(
  { settings: settingsSchema, memory: memorySchema, facts: deployFactsSchema },
  (look: DeployLook, now: Date): StepMove => {
    const { memory, cancelled } = look;
    if (memory === null) {
      return cancelled ? cancelledEnd(cancelled, 'nothing had begun') : ask(look);
    }
    if (memory.is === 'promoting') return promoting(look, memory, now);
    if (cancelled) return clearUp(look, memory, cancelled, now);
    return follow(look, memory, now);
  },
);

function ask({ settings, subject }: DeployLook): StepMove {
  const application = settings.application ?? subject.application;
  if (application === null) {
    return errored('it names no application, and this run is not of one');
  }
  const { environment, release, fast, because } = settings;
  return {
    is: 'wait',
    because: `asking for ${release ?? subject.release ?? application} in ${environment}`,
    memory: {
      ...{ is: 'promoting', application },
      ...{ promotion: null, release: null, rollout: null, since: null },
    },
    wakeAt: null,
    effect: { do: 'promote', application, environment, release, fast, because },
  };
}

function promoting(look: DeployLook, memory: DeployMemory, now: Date): StepMove {
  const { outcome, cancelled, settings } = look;
  if (outcome === null) {
    const because = `asking for ${memory.application} in ${settings.environment}`;
    return { ...wait(because, memory, null), ...(cancelled ? { stopEffect: true } : {}) };
  }
  const came = cameOf(outcome, promotedSchema);
  if (!came.ok) return cancelled ? cancelledEnd(cancelled) : errored(came.because);
  if (came.value.is === 'refused')
    return cancelled ? cancelledEnd(cancelled) : ended('failed', within(came.value.because));
  const { promotion, release } = came.value;
  const next: DeployMemory = { ...memory, is: 'following', promotion, release };
  return wait(`promotion ${promotion} of ${release} was asked for`, next, now);
}

function follow(look: DeployLook, memory: DeployMemory, now: Date): StepMove {
  const { facts, settings } = look;
  const promotion = facts?.promotion;
  if (!facts || !promotion) {
    return wait(`promotion ${memory.promotion} is about to begin`, memory, later(now, safetyLook));
  }
  if (promotion.phase === 'failed') {
    return ended(
      'failed',
      `nothing was changed: ${within(promotion.because)}`,
      outputs(memory, facts),
    );
  }
  if (promotion.phase !== 'committed') {
    return wait(within(promotion.because), memory, later(now, safetyLook));
  }
  const { rollout, delivery } = facts;
  if (rollout && isAwaited(memory, rollout)) return byRollout(memory, facts, rollout, now);
  const commits = commitsOf(memory, facts);
  if (delivery?.refusedCommit && commits.includes(delivery.refusedCommit)) {
    return ended('failed', `refused: ${within(delivery.because)}`, outputs(memory, facts));
  }
  const active = delivery?.active ?? null;
  if (active && active.release === memory.release) return byRollout(memory, facts, active, now);
  if (isStable(memory, facts)) {
    const because = `${memory.release} is stable in ${settings.environment} already`;
    return ended('succeeded', because, outputs(memory, facts));
  }
  const winner = winnerOf(memory, facts);
  if (winner) {
    const because = `commit ${winner.commit.slice(0, 12)} (${winner.subject}) by ${winner.author} asks for ${winner.release} instead`;
    return ended('failed', because, outputs(memory, facts));
  }
  const why = delivery ? `: ${within(delivery.because)}` : '';
  return wait(
    `commit ${promotion.commit?.slice(0, 12) ?? ''} is about to be rolled out${why}`,
    memory,
    later(now, foreignLook),
  );
}

/** What ended before anybody of this run waited for it says nothing of now. */
const isAwaited = (memory: DeployMemory, rollout: DeployRollout): boolean =>
  rollout.isOwn || rollout.id === memory.rollout || !rollout.terminal;

const endings: { readonly [phase: string]: End['status'] } = {
  succeeded: 'succeeded',
  rolledBack: 'failed',
  aborted: 'failed',
  superseded: 'failed',
};

function byRollout(
  memory: DeployMemory,
  facts: DeployFacts,
  rollout: DeployRollout,
  now: Date,
): StepMove {
  const said = within(rollout.because);
  const next = { ...memory, rollout: rollout.id };
  if (rollout.terminal) {
    const how = rollout.phase === 'rolledBack' ? 'rolled back' : rollout.phase;
    const because =
      rollout.phase === 'succeeded' ? said : `rollout ${rollout.id} was ${how}: ${said}`;
    return ended(endings[rollout.phase] ?? 'errored', because, outputs(next, facts, rollout));
  }
  const { isOwn } = rollout;
  const whose = isOwn ? '' : ` (begun by commit ${rollout.commit.slice(0, 12)})`;
  const wakeAt = later(now, isOwn ? safetyLook : foreignLook);
  return wait(`rollout ${rollout.id}${whose}: ${said}`, next, wakeAt);
}

/** Commits that stand for this deployment: its own, and the one that declared the same release before. */
export function commitsOf(memory: DeployMemory, facts: DeployFacts): readonly string[] {
  const own = facts.promotion?.commit ?? null;
  const { desired } = facts;
  const declared = desired && desired.release === memory.release ? desired.commit : null;
  return [own, declared].filter((one) => one !== null);
}

export const isStable = (memory: DeployMemory, { delivery, desired }: DeployFacts): boolean =>
  delivery !== null &&
  delivery.active === null &&
  delivery.stable === memory.release &&
  desired?.release === memory.release;

/** What Git declares since, when it is not this release any more. */
export function winnerOf(
  memory: DeployMemory,
  { desired }: DeployFacts,
): NonNullable<DeployFacts['desired']> | null {
  return desired?.isRead && desired.release !== memory.release ? desired : null;
}

export function outputs(
  memory: DeployMemory,
  facts: DeployFacts | null,
  rollout: DeployRollout | null = null,
): { readonly [name: string]: Json } {
  return {
    application: memory.application,
    promotion: memory.promotion,
    release: memory.release,
    commit: facts?.promotion?.commit ?? null,
    rollout: rollout?.id ?? null,
    urls: facts?.urls ?? {},
  };
}

export const wait = (because: string, memory: DeployMemory, wakeAt: Date | null) =>
  ({ is: 'wait', because, memory, wakeAt }) as const satisfies StepMove;
