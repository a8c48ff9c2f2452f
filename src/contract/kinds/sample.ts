import type { Json } from '../../platform/ids/types.ts';
import { asObject, type JsonSchema } from './json-schema.ts';

/** No one calls a thing so: what stands in for a wrong name is never taken for one that is declared. */
export const standIn = 'stands-in-for-what-is-wrong';
const texts = [
  standIn,
  '1s',
  '/',
  'http://localhost',
  '0'.repeat(40),
  `image@sha256:${'0'.repeat(64)}`,
  'StandsIn',
];

/** The least that a schema takes: it stands in for a wrong value while the rest of its document is read. */
export function sampleOf(schema: JsonSchema): Json {
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0] ?? null;
  const ways = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(ways)) {
    const samples = ways.map((one) => sampleOf(asObject(one)));
    const size = (one: Json): number => JSON.stringify(one).length;
    return samples.toSorted((a, b) => size(a) - size(b))[0] ?? null;
  }
  switch (schema.type) {
    case 'string':
      return textOf(schema);
    case 'integer':
    case 'number':
      return schema.minimum ?? 0;
    case 'boolean':
      return false;
    case 'array': {
      const least = typeof schema.minItems === 'number' ? schema.minItems : 0;
      return Array.from({ length: least }, () => sampleOf(asObject(schema.items)));
    }
    case 'object': {
      const properties = asObject(schema.properties);
      const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
      return Object.fromEntries(required.map((key) => [key, sampleOf(asObject(properties[key]))]));
    }
    default:
      return null;
  }
}

function textOf(schema: JsonSchema): string {
  const all = [schema, ...(Array.isArray(schema.allOf) ? schema.allOf.map(asObject) : [])];
  const patterns = all.flatMap((one) =>
    typeof one.pattern === 'string' ? [new RegExp(one.pattern)] : [],
  );
  return texts.find((text) => patterns.every((one) => one.test(text))) ?? standIn;
}
