import type { Json } from './types.ts';

/**
 * Whether a value says the same as what was read, once it is written as JSON: a key without a value is no key, a date is
 * its text, and the order of keys does not count. What both have in common is not looked into, so it costs what changed.
 */
export function isSameJson(value: unknown, json: Json | undefined): boolean {
  if (value === json) return true;
  if (typeof value !== 'object' || value === null) return isSameLeaf(value, json);
  if (value instanceof Date) return value.toJSON() === json;
  if (typeof json !== 'object' || json === null) return false;
  if (Array.isArray(value)) {
    if (!Array.isArray(json) || value.length !== json.length) return false;
    return value.every((one, at) => isSameJson(one === undefined ? null : one, json[at]));
  }
  return !Array.isArray(json) && isSameRecord(value, json as Readonly<Record<string, Json>>);
}

/** JSON has no NaN and no infinity; they are written as null. */
function isSameLeaf(value: unknown, json: Json | undefined): boolean {
  return typeof value === 'number' && !Number.isFinite(value) && json === null;
}

function isSameRecord(value: object, json: Readonly<Record<string, Json>>): boolean {
  let known = 0;
  for (const key of Object.keys(value)) {
    const one: unknown = value[key as keyof typeof value];
    if (one === undefined) continue;
    if (!Object.hasOwn(json, key) || !isSameJson(one, json[key])) return false;
    known += 1;
  }
  return known === Object.keys(json).length;
}
