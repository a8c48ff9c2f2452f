import type { Problem } from '../../platform/errors/problem.ts';
import { durationPattern } from '../kinds/common.ts';
import { parseYaml } from '../kinds/parse.ts';
import type { Fields, TakeNote } from './types.ts';

export type Read =
  | { readonly ok: true; readonly documents: readonly Fields[] }
  | { readonly ok: false; readonly problem: Problem };

/**
 * Documents of a YAML or JSON text within the bounds that the project's own files have: 1 MiB, 40 levels, no tags, no
 * keys that mean something to JavaScript. Lists of documents (`kind: List`) are taken apart.
 */
export function readDocuments(text: string, file: string): Read {
  const documents: Fields[] = [];
  for (const { value, problems } of parseYaml(text, file)) {
    const [problem] = problems;
    if (problem) return { ok: false, problem };
    const fields = fieldsOf(value);
    if (String(fields.kind).endsWith('List') && Array.isArray(fields.items)) {
      documents.push(...fields.items.map(fieldsOf));
    } else documents.push(fields);
  }
  return { ok: true, documents };
}

export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Text of a text, a number or a truth; undefined for everything else, and for an empty one. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** A number, also when it is written as a text, as fields that take both are. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

const isNothing = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

/** What each field that is known but has no counterpart means for who imports it. */
export type Strangers = {
  readonly [field: string]: { readonly what: string; readonly fix: string };
};

/** Notes each field that was given and is not carried over, so that nothing is dropped in silence. */
export function noteOthers(
  fields: Fields,
  at: { readonly where: string; readonly known: readonly string[]; readonly strangers?: Strangers },
  note: TakeNote,
): void {
  for (const [name, value] of Object.entries(fields)) {
    if (at.known.includes(name) || isNothing(value)) continue;
    const stranger = Object.hasOwn(at.strangers ?? {}, name) ? at.strangers?.[name] : undefined;
    const what = stranger?.what ?? `${name} has no counterpart and was left out.`;
    note(`${at.where}.${name}`, what, stranger?.fix ?? 'Check whether you need it.');
  }
}

/** Durations are written alike; those of a unit below a millisecond, or filled in later, are not. */
export function durationOf(
  value: unknown,
  at: { readonly where: string; readonly instead?: string | undefined },
  note: TakeNote,
): string | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  const spaced = text.trim();
  if (durationPattern.test(spaced)) return spaced;
  note(
    at.where,
    `"${text.slice(0, 100)}" is no duration here; ${at.instead ?? 'nothing'} was put instead.`,
    'Write it as 30s, 5m or 1h30m.',
  );
  return at.instead;
}
