import type { Line } from './choose.ts';

/**
 * The lines as they are now, where they stood before: while somebody points at them or has the focus among them, nothing
 * moves. What is new comes last.
 */
export function inOrderOf(lines: readonly Line[], before: readonly string[]): readonly Line[] {
  const places = new Map(before.map((name, at) => [name, at]));
  const placeOf = ({ application }: Line): number => places.get(application) ?? before.length;
  return lines.toSorted((a, b) => placeOf(a) - placeOf(b));
}
