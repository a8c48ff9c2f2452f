import { canonicalJson } from '../platform/ids/digest.ts';
import { setKey } from '../platform/ids/set-key.ts';
import type { Json } from '../platform/ids/types.ts';
import type { AnyReconciler } from './engine-store.ts';

const date = '$date';
const number = '$number';
const escaped = '$$';

/**
 * JSON that gives back what went in, keys in their order: times and numbers that JSON has no word for are tagged. What has
 * the value undefined is left out, as it is in JSON.
 */
export function snapshotText(value: unknown): string {
  return JSON.stringify(tagged(value));
}

/** The same with keys sorted, so that the same decision is the same text. */
export function decisionText(value: unknown): string {
  return canonicalJson(tagged(value));
}

/** The value that such a text was made of. */
export function journalValue(text: string): unknown {
  return untagged(JSON.parse(text));
}

/** The decision made once more from what was seen then, as journal text. */
export function decideAgain(
  reconciler: Pick<AnyReconciler, 'decide'>,
  { at, snapshot }: { readonly at: Date; readonly snapshot: string },
): string {
  return decisionText(reconciler.decide(journalValue(snapshot), at));
}

function tagged(value: unknown): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number')
    return Number.isFinite(value) ? value : { [number]: String(value) };
  if (value instanceof Date) return { [date]: value.toISOString() };
  if (Array.isArray(value)) return value.map((one) => tagged(one ?? null));
  if (typeof value !== 'object') throw new Error(`a snapshot holds a ${typeof value}`);
  const from = value as Readonly<Record<string, unknown>>;
  const copy: Record<string, Json> = {};
  for (const key of Object.keys(from)) {
    const one = from[key];
    if (one !== undefined) setKey(copy, key.startsWith('$') ? escaped + key : key, tagged(one));
  }
  return copy;
}

function untagged(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untagged);
  if (value === null || typeof value !== 'object') return value;
  const from = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(from);
  const [first] = keys;
  if (first === date) return new Date(String(from[first]));
  if (first === number) return Number(from[first]);
  const copy: Record<string, unknown> = {};
  for (const key of keys)
    setKey(copy, key.startsWith(escaped) ? key.slice(escaped.length) : key, untagged(from[key]));
  return copy;
}
