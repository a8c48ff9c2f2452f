import { type Random, randomOf } from '../simulation/random.ts';
import type { Blow, BlowKind } from './types.ts';

/** Met by every soak, however short. */
const first: readonly BlowKind[] = [
  'kill server',
  'kill worker',
  'kill agent',
  'kill postgres',
  'freeze worker',
  'cut agent',
];
const second: readonly BlowKind[] = [
  'freeze server',
  'freeze agent',
  'freeze postgres',
  'cut database',
  'fill server',
  'fill worker',
  'fill agent',
  'fill postgres',
];

/**
 * Blows from a seed, dealt as from a deck: no kind comes a third time before every other came twice. The first six are
 * those that a short soak must have.
 */
export function dealBlows(seed: number, count: number, only = ''): readonly Blow[] {
  const random = randomOf(seed, 'blows');
  const kinds: BlowKind[] = [];
  for (let round = 0; kinds.length < count; round += 1) {
    const deck = round === 0 ? [first, second] : [[...first, ...second]];
    const dealt = deck.flatMap((half) => shuffled(half, random));
    kinds.push(...dealt.filter((kind) => kind.includes(only)));
    if (kinds.length === 0) throw new Error(`no kind of blow has ${only} in its name`);
  }
  return kinds.slice(0, count).map((kind, at) => ({
    kind,
    after: random.int(300, 4_000),
    lasts: lasting(kind, random, at < first.length),
    which: random.int(0, 1_000),
  }));
}

/** A lease is 3.5 s; a target that was not heard of for 15 s counts as not connected. */
function lasting(kind: BlowKind, random: Random, isShort: boolean): number {
  if (kind.startsWith('kill')) return 0;
  if (kind.startsWith('freeze')) return random.int(4_000, 6_000);
  if (kind.startsWith('fill')) return random.int(1_500, 4_000);
  return !isShort && random.chance(0.25) ? 17_000 : random.int(3_000, 6_000);
}

function shuffled(kinds: readonly BlowKind[], random: Random): BlowKind[] {
  const left = [...kinds];
  return kinds.flatMap(() => left.splice(random.int(0, left.length - 1), 1));
}
