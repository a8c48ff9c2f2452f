import { asObject, type JsonSchema, knownFields, schemasAt } from './json-schema.ts';
import { nearest } from './nearest.ts';
import { sampleOf } from './sample.ts';
import {
  asRecord,
  brief,
  dotted,
  type Mend,
  type Path,
  type Shape,
  type ShapeFault,
  valueAt,
} from './shape.ts';
import { unknownField } from './shape-field.ts';

/** Names of the fields of which a value has exactly one, as a step or a provider; empty where it is no such choice. */
export function choicesAt(schema: JsonSchema, path: Path): readonly string[] {
  const [self] = schemasAt(schema, path);
  const ways = Array.isArray(self?.anyOf) ? self.anyOf : [];
  const names = ways.map((one) => Object.keys(asObject(asObject(one).properties)));
  return names.every((one) => one.length === 1) ? names.flat() : [];
}

/** What is wrong with a choice as a whole, and inside of what was chosen. */
export function choiceFaults(
  shape: Shape,
  path: Path,
  choices: readonly string[],
  inside: (key: string) => readonly ShapeFault[],
): readonly ShapeFault[] {
  const value = valueAt(shape.value, path);
  const keys = Object.keys(asRecord(value));
  if (typeof value !== 'object' || value === null || Array.isArray(value) || keys.length === 0)
    return [nothingChosen(shape, path, choices, value)];
  const chosen = keys.filter((key) => choices.includes(key));
  const [first] = chosen;
  const unknown = keys.filter((key) => !choices.includes(key)).slice(0, 50);
  if (first === undefined) {
    const what = nounOf(path);
    const faults = unknown.map((key) => ({
      ...unknownField(shape, path, key, choices, asRecord(value)),
      detail: `${dotted([...path, key])} is not a ${what}.`,
    }));
    const isGuessed = faults.some((one) => one.mend.is === 'rename');
    return isGuessed ? faults : faults.map((one) => ({ ...one, mend: { is: 'fill', path } }));
  }
  return [
    ...chosen.flatMap(inside),
    ...unknown.map((key) => besideChoice(shape, path, first, key, choices)),
    // Last, so that what is inside of them is put right where it was written.
    ...chosen.slice(1).map((key) => chosenTwice(path, choices, [first, key])),
  ];
}

function nothingChosen(
  { schema }: Shape,
  path: Path,
  choices: readonly string[],
  value: unknown,
): ShapeFault {
  const what = nounOf(path);
  const near = typeof value === 'string' ? nearest(value, choices) : null;
  const [self = {}] = schemasAt(schema, near === null ? path : [...path, near]);
  const sample = brief(sampleOf(self))
    .replaceAll('"', '')
    .replace(/:(?=\S)/g, ': ');
  const hint =
    near === null
      ? `Use one of ${choices.join(', ')}, such as ${sample.replace(/^\{(.*)\}$/, '$1')}.`
      : `Write ${near}: ${sample}.`;
  const found = value === undefined ? 'missing' : `${brief(value)}, which is no ${what}`;
  const detail = `${dotted(path)} is ${found}.`;
  return { path, code: 'TG1004', end: 'value', detail, hint, mend: { is: 'fill', path } };
}

function chosenTwice(
  path: Path,
  choices: readonly string[],
  [first, second]: readonly [string, string],
): ShapeFault {
  const what = nounOf(path);
  const isStep = path.at(-2) === 'steps';
  return {
    path: [...path, second],
    code: 'TG1004',
    end: 'key',
    detail: `${dotted(path)} has ${first} and ${second} in one ${what}.`,
    hint: isStep
      ? `A step does one thing; begin a new item with - for ${second}.`
      : `A ${what} is one of ${choices.join(', ')}; keep ${first} or ${second}.`,
    mend: { is: 'split', path, key: second },
  };
}

/** A field beside the one that was chosen: meant for inside of it, for an item of its own, or for nothing. */
function besideChoice(
  shape: Shape,
  path: Path,
  chosen: string,
  key: string,
  choices: readonly string[],
): ShapeFault {
  const at = [...path, key];
  const what = nounOf(path);
  const fault = {
    path: at,
    code: 'TG1004' as const,
    end: 'key' as const,
    detail: `${dotted(at)} is not a field of a ${what}.`,
  };
  const drop: Mend = { is: 'drop', path: at };
  const inner = knownFields(shape.schema, [...path, chosen]);
  if (inner.includes(key)) {
    const mend: Mend = { is: 'rename', path: at, to: [...path, chosen, key] };
    return { ...fault, hint: `Indent ${key} below ${chosen}.`, mend };
  }
  const near = nearest(key, choices);
  if (near !== null && near !== chosen && path.at(-2) === 'steps') {
    const hint = `Did you mean ${near}? A step does one thing; begin a new item with - for ${near}.`;
    return { ...fault, hint, mend: drop };
  }
  return {
    ...fault,
    hint: `Remove it; a ${what} has ${chosen} and nothing beside it.`,
    mend: drop,
  };
}

/** What an item is called where it stands: steps.0 is a step. */
function nounOf(path: Path): string {
  const last = path.at(-1);
  const list = String(typeof last === 'number' ? path.at(-2) : last);
  return list === 'steps' ? 'step' : list;
}
