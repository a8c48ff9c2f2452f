import type { Decision } from './types.ts';

/** How the looks of one kind follow from each other. */
export type Onward<S, Snapshot, W> = {
  /** One move. */
  readonly decide: (snapshot: Snapshot, now: Date) => Decision<S, W>;
  /** What the next look will see of this decision when nothing else happens; null when only reading can tell. */
  readonly seenAfter: (snapshot: Snapshot, decision: Decision<S, W>) => Snapshot | null;
  /** The rows of moves in their order: where two of them write the same row, the later one. */
  readonly joinWrites: (writes: readonly W[]) => readonly W[];
};

/** More moves than lead straight to each other in any plan but the longest; what is left then is taken at once again. */
const mostMoves = 20;

/**
 * Moves on until the world has to answer. Many a move leads straight to the next one ("it serves every wave", "the old
 * version is let go"), and a look in between would read only what this one is about to write. So they are one decision,
 * written in one transaction, that has the events of all of them and says what the last one waits for.
 */
export function decideOnward<S, Snapshot, W>(
  { decide, seenAfter, joinWrites }: Onward<S, Snapshot, W>,
  first: Snapshot,
  now: Date,
): Decision<S, W> {
  const moves = [decide(first, now)];
  let snapshot: Snapshot | null = first;
  for (let last = moves[0]; last && moves.length < mostMoves; last = moves.at(-1)) {
    if (last.wakeAt === null || last.wakeAt > now) break;
    snapshot = seenAfter(snapshot, last);
    if (snapshot === null) break;
    moves.push(decide(snapshot, now));
  }
  return joined(moves, joinWrites);
}

function joined<S, W>(
  moves: readonly Decision<S, W>[],
  joinWrites: Onward<S, never, W>['joinWrites'],
): Decision<S, W> {
  const last = moves.at(-1);
  if (!last) throw new Error('no move was decided');
  if (moves.length === 1) return last;
  return {
    ...last,
    events: listed(moves, ({ events }) => events),
    effects: listed(moves, ({ effects }) => effects),
    stop: listed(moves, ({ stop }) => stop),
    open: listed(moves, ({ open }) => open),
    wake: [...new Set(listed(moves, ({ wake }) => wake))],
    requests: listed(moves, ({ requests }) => requests),
    taken: {
      effects: listed(moves, ({ taken }) => taken?.effects),
      requests: listed(moves, ({ taken }) => taken?.requests),
    },
    writes: joinWrites(listed(moves, ({ writes }) => writes)),
  };
}

/** What moves ask for, one after the other; most of them ask for most of it never. */
function listed<Move, One>(
  moves: readonly Move[],
  of: (move: Move) => readonly One[] | undefined,
): readonly One[] {
  let found: readonly One[] = [];
  for (const move of moves) {
    const more = of(move);
    if (more && more.length > 0) found = found.length > 0 ? [...found, ...more] : more;
  }
  return found;
}
