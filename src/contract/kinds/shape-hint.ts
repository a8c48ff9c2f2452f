import { parse } from 'yaml';
import type { z } from 'zod';
import { durationPattern, nameSchema } from './common.ts';
import { examples } from './examples.ts';
import { asObject, type JsonSchema, schemasAt } from './json-schema.ts';
import { nearest } from './nearest.ts';
import { sampleOf, standIn } from './sample.ts';
import { brief, type Path, type Shape, sentence, valueAt } from './shape.ts';

type Issue = z.core.$ZodIssue;

const kindsOfValue: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'fields of its own',
  record: 'fields of its own',
};

/** What is wrong with a value, in a sentence. */
export function told(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${kindsOfValue[issue.expected] ?? issue.expected}, not ${brief(value)}.`;
    case 'invalid_value':
      return `${brief(value)} is not ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}.`;
    case 'invalid_key':
      return sentence(issue.issues[0]?.message.replace(/^Invalid string: m/, 'it m') ?? '');
    case 'invalid_format':
      if (issue.format === 'starts_with' && 'prefix' in issue)
        return `${brief(value)} does not begin with ${String(issue.prefix)}.`;
      return issue.message.startsWith('Invalid')
        ? `${brief(value)} does not have the form that is asked for.`
        : sentence(issue.message);
    case 'too_big':
      return `${amount(value)} is more than the ${String(issue.maximum)} that are allowed.`;
    case 'too_small':
      return `${amount(value)} is less than the ${String(issue.minimum)} that are needed.`;
    default:
      return sentence(issue.message);
  }
}

function amount(value: unknown): string {
  if (typeof value === 'string') return `a text of ${value.length} characters`;
  return Array.isArray(value) ? `a list of ${value.length}` : brief(value);
}

/** How to write a field that is missing or empty, by the example of its kind. */
export function missingHint({ kind, schema }: Shape, path: Path): string {
  const name = String(path.at(-1) ?? '');
  const [self = {}] = schemasAt(schema, path);
  const example: unknown = valueAt(
    parse(examples[kind]),
    path.map((step) => (typeof step === 'number' ? 0 : step)),
  );
  if (typeof path.at(-1) === 'number') return `Write a value after -, or remove the item.`;
  if (Array.isArray(self.enum)) return `Add ${name}: one of ${self.enum.map(String).join(', ')}.`;
  const scalar = typeof example === 'string' || typeof example === 'number';
  if (scalar) return `Add ${name}, such as ${name}: ${example}.`;
  if (self.type === 'array') return `Add ${name}, a list of at least one item that begins with -.`;
  const fields = Object.keys(asObject(self.properties));
  if (self.type === 'string' && self.pattern === undefined) return `Add ${name}, a text.`;
  if (fields.length === 0) {
    const sample = written(name, self);
    return `Add ${name}, ${sample.includes(standIn) ? 'a text' : `such as ${sample}`}.`;
  }
  const required = Array.isArray(self.required) ? self.required.map(String) : [];
  return required.length > 0
    ? `Add ${name} with ${required.join(', ')} indented below it.`
    : `Write ${name}: {}, or indent one of ${fields.join(', ')} below it.`;
}

const written = (name: string, schema: JsonSchema): string =>
  `${name}: ${brief(sampleOf(schema)).replace(/^"(.*)"$/, '$1')}`;

/** How to mend a value, by its schema and by what newcomers often mean; null when there is nothing to add. */
export function invalidHint(
  { schema }: Shape,
  path: Path,
  issue: Issue,
  value: unknown,
): string | null {
  const [self = {}] = schemasAt(schema, path);
  const name = String(path.at(-1) ?? '');
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String);
    const near = nearest(String(value), values);
    return near === null ? `Use one of ${values.join(', ')}.` : `Did you mean ${near}?`;
  }
  if (self.pattern === durationPattern.source) return durationHint(name, value);
  if (issue.code === 'invalid_type') return typeHint(self, name, value);
  if (issue.code === 'invalid_format' && issue.format === 'starts_with' && 'prefix' in issue)
    return `Begin it with ${String(issue.prefix)}, such as ${String(issue.prefix)}${String(value).slice(0, 40).toWellFormed()}.`;
  if (issue.code === 'too_big' || issue.code === 'too_small') return boundHint(self, value);
  const slug = nameLike(value);
  if (issue.code === 'invalid_format' && slug !== null && isNameSchema(self))
    return `Use lower-case letters, digits and -, such as ${slug}.`;
  return typeof self.description === 'string' ? self.description : null;
}

const isNameSchema = (schema: JsonSchema): boolean =>
  schema.maxLength === 63 && typeof schema.description === 'string';

/** The name that a text comes nearest to: Check_Out is check-out. */
function nameLike(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > 63) return null;
  const slug = value
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return nameSchema.safeParse(slug).success ? slug : null;
}

function durationHint(name: string, value: unknown): string {
  const [, amount = '', unit = ''] = /^(\d+)\s*([a-z]*)$/i.exec(String(value)) ?? [];
  const short = /^ms|^milli/i.test(unit) ? 'ms' : unit.slice(0, 1).toLowerCase() || 's';
  return amount !== '' && /^(ms|[smhd])$/.test(short)
    ? `Write the unit as ms, s, m, h or d, such as ${name}: ${amount}${short}.`
    : `Use a duration of at most 90d, such as ${name}: 30s.`;
}

function typeHint(schema: JsonSchema, name: string, value: unknown): string {
  const { type } = schema;
  if (type === 'string' && ['number', 'boolean'].includes(typeof value))
    return `Put it in quotes: ${name}: "${String(value)}".`;
  if (type === 'integer' || type === 'number') {
    const [, digits] = /^\s*(\d{1,9})\s*%?\s*$/.exec(String(value)) ?? [];
    return digits === undefined ? boundHint(schema, value) : `Write only the number: ${digits}.`;
  }
  if (type === 'boolean') return 'Write true or false, without quotes.';
  if (type === 'array') {
    const isScalar = typeof value !== 'object';
    return isScalar
      ? `Write a list: ${name}: [${String(value).slice(0, 40).toWellFormed().trim().split(/\s+/).join(', ')}].`
      : 'Write a list; begin each item with -.';
  }
  const fields = Object.keys(asObject(schema.properties));
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  if (/^\d+$/.test(name) && required.length > 0)
    return `Write the item as - ${required.map((one) => `${one}: …`).join(', ')}.`;
  return fields.length > 0
    ? `Indent its fields below it: ${fields.join(', ')}.`
    : 'Indent its fields below it, as name: value.';
}

function boundHint(schema: JsonSchema, value: unknown): string {
  const { type, minimum, maximum, minLength, maxLength, minItems, maxItems } = schema;
  if (type === 'integer')
    return `Use a whole number from ${String(minimum)} to ${String(maximum)}.`;
  if (Array.isArray(value)) return `Give ${String(minItems ?? 0)} to ${String(maxItems)} items.`;
  return `Use ${String(minLength ?? 0)} to ${String(maxLength)} characters.`;
}
