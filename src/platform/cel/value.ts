import type { Json } from '../ids/types.ts';
import { type Budget, broken, missing } from './budget.ts';

/** What CEL calculates with: JSON, whose numbers are its doubles, and its ints. Maps have their own keys and no others. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Value[]
  | { readonly [key: string]: Value };

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);
export const isMap = (value: Value): value is { readonly [key: string]: Value } =>
  typeof value === 'object' && value !== null && !isList(value);

export function typeOf(value: Value): string {
  if (value === null) return 'null';
  if (isList(value)) return 'list';
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    default:
      return typeof value === 'number' ? 'double' : 'map';
  }
}

/** Deeper ones are taken as equal to nothing, and never become a result: what walks them is recursive. */
const deepest = 100;

/** Equal as CEL has it: of different types they are not, but for an int and a double. */
export function isEqual(a: Value, b: Value, budget: Budget, depth = 0): boolean {
  budget.work(1);
  if (a === b) return true;
  if (typeof a === 'string' && typeof b === 'string') {
    budget.work(Math.min(a.length, b.length) >> 6);
    return false;
  }
  if (isNumber(a) && isNumber(b)) return Number(a) === Number(b) && !(a > b) && !(a < b);
  if (depth >= deepest) return broken('values are nested too deeply to be compared');
  if (isList(a) && isList(b)) {
    return (
      a.length === b.length && a.every((one, at) => isEqual(one, b[at] as Value, budget, depth + 1))
    );
  }
  if (!isMap(a) || !isMap(b)) return false;
  const keys = Object.keys(a);
  budget.work(keys.length);
  return (
    keys.length === Object.keys(b).length &&
    keys.every(
      (key) =>
        Object.hasOwn(b, key) && isEqual(a[key] as Value, b[key] as Value, budget, depth + 1),
    )
  );
}

const isNumber = (value: Value): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint';

/** What stands at a key or an index. */
export function fieldOf(holder: Value, key: Value): Value {
  if (holder === null) return missing(`No such key: ${show(key)}, in null`);
  if (isList(holder)) return elementOf(holder, key);
  if (!isMap(holder))
    return broken(`No such key: ${show(key)}, in a value of type ${typeOf(holder)}`);
  if (typeof key !== 'string') return broken(`No such key: ${show(key)}; keys are texts`);
  if (!Object.hasOwn(holder, key)) return missing(`No such key: ${key}`);
  const value = holder[key];
  return value === undefined ? missing(`No such key: ${key}`) : value;
}

function elementOf(list: readonly Value[], index: Value): Value {
  const at = typeof index === 'bigint' || typeof index === 'number' ? Number(index) : Number.NaN;
  if (!Number.isInteger(at)) return broken(`No such index: ${show(index)}`);
  const value = list[at];
  if (at >= 0 && value !== undefined) return value;
  return broken(`No such index: ${at}, of a list of ${list.length}`);
}

const show = (value: Value): string =>
  typeof value === 'string' ? value.slice(0, 100) : `${typeOf(value)}`;

/** A value as JSON. What it refers to more than once counts each time, as it would when written. */
export function toJson(value: Value, budget: Budget, depth = 0): Json {
  budget.work(1);
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') {
    // JSON has no -0 either.
    return Number.isFinite(value)
      ? value + 0
      : broken(`it gives ${value}, which JSON does not have`);
  }
  if (typeof value === 'string') budget.make(value.length);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= deepest) return broken('its value is nested too deeply');
  if (isList(value)) {
    budget.make(value.length);
    return value.map((one) => toJson(one, budget, depth + 1));
  }
  const entries = Object.entries(value as { readonly [key: string]: Value });
  return Object.fromEntries(
    entries.map(([key, one]) => {
      budget.make(key.length + 1);
      return [key, toJson(one, budget, depth + 1)];
    }),
  );
}
