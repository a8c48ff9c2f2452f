import type { GitRepository, GitResult } from '../../integrations/git/port.ts';

export type Heads = {
  /** Newest commit of a branch; `fresh`: asked for after this call, else at most ten seconds old. */
  head(address: string, branch: string, fresh: boolean): Promise<GitResult<string>>;
};

type Slot = {
  running: Promise<GitResult<string>> | null;
  waiting: Promise<GitResult<string>> | null;
  answer: { readonly at: number; readonly result: GitResult<string> } | null;
};

/** Milliseconds that an answer serves those who do not ask for a fresh one. */
const goodFor = 10_000;
const mostBranches = 5_000;

/**
 * Asks each branch once for all triggers that want to know. At most one question is under way for a branch, and one
 * waits: whoever comes later joins the one that waits, so that its answer is newer than their question.
 */
export function sharedHeads(
  git: (address: string) => GitRepository,
  clock: () => number = () => performance.now(),
): Heads {
  const slots = new Map<string, Slot>();
  const slotOf = (key: string): Slot => {
    const known = slots.get(key);
    if (known) return known;
    const oldest = slots.size >= mostBranches ? slots.keys().next().value : undefined;
    if (oldest !== undefined) slots.delete(oldest);
    const slot: Slot = { running: null, waiting: null, answer: null };
    slots.set(key, slot);
    return slot;
  };
  const ask = (slot: Slot, address: string, branch: string): Promise<GitResult<string>> => {
    const running = git(address)
      .fetch(branch)
      .then((result) => {
        slot.answer = { at: clock(), result };
        return result;
      })
      .finally(() => {
        slot.running = null;
      });
    slot.running = running;
    return running;
  };
  return {
    head(address, branch, fresh) {
      const slot = slotOf(`${address}\n${branch}`);
      const { answer, running } = slot;
      if (!fresh && answer && clock() - answer.at < goodFor) return Promise.resolve(answer.result);
      if (!running) return ask(slot, address, branch);
      if (!fresh) return running;
      slot.waiting ??= running
        .catch(() => null)
        .then(() => {
          slot.waiting = null;
          return slot.running ?? ask(slot, address, branch);
        });
      return slot.waiting;
    },
  };
}
