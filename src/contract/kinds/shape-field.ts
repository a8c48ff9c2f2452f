import { knownFields } from './json-schema.ts';
import { nearest } from './nearest.ts';
import { dotted, type Mend, type Path, type Shape, type ShapeFault } from './shape.ts';

export const unknownHere = ({ kind }: Shape, path: Path) => ({
  path,
  code: 'TG1004' as const,
  end: 'key' as const,
  detail: `${dotted(path)} is not a field of ${kind}.`,
});

/** A field that there is not: written too far to the left, mistyped, or made up. */
export function unknownField(
  shape: Shape,
  path: Path,
  key: string,
  known: readonly string[],
  taken: Readonly<Record<string, unknown>>,
): ShapeFault {
  const at = [...path, key];
  const fault = unknownHere(shape, at);
  const above = known.find(
    (one) => taken[one] === null && knownFields(shape.schema, [...path, one]).includes(key),
  );
  if (above !== undefined) {
    const hint = `Indent ${key} below ${above}.`;
    return { ...fault, hint, mend: { is: 'rename', path: at, to: [...path, above, key] } };
  }
  const near = nearest(key, known);
  if (near !== null) {
    const there = Object.hasOwn(taken, near);
    const hint = there
      ? `Did you mean ${near}? It is there already; remove one.`
      : `Did you mean ${near}?`;
    const mend: Mend = there
      ? { is: 'drop', path: at }
      : { is: 'rename', path: at, to: [...path, near] };
    return { ...fault, hint, mend };
  }
  const hint = known.length > 0 ? `Use one of ${known.join(', ')}.` : 'Remove it.';
  return { ...fault, hint, mend: { is: 'drop', path: at } };
}
