import type { z } from 'zod';
import type { Rule } from './common.ts';
import { knownFields } from './json-schema.ts';
import {
  asRecord,
  dotted,
  type Mend,
  type Path,
  pointerOf,
  type Shape,
  type ShapeFault,
  valueAt,
} from './shape.ts';
import { choiceFaults, choicesAt } from './shape-choice.ts';
import { unknownField, unknownHere } from './shape-field.ts';
import { invalidHint, missingHint, told } from './shape-hint.ts';

type Issue = z.core.$ZodIssue;

/** More keys of one object are of no use to a reader, and a hostile one could have a hundred thousand. */
const mostKeys = 50;

/** What the schema of a kind finds wrong, in words for whoever wrote it. */
export function shapeFaults(shape: Shape, issues: readonly Issue[]): readonly ShapeFault[] {
  const faults = issues.flatMap((issue) => faultsOf(shape, issue, []));
  const told = new Set(
    faults.flatMap(({ mend }) =>
      mend.is === 'rename' ? [pointerOf(mend.to), pointerOf(mend.to.slice(0, -1))] : [],
    ),
  );
  const unsettled = new Set(
    faults.flatMap(({ path, mend }) =>
      mend.is === 'drop' || mend.is === 'rename' ? [pointerOf(path.slice(0, -1))] : [],
    ),
  );
  return faults.filter(({ path, mend }) => {
    // Whether fields fit together is asked again once those that there are not are out of the way.
    if (mend.is === 'rule') return !unsettled.has(pointerOf(path));
    // What is missing only because its name is mistyped, or empty because what follows is not indented, has been told.
    if (mend.is !== 'fill' || !told.has(pointerOf(path))) return true;
    return (valueAt(shape.value, path) ?? null) !== null;
  });
}

function faultsOf(shape: Shape, issue: Issue, base: Path): readonly ShapeFault[] {
  const path = [...base, ...issue.path];
  const choices = choicesAt(shape.schema, path);
  if (issue.code === 'unrecognized_keys') {
    return choices.length > 0
      ? choiceFaults(shape, path, choices, () => [])
      : unknownFields(shape, path, issue.keys);
  }
  if (issue.code === 'invalid_union' && choices.length > 0) {
    const inside = (key: string): readonly ShapeFault[] =>
      (issue.errors[choices.indexOf(key)] ?? [])
        // What stands beside the key is told of the whole choice, not of one way.
        .filter((one) => one.path[0] === key)
        .flatMap((one) => faultsOf(shape, one, path));
    return choiceFaults(shape, path, choices, inside);
  }
  return [leafFault(shape, issue, path)];
}

function leafFault(shape: Shape, issue: Issue, path: Path): ShapeFault {
  const value = valueAt(shape.value, path);
  const field = dotted(path) || 'the document';
  const fault = { path, code: 'TG1004' as const, end: 'value' as const };
  const fill: Mend = { is: 'fill', path };
  if (issue.code === 'invalid_key') {
    const hint = `Rename it: ${told(issue, path.at(-1))}`;
    const detail = `${field} is not a name that may stand here.`;
    return { ...fault, end: 'key', detail, hint, mend: { is: 'drop', path } };
  }
  if (value === undefined || value === null) {
    const detail = value === null ? `${field} is empty.` : `${field} is missing.`;
    return { ...fault, detail, hint: missingHint(shape, path), mend: fill };
  }
  const rule = issue.code === 'custom' ? ruleOf(issue) : null;
  const hint = rule?.hint ?? invalidHint(shape, path, issue, value);
  return {
    ...fault,
    detail: `${field}: ${told(issue, value)}`,
    ...(hint ? { hint } : {}),
    mend: rule ? { is: 'rule', path, rule } : fill,
  };
}

const ruleOf = (issue: { readonly params?: Record<string, unknown> | undefined }): Rule | null =>
  (issue.params?.rule as Rule | undefined) ?? null;

function unknownFields(shape: Shape, path: Path, keys: readonly string[]): ShapeFault[] {
  const known = knownFields(shape.schema, path);
  const taken = asRecord(valueAt(shape.value, path));
  // All are dropped, few are told: the nearest name is searched for these only.
  return keys.map((key, index) =>
    index < mostKeys
      ? unknownField(shape, path, key, known, taken)
      : { ...unknownHere(shape, [...path, key]), mend: { is: 'drop', path: [...path, key] } },
  );
}
