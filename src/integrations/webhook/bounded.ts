import type { Json } from '../../platform/ids/types.ts';
import { isStorable, toStorable } from '../../platform/text/storable.ts';

/** Characters of JSON of an event: it is kept with the run that it begins. */
export const largestEvent = 15 * 1024;

type Limits = { readonly text: number; readonly list: number; readonly depth: number };

/** Ever less of it, until it is small enough. */
const limits: readonly Limits[] = [
  { text: 8192, list: 200, depth: 20 },
  { text: 1024, list: 50, depth: 12 },
  { text: 512, list: 20, depth: 8 },
  { text: 256, list: 8, depth: 6 },
  { text: 128, list: 3, depth: 4 },
  { text: 64, list: 1, depth: 3 },
];

/** What a body holds; `isPlain`: it is small, and every text of it can be kept as it is. */
export type Body = { readonly value: unknown; readonly isPlain: boolean };

const deepest = 20;

/**
 * An event with as much of its body as has room: long texts and lists are cut, then what lies deep is left out, and
 * `truncated` says so. PostgreSQL can keep the result. `leave` names fields that nobody needs.
 */
export function boundedEvent(
  head: { readonly [name: string]: Json },
  { value, isPlain }: Body,
  leave?: (key: string) => boolean,
): { readonly [name: string]: Json } {
  if (isPlain && !leave && !isDeeper(value, deepest)) return { ...head, body: value as Json };
  for (const [at, limit] of limits.entries()) {
    const cut = { done: false };
    const shrunk = shrink(value, limit, leave ?? keepAll, cut);
    const event = { ...head, body: shrunk, ...(cut.done || at > 0 ? { truncated: true } : {}) };
    if (JSON.stringify(event).length <= largestEvent) return event;
  }
  return { ...head, body: null, truncated: true };
}

function shrink(
  value: unknown,
  limit: Limits,
  leave: (key: string) => boolean,
  cut: { done: boolean },
): Json {
  if (typeof value === 'string') return shortened(value, limit.text, cut);
  if (typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object') return null;
  if (limit.depth === 0) {
    cut.done = true;
    return null;
  }
  const inner = { ...limit, depth: limit.depth - 1 };
  if (Array.isArray(value)) {
    if (value.length > limit.list) cut.done = true;
    return value.slice(0, limit.list).map((one) => shrink(one, inner, leave, cut));
  }
  const entries = Object.entries(value).filter(([key]) => !leave(key));
  if (entries.length > mostKeys) cut.done = true;
  return Object.fromEntries(
    entries
      .slice(0, mostKeys)
      .map(([key, one]) => [toStorable(key).slice(0, 200), shrink(one, inner, leave, cut)]),
  );
}

const mostKeys = 200;
const keepAll = (): boolean => false;

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  const inner: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  return inner.some((one) => isDeeper(one, depth - 1));
}

function shortened(text: string, most: number, cut: { done: boolean }): string {
  if (text.length <= most) return isStorable(text) ? text : toStorable(text);
  cut.done = true;
  return toStorable(`${text.slice(0, most)}…`);
}

/** Bytes of a body that has room in an event whatever else it holds. */
const smallBody = 12 * 1024;

/** The JSON of a body; `value` is undefined when it is none. */
export function readBody(body: Uint8Array): Body {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    // Only an escape can put a character into JSON that PostgreSQL does not take.
    return { value: JSON.parse(text), isPlain: isPlainText(text) };
  } catch {
    return { value: undefined, isPlain: false };
  }
}

export const isPlainText = (text: string): boolean =>
  text.length <= smallBody && !text.includes('\\u');

type Fields = { readonly [name: string]: unknown };

/** The same for a sender that sends objects; null when it is none. */
export function readObjectBody(body: Uint8Array): Body | null {
  const found = readBody(body);
  return isObject(found.value) ? found : null;
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text field of an object, or of one in it: `build.phase`. */
export function textAt(value: unknown, ...path: readonly string[]): string | null {
  let at: unknown = value;
  for (const name of path) at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  return typeof at === 'string' && at !== '' ? at : null;
}
