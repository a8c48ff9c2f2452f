import { Jsonb } from '../../../src/platform/db/jsonb.ts';
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
 * A value as it is after it was written as JSON and read again, without the text: a copy that nobody else holds, without
 * what JSON does not know. Parts that are those of `before`, which is plain already, are not copied.
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
  const copy: Json[] = [];
  for (let at = 0; at < value.length; at += 1) copy.push(plainOf(value[at], before[at]) ?? null);
  return copy;
}

function recordOf(value: Fields, before: Fields | null): Json {
  const copy: Record<string, Json> = {};
  for (const key in value) {
    const one = plainOf(value[key], before?.[key]);
    if (one === undefined) continue;
    if (key === '__proto__') Object.defineProperty(copy, key, { value: one, ...open });
    else copy[key] = one;
  }
  return copy;
}

const open = { enumerable: true, writable: true, configurable: true };
