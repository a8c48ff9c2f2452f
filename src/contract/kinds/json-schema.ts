import { z } from 'zod';
import type { Json } from '../../platform/ids/types.ts';
import { durationPattern, renderDuration } from './common.ts';
import { type KindName, kindNames, kinds } from './registry.ts';

export type JsonSchema = { readonly [key: string]: Json };

// It follows from the code alone; making it takes long enough to be felt in every document that is wrong.
const made = new Map<KindName, JsonSchema>();

/** JSON Schema (2020-12) of what a person writes for a kind: durations are text, defaults may be left out. */
export function jsonSchemaOf(kind: KindName): JsonSchema {
  const schema = made.get(kind) ?? make(kind);
  made.set(kind, schema);
  return schema;
}

function make(kind: KindName): JsonSchema {
  const schema = z.toJSONSchema(kinds[kind], {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      // Zod leaves out the default of what it transforms; written as a person would write it, it fits the input.
      const { def } = zodSchema._zod;
      const fallback = def.type === 'default' ? def.defaultValue : undefined;
      if (Array.isArray(fallback) && fallback.length === 0) jsonSchema.default = [];
      if (
        def.type === 'default' &&
        typeof def.defaultValue === 'number' &&
        jsonSchema.pattern === durationPattern.source
      )
        jsonSchema.default = renderDuration(def.defaultValue);
    },
  });
  return {
    ...(schema as JsonSchema),
    $id: `https://tidegate.dev/schema/v1/${kind}.json`,
    title: kind,
  };
}

/** File name → text, for editors: `docs/reference/schema/KIND.json`, and `any.json` that takes whichever kind is given. */
export function jsonSchemaFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const kind of kindNames) files.set(`${kind}.json`, text(jsonSchemaOf(kind)));
  files.set(
    'any.json',
    text({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: 'https://tidegate.dev/schema/v1/any.json',
      title: 'Any Tidegate document',
      oneOf: kindNames.map((kind) => ({ $ref: `${kind}.json` })),
    }),
  );
  return files;
}

const text = (schema: JsonSchema): string => `${JSON.stringify(schema, null, 2)}\n`;

/** Names of the fields that may stand at `path` in a document of this kind; empty where any name may stand. */
export function knownFields(schema: Json, path: readonly PropertyKey[]): readonly string[] {
  const here = schemasAt(schema, path);
  return [...new Set(here.flatMap((one) => Object.keys(asObject(one.properties))))];
}

/** What the value at `path` may be, one schema for each way that it could be meant; the first holds the others. */
export function schemasAt(schema: Json, path: readonly PropertyKey[]): readonly JsonSchema[] {
  const options = alternatives(schema);
  const [step, ...rest] = path;
  if (step === undefined) return options;
  return options.flatMap((option) => {
    const next =
      typeof step === 'number' ? option.items : asObject(option.properties)[String(step)];
    const child = next ?? option.additionalProperties;
    return child === undefined || child === false ? [] : schemasAt(child, rest);
  });
}

function alternatives(schema: Json): readonly JsonSchema[] {
  const self = asObject(schema);
  const inner = [self.anyOf, self.oneOf, self.allOf].flatMap((list) =>
    Array.isArray(list) ? (list as readonly Json[]) : [],
  );
  return [self, ...inner.flatMap(alternatives)];
}

export function asObject(value: Json | undefined): JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonSchema)
    : {};
}
