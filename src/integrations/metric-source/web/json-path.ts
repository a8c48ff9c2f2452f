import type { Json } from '../../../platform/ids/types.ts';

/** The simple form of an RFC 9535 path: `$`, `.name`, `['name']`, `["name"]`, `[0]`, `[-1]`. */
export type JsonPath = readonly (string | number)[];

const segment =
  /\.([A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)|\[(-?(?:0|[1-9][0-9]{0,8}))\]|\['((?:[^'\\]|\\['\\])*)'\]|\["((?:[^"\\]|\\["\\])*)"\]/y;

/** Null when the text is not such a path: wildcards, slices, filters and `..` select many values, and are not. */
export function parseJsonPath(text: string): JsonPath | null {
  if (!text.startsWith('$')) return null;
  const path: (string | number)[] = [];
  const matcher = new RegExp(segment);
  let at = 1;
  while (at < text.length) {
    matcher.lastIndex = at;
    const match = matcher.exec(text);
    if (!match) return null;
    const [whole, name, index, single, double] = match;
    if (index !== undefined) path.push(Number(index));
    else path.push(name ?? (single ?? double ?? '').replace(/\\(.)/g, '$1'));
    at += whole.length;
  }
  return path;
}

/** The value at the path; null when nothing is there. */
export function selectJson(json: Json, path: JsonPath): Json {
  let value: Json = json;
  for (const step of path) {
    const next = stepInto(value, step);
    if (next === undefined) return null;
    value = next;
  }
  return value;
}

function stepInto(value: Json, step: string | number): Json | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    const list: readonly Json[] = value;
    return typeof step === 'number' ? list.at(step) : undefined;
  }
  if (typeof step === 'number' || !Object.hasOwn(value, step)) return undefined;
  return (value as { readonly [key: string]: Json })[step];
}
