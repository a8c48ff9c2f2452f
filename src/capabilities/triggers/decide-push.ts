import type { Trigger } from '../../contract/kinds/pipeline-trigger.ts';
import { sha256 } from '../../platform/ids/digest.ts';
import type { Occasion } from './decide-run.ts';
import type { PushLook, PushMemory, TriggerMemory } from './types.ts';

type PushTrigger = NonNullable<Trigger['push']>;

export type PushMove = {
  readonly memory: PushMemory | null;
  readonly occasion: Occasion | null;
  readonly wakeAt: Date;
};

/** Milliseconds between two looks at a branch without news, and the longest while it cannot be read. */
export const lookEvery = 30_000;
const longestBackoff = 300_000;
/** Milliseconds until a source that has a newer commit will have read it. */
const soon = 1_000;

/**
 * What follows from a look at a branch. Rules, first match wins:
 *
 *   not looked at just now        → as before
 *   it cannot be read             → what was remembered stands, and it is tried again, ever more slowly
 *   the first look, or other place → its head is remembered, and nothing begins
 *   it did not move               → nothing
 *   nothing under `paths` differs, or Tidegate alone touched it → the head is remembered
 *   else                          → one run for its newest commit, however many came
 */
export function decidePush(
  trigger: Trigger,
  push: PushTrigger,
  known: TriggerMemory | undefined,
  look: PushLook | undefined,
  now: Date,
): PushMove {
  const before = known?.on === 'push' ? known : null;
  if (!look) return { memory: before, occasion: null, wakeAt: nextLook(before?.watch ?? '', now) };
  if (look.is === 'unreachable') return unreachable(look, before, known, now);
  const remembered: PushMemory = {
    ...{ on: 'push', watch: look.watch, failures: 0, problem: null },
    head: look.is === 'moved' ? look.head.id : look.head,
    last: known?.last ?? null,
  };
  const wakeAt = look.is === 'behind' ? new Date(now.getTime() + soon) : nextLook(look.watch, now);
  if (look.is !== 'moved' || look.touched === 0) {
    return { memory: remembered, occasion: null, wakeAt };
  }
  return { memory: remembered, occasion: occasionOf(trigger, push, look, now), wakeAt };
}

function unreachable(
  look: Extract<PushLook, { is: 'unreachable' }>,
  before: PushMemory | null,
  known: TriggerMemory | undefined,
  now: Date,
): PushMove {
  const failures = (before?.failures ?? 0) + 1;
  const wait = Math.min(lookEvery * 2 ** Math.min(failures - 1, 8), longestBackoff);
  return {
    memory: {
      ...{ on: 'push', watch: look.watch, failures },
      // An empty head is no head: the first look that comes through counts as the first.
      head: before?.watch === look.watch ? before.head : '',
      problem: `${look.problem.title}: ${look.problem.detail}`,
      last: known?.last ?? null,
    },
    occasion: null,
    wakeAt: new Date(now.getTime() + wait),
  };
}

/**
 * The next time at which this branch is looked at. All triggers of one branch look at the same times, so that they
 * share one question; other branches have other times, so that not all of them are asked at once.
 */
export function nextLook(watch: string, now: Date): Date {
  const offset = Number.parseInt(sha256(watch).slice(0, 8), 16) % lookEvery;
  const round = Math.floor((now.getTime() - offset) / lookEvery) + 1;
  return new Date(round * lookEvery + offset);
}

const short = (commit: string): string => commit.slice(0, 12);

function occasionOf(
  trigger: Trigger,
  { repository }: PushTrigger,
  look: Extract<PushLook, { is: 'moved' }>,
  now: Date,
): Occasion {
  const { head, from, branch, files, touched } = look;
  const whose = repository === 'service' ? 'the service' : 'the config repository';
  return {
    on: 'push',
    // A branch may come to the same commit twice, and then that is two moves.
    key: `${from}..${head.id}@${now.toISOString()}`,
    event: {
      ...{ on: 'push', repository, branch, commit: head.id, before: from },
      ...{ author: head.author, email: head.email, subject: head.subject, at: head.at },
      message: `${head.subject}\n\n${head.body}`.trim().slice(0, 2000).toWellFormed(),
      files: within(files),
      touched,
      trigger: trigger.name,
    },
    because: `${branch} of ${whose} went from ${short(from)} to ${short(head.id)} (${head.subject}): one run for the newest commit, however many came.`,
    commit: repository === 'service' ? head.id : null,
  };
}

/** Characters of all paths together; an event is kept with its run. */
const longestFiles = 8_000;

function within(files: readonly string[]): string[] {
  let left = longestFiles;
  return files.filter((path) => {
    left -= path.length + 3;
    return left >= 0;
  });
}
