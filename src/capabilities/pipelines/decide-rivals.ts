import type { RunPhase, RunSnapshot } from './types.ts';

export type RivalMove =
  | { readonly is: 'begin' | 'goOn' }
  | { readonly is: 'wait' | 'giveWay' | 'cancel'; readonly by: string; readonly because: string };

type Situation = Pick<RunSnapshot, 'id' | 'seq' | 'rivals'> & {
  readonly group: string | null;
  readonly phase: RunPhase;
};

/**
 * Runs of one group go one at a time, in the order in which they were opened. Each run decides about itself alone, by
 * those of its group that are not over. First match wins:
 *
 *   no group                               → begin, go on
 *   waits, a newer one supersedes, cancels → give way
 *   waits, an older one is not over        → wait
 *   waits                                  → begin
 *   runs, a newer one cancels              → cancel
 *   else                                   → go on
 *
 * One that runs `onFailure` or `finally` is about to be over, and is let be.
 */
export function decideRivals({ id, seq, rivals, group, phase }: Situation): RivalMove {
  const isQueued = phase === 'queued';
  if (group === null) return { is: isQueued ? 'begin' : 'goOn' };
  const others = rivals.filter((rival) => rival.id !== id);
  const newer = others.filter((rival) => rival.seq > seq);
  if (isQueued) {
    const better = newer.find(({ policy }) => policy !== 'queue');
    if (better) {
      const because = `${better.id} took its place in group ${group}`;
      return { is: 'giveWay', by: better.id, because };
    }
    const older = others.filter((rival) => rival.seq < seq);
    const holder = older.find((rival) => rival.phase !== 'queued');
    const before = holder ?? older.at(-1);
    if (!before) return { is: 'begin' };
    const because = holder
      ? `waiting for ${holder.id}, which holds group ${group}`
      : `waiting for ${before.id}, which is before it in group ${group}`;
    return { is: 'wait', by: before.id, because };
  }
  const stronger = newer.find(({ policy }) => policy === 'cancel');
  if (phase !== 'running' || !stronger) return { is: 'goOn' };
  const because = `${stronger.id} takes over group ${group}`;
  return { is: 'cancel', by: stronger.id, because };
}

/** Older runs of its group that have to give way to a run that waits. Each decides that itself, once it looks. */
export function outranked({
  seq,
  rivals,
  policy = 'queue',
}: Pick<RunSnapshot, 'seq' | 'rivals'> & {
  readonly policy: RunSnapshot['rivals'][number]['policy'] | undefined;
}): readonly string[] {
  const gives: readonly RunPhase[] =
    policy === 'cancel' ? ['queued', 'running'] : policy === 'supersede' ? ['queued'] : [];
  return rivals
    .filter((rival) => rival.seq < seq && gives.includes(rival.phase))
    .map((rival) => rival.id);
}
