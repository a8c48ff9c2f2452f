import type { DecisionList } from '../../contract/api/rollouts.ts';
import { plain, table } from '../terminal.ts';
import type { Canvas } from './rollout.ts';

/** One line for each decision, and whether all of them come out the same again. */
export function decisionLines(
  items: DecisionList['items'],
  { colours, columns }: Canvas,
): string[] {
  if (items.length === 0) return ['No decision was kept.'];
  const rows = items.map(({ at, object, phase, because, same }) => [
    `  ${colours.dim(at.slice(11, 23))}`,
    object.slice(0, object.indexOf('/')),
    phase,
    same ? plain(because) : `${plain(because)} (decides otherwise today)`,
  ]);
  const others = items.filter(({ same }) => !same).length;
  const sum =
    others === 0
      ? `${items.length} decisions; what was seen decides all of them the same again.`
      : `${items.length} decisions; ${others} would be others today, by another version of the program.`;
  return [...table(rows, columns), '', colours.dim(sum)];
}
