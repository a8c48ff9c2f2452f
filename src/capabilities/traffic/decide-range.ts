import { trafficWidth } from '../fleet/types.ts';
import type { Cursor, Range, Subject } from './types.ts';

/** Seconds. Each width in which traffic is kept divides every step that is not less. */
const steps = [
  ...[2, 4, 10, 20, 40, 60, 120, 240, 600, 1_200, 1_800, 3_600],
  ...[7_200, 14_400, 28_800, 43_200, 86_400],
] as const;
const widest = 86_400;

/** Milliseconds. */
const keptFor = 7 * 86_400_000;
const keptAfterEnd = 5 * 60_000;
const streamedAfterEnd = 60_000;
/** A report is counted at its time even when it is committed later than another one. */
const lateBy = 10_000;

/** Most cells of an answer that goes on from a cursor. */
const mostCells = 2_000;

export const isOver = ({ terminal, endedAt, now }: Subject): boolean =>
  terminal && now.getTime() - (endedAt ?? now).getTime() >= streamedAfterEnd;

/** The time that an answer covers: all of the rollout, or what follows a cursor in the steps that it began with. */
export function decideRange(subject: Subject, points: number, after: Cursor | null): Range {
  const { startedAt, endedAt, now } = subject;
  const begin = startedAt.getTime();
  const last = endedAt === null ? now.getTime() : endedAt.getTime() + keptAfterEnd;
  const to = Math.max(begin, Math.min(now.getTime(), last));
  const kept = Math.max(begin, to - keptFor);
  const from = Math.min(to, Math.max(kept, after?.at ?? kept));
  const least = Math.max(after?.step ?? 0, trafficWidth((to - begin) / 1000));
  const cells = after ? mostCells : points;
  const step = steps.find((one) => one >= least && (to - from) / 1000 / one <= cells - 1) ?? widest;
  return { from: floorTo(from, step), to, step };
}

export const parseCursor = (text: string): Cursor => {
  const [step = 0, at = 0] = text.split('.').map(Number);
  return { step, at };
};

/** Goes back a little, for what is committed late and for the cell under way. */
export function nextCursor({ from, to, step }: Range): {
  readonly at: number;
  readonly text: string;
} {
  const at = Math.max(from, floorTo(to - lateBy, step));
  return { at, text: `${step}.${at}` };
}

const floorTo = (time: number, step: number): number => time - (time % (step * 1000));
