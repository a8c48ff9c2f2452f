import { stringify } from 'yaml';
import type { Json } from '../../platform/ids/types.ts';
import { durationPattern, renderDuration } from './common.ts';
import { asObject, type JsonSchema, jsonSchemaOf } from './json-schema.ts';
import type { KindDocument } from './registry.ts';

/**
 * A document as a person would write it: durations as text, and without what is as it would be anyway. Parsed again it
 * is the same document.
 */
export function asWritten(document: KindDocument): Json {
  return written(jsonSchemaOf(document.kind), document as unknown as Json);
}

export function renderDocument(document: KindDocument): string {
  return stringify(asWritten(document), {
    lineWidth: 0,
    version: '1.2',
    schema: 'core',
    aliasDuplicateObjects: false,
  });
}

function written(schema: JsonSchema, value: Json): Json {
  const ways = waysOf(schema);
  if (typeof value === 'number') {
    const isDuration = ways.some((one) => one.pattern === durationPattern.source);
    const isNumber = ways.some((one) => one.type === 'number' || one.type === 'integer');
    return isDuration && !isNumber ? renderDuration(value) : value;
  }
  if (Array.isArray(value)) {
    const items = ways.map((one) => asObject(one.items)).filter(isSchema);
    return (value as readonly Json[]).map((one) => written({ anyOf: items }, one));
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as { readonly [key: string]: Json });
  return Object.fromEntries(
    entries.flatMap(([key, one]) => {
      if (one === undefined) return [];
      const fields = ways.map((way) => fieldOf(way, key)).filter(isSchema);
      const text = written({ anyOf: fields }, one);
      const isDefault = fields.some((field) => isSame(field.default, text));
      return isDefault ? [] : [[key, text] as const];
    }),
  );
}

const isSchema = (schema: JsonSchema): boolean => Object.keys(schema).length > 0;

function fieldOf(schema: JsonSchema, key: string): JsonSchema {
  const own = asObject(schema.properties);
  return asObject(Object.hasOwn(own, key) ? own[key] : schema.additionalProperties);
}

function waysOf(schema: JsonSchema): readonly JsonSchema[] {
  const inner = [schema.anyOf, schema.oneOf, schema.allOf].flatMap((list) =>
    Array.isArray(list) ? (list as readonly Json[]).map(asObject) : [],
  );
  return [schema, ...inner.flatMap(waysOf)];
}

/** What was prefaulted is empty once its own defaults are gone. */
const isSame = (fallback: Json | undefined, text: Json): boolean =>
  fallback !== undefined && JSON.stringify(fallback) === JSON.stringify(text);
