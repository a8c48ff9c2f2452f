import { Jsonb } from '../../../src/platform/db/jsonb.ts';
import { setKey } from '../../../src/platform/ids/set-key.ts';
import type { Json } from '../../../src/platform/ids/types.ts';

/** What PostgreSQL makes of a parameter that is JSON, as a value or as text. */
export function jsonOf<T>(parameter: unknown): T {
  const value = rawOf<T>(parameter);
  return parameter instanceof Jsonb ? (plainOf(value) as T) : value;
}

/** The same, not yet plain: each part that is kept must go through `plainOf`. */
export const rawOf = <T>(parameter: unknown): T =>
  parameter instanceof Jsonb ? (parameter.value as T) : JSON.parse(parameter as string);

/**
 * A value as it is after it was written as JSON and read again, without the text. What is plain already is not copied, as
 * the product changes nothing in place; of all else there is a copy without what JSON does not know. Parts that are those
 * of `before`, which is plain already, are not looked at.
 */
export function plainOf(value: unknown, before?: unknown): Json | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  // JSON knows no sign of zero, no NaN and no infinity.
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null;
  if (typeof value === 'bigint') throw new TypeError('JSON knows no bigint');
  if (typeof value !== 'object') return undefined;
  if (value === before) return value as Json;
  if (value instanceof Date) return value.toJSON();
  if (Array.isArray(value)) return listOf(value, Array.isArray(before) ? before : none);
  const isRecord = typeof before === 'object' && before !== null && !Array.isArray(before);
  return recordOf(value as Fields, isRecord ? (before as Fields) : null);
}

type Fields = { readonly [key: string]: unknown };
const none: readonly unknown[] = [];

function listOf(value: readonly unknown[], before: readonly unknown[]): readonly Json[] {
  let copy: Json[] | null = null;
  for (let at = 0; at < value.length; at += 1) {
    const one = plainOf(value[at], before[at]) ?? null;
    if (copy === null && !Object.is(one, value[at])) copy = value.slice(0, at) as Json[];
    copy?.push(one);
  }
  return copy ?? (value as readonly Json[]);
}

function recordOf(value: Fields, before: Fields | null): Json {
  let copy: Record<string, Json> | null = null;
  for (const key in value) {
    const one = plainOf(value[key], before?.[key]);
    if (copy === null) {
      if (one !== undefined && Object.is(one, value[key])) continue;
      copy = upTo(value, key);
    }
    if (one !== undefined) setKey(copy, key, one);
  }
  return copy ?? (value as Json);
}

/** What comes before the first part that is not plain. */
function upTo(value: Fields, end: string): Record<string, Json> {
  const copy: Record<string, Json> = {};
  for (const key in value) {
    if (key === end) break;
    setKey(copy, key, value[key] as Json);
  }
  return copy;
}
