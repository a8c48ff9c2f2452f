import type { Json } from '../../platform/ids/types.ts';
import { toStorable } from '../../platform/text/storable.ts';

/**
 * What a source says is kept in the state, which is jsonb. PostgreSQL refuses a NUL and half a surrogate pair in it, and
 * JSON has no NaN: an answer that holds one must not make its analysis impossible to write for ever.
 */
export function storableText(text: string, most: number): string {
  return toStorable(text.slice(0, most));
}

/** Characters of a value's JSON that are kept. */
const largestKept = 2048;

export function storableValue(value: Json): Json {
  const text = JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'number' && !Number.isFinite(part) ? numberText(part) : part,
  );
  if (text.length > largestKept) return { truncated: storableText(text, 1000) };
  return JSON.parse(withoutHalves(text)) as Json;
}

/** Escapes are read one by one, so that the text `\\u0000`, a backslash and a word, stays as it is. */
const withoutHalves = (json: string): string =>
  json.replace(/\\(u0000|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)/g, (whole, escaped: string) =>
    escaped.length > 1 ? '\ufffd' : whole,
  );

export const numberText = (value: number): string =>
  Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
