import type { Json } from '../../platform/ids/types.ts';

/** Characters of JSON that a step may put out, and that it may remember. */
export const largestOutputs = 16 * 1024;
export const largestMemory = 16 * 1024;
/** Instances of steps in one run, and characters of the JSON of its whole state. */
export const mostInstances = 1000;
export const largestState = 1024 * 1024;

export type Storable = { readonly value: Json; readonly size: number };

/**
 * A value as jsonb can keep it, with the length of its JSON; null when it has no JSON at all. PostgreSQL refuses a NUL
 * and half a surrogate pair, and a run that could never be written again would be stuck for ever.
 */
export function storable(value: unknown): Storable | null {
  const text = textOf(value);
  if (text === null) return null;
  const whole = withoutHalves(text);
  return { value: JSON.parse(whole) as Json, size: whole.length };
}

function textOf(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? null;
  } catch {
    return null;
  }
}

/** `JSON.stringify` escapes NUL and halves. Escapes are read one by one, so that a backslash and a word stay as they are. */
const withoutHalves = (json: string): string =>
  json.includes('\\u')
    ? json.replace(/\\(u0000|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)/g, (whole, escaped: string) =>
        escaped.length > 1 ? '\ufffd' : whole,
      )
    : json;
