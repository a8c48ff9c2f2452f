import { setTimeout as sleep } from 'node:timers/promises';
import type { Intent } from '../capabilities/fleet/types.ts';
import type { Log } from '../platform/log/log.ts';
import { backoff } from './backoff.ts';
import type { Link } from './link.ts';
import { type Memory, remember } from './memory.ts';
import { type Wire, WireError } from './wire.ts';

export type FollowerTuning = {
  /** Seconds of one long poll. */
  readonly wait: number;
  /** Milliseconds. */
  readonly longestBackoff: number;
};

export const followerTuning: FollowerTuning = { wait: 25, longestBackoff: 10_000 };

export type FollowerOptions = {
  readonly target: string;
  readonly wire: Wire;
  readonly memory: Memory;
  /** Called with all that is known now and what of it is new; must have made it durable before it returns. */
  readonly onNews: (memory: Memory, changed: readonly Intent[]) => Promise<void>;
  readonly tuning: FollowerTuning;
  readonly link: Link;
  readonly log: Log;
};

export type Follower = { readonly stop: () => Promise<void> };

/** Milliseconds to wait when the token was refused: a person has to act, and then need not wait long. */
const deniedDelay = 5_000;

/** Milliseconds: an empty answer that came sooner did not wait as it was asked to. */
const hastyAnswer = 200;

function delayAfter(error: unknown, failures: number, longest: number): number {
  const usual = backoff(failures, longest, Math.random());
  return error instanceof WireError && error.denied ? Math.max(usual, deniedDelay) : usual;
}

/**
 * A control plane that was restored from a backup counts on from where the backup was. Its word still holds: then
 * everything is asked for anew. Otherwise the agent would wait for a revision that may never come.
 *
 * Asks for news without end, resuming from the revision known; what is served stays served while nobody answers.
 */
export function startFollower(options: FollowerOptions): Follower {
  const { target, wire, tuning, link, log } = options;
  const way = `follow ${target}`;
  const aborter = new AbortController();
  const { signal } = aborter;
  let { memory } = options;
  let failures = 0;
  /** This turn had an answer: what fails after that fails here. */
  let answered = false;
  /** The last news could not be acted on. */
  let stuck = false;

  let anew = false;
  let hasty = 0;

  /** A control plane that has too many waiting answers at once with nothing: then it is not asked at once again. */
  const calm = async (hadNews: boolean, startedAt: number): Promise<void> => {
    hasty = hadNews || performance.now() - startedAt > hastyAnswer ? 0 : hasty + 1;
    if (hasty < 2) return;
    const delay = backoff(hasty - 2, tuning.longestBackoff, Math.random());
    await sleep(delay, undefined, { signal });
  };

  const turn = async (): Promise<void> => {
    const after = anew ? 0 : memory.revision;
    const startedAt = performance.now();
    answered = false;
    const answer = await wire.follow(target, after, anew ? 0 : tuning.wait, signal);
    for (const refused of answer.refused) log.error({ refused }, 'an intent is not valid');
    answered = true;
    link.found(way);
    if (!stuck) failures = 0;
    if (answer.revision < after) {
      log.warn({ revision: answer.revision, known: after }, 'revisions went back: asking anew');
      anew = true;
      return;
    }
    const taken = remember(memory, answer, anew);
    await options.onNews(taken.memory, taken.changed);
    // Only now: news that could not be kept are asked for again.
    memory = taken.memory;
    anew = false;
    stuck = false;
    failures = 0;
    await calm(answer.intents.length > 0, startedAt);
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await turn();
      } catch (error) {
        if (signal.aborted) return;
        if (!answered) link.lost(way, error);
        else if (!stuck)
          log.error({ err: error }, 'what the control plane asks for cannot be done');
        stuck ||= answered;
        failures += 1;
        const delay = delayAfter(error, failures, tuning.longestBackoff);
        await sleep(delay, undefined, { signal }).catch(() => {});
      }
    }
  };
  const running = run();

  return {
    stop: async () => {
      aborter.abort();
      await running;
    },
  };
}
