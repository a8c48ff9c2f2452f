import { hash } from 'node:crypto';
import type { Json } from './types.ts';

/** SHA-256 of a UTF-8 text, 64 hex digits. */
export function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}

/** JSON with sorted keys and no spaces, in the manner of RFC 8785: equal content gives equal text. */
export function canonicalJson(value: Json): string {
  return JSON.stringify(sorted(value));
}

/** SHA-256 of the canonical JSON, 64 hex digits: the identity of content. */
export function contentDigest(value: Json): string {
  return sha256(canonicalJson(value));
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const from = value as Readonly<Record<string, Json>>;
  const keys = Object.keys(from).sort();
  // To assign to this one would set a prototype and be no key.
  if (keys.includes('__proto__')) {
    return Object.fromEntries(keys.map((key) => [key, sorted(from[key] as Json)]));
  }
  const copy: Record<string, Json> = {};
  for (const key of keys) copy[key] = sorted(from[key] as Json);
  return copy;
}
