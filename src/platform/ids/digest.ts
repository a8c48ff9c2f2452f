import { createHash } from 'node:crypto';
import type { Json } from './types.ts';

/** SHA-256 of a UTF-8 text, 64 hex digits. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
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
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
