import type { Rule } from './common.ts';
import type { Fault } from './fault.ts';
import { type JsonSchema, schemasAt } from './json-schema.ts';
import type { KindName } from './registry.ts';

export type Path = readonly PropertyKey[];

/** What makes a document readable in spite of a fault, so that the faults beside it are found too. */
export type Mend =
  | { readonly is: 'drop' | 'fill'; readonly path: Path }
  | { readonly is: 'rename'; readonly path: Path; readonly to: Path }
  | { readonly is: 'split'; readonly path: Path; readonly key: string }
  | { readonly is: 'rule'; readonly path: Path; readonly rule: Rule };

/** A part of a document that does not have the shape of its kind. */
export type ShapeFault = Fault & { readonly end: 'key' | 'value'; readonly mend: Mend };

/** A document under reading. */
export type Shape = {
  readonly kind: KindName;
  readonly schema: JsonSchema;
  readonly value: unknown;
};

/** Whether a document may do without what stands at a path. */
export function isOptional(schema: JsonSchema, path: Path): boolean {
  const key = path.at(-1);
  if (key === undefined || typeof key === 'number') return false;
  return schemasAt(schema, path.slice(0, -1)).every(
    (one) => !(Array.isArray(one.required) && one.required.includes(String(key))),
  );
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (node, step) =>
      typeof node === 'object' && node !== null && Object.hasOwn(node, step)
        ? (node as Record<PropertyKey, unknown>)[step]
        : undefined,
    value,
  );
}

export const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

export const dotted = (path: Path): string => path.map(String).join('.');
/** RFC 6901. */
export const pointerOf = (path: Path): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
export const brief = (value: unknown): string =>
  (JSON.stringify(value) ?? 'empty').slice(0, 80).toWellFormed();
export const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
