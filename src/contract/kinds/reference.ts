import type { Json } from '../../platform/ids/types.ts';
import { durationPattern } from './common.ts';
import { examples } from './examples.ts';
import { type JsonSchema, jsonSchemaOf } from './json-schema.ts';
import { type KindName, kindNames } from './registry.ts';

const about: Readonly<Record<KindName, string>> = {
  Application:
    'A service that is delivered: where its source is, how it is run and known to be healthy, and the path that a release of it takes.',
  Environment:
    'A place that releases reach, such as staging or production: its targets in waves, and when changes are frozen.',
  Target: 'One place that runs applications: a host, a cluster, a region.',
  AnalysisTemplate:
    'Metrics, and the conditions that judge them, for strategies to refer to by name.',
  Pipeline:
    'A graph of steps that takes a commit through environments, with what must happen before, between and after. What each status means, and what expressions see, is in docs/concepts/pipelines.md.',
  Release:
    'What one environment shall run of one application. Tidegate writes it with a promotion or a rollback; whoever edits it by hand starts the same rollout.',
  Channel:
    'Where news goes: one receiver (Slack, Teams, PagerDuty, a webhook, mail), and which news. See docs/guide/notifications.md.',
};

/** The text of docs/reference/kinds.md: every kind with its fields and an example. */
export function kindsReference(): string {
  const contents = kindNames.map((kind) => `* [${kind}](#${kind.toLowerCase()})`).join('\n');
  const intro = `# Kinds

What is declared in Git. Each document has \`apiVersion: tidegate.dev/v1\`, a \`kind\`, \`metadata\` and \`spec\`; a file
may hold several, separated by \`---\`. A field that is not listed here is an error. Editors complete and check
documents with the [JSON Schemas](schema) beside this page:

\`\`\`yaml
# yaml-language-server: $schema=https://tidegate.dev/schema/v1/any.json
\`\`\`

This page is generated from the schemas.

${contents}
`;
  return `${[intro, ...kindNames.map(section)].join('\n')}`;
}

function section(kind: KindName): string {
  const rows = fieldsOf(asObject(jsonSchemaOf(kind)), '', true);
  const table = rows
    .filter((row) => !['apiVersion', 'kind', 'metadata', 'spec'].includes(row.field))
    .map((row) => `| \`${row.field}\` | ${row.type} | ${row.default} | ${row.description} |`);
  return `## ${kind}

${about[kind]}

\`\`\`yaml
${examples[kind].trim()}
\`\`\`

| field | type | default | what |
|---|---|---|---|
${table.join('\n')}
`;
}

type Row = {
  readonly field: string;
  readonly type: string;
  readonly default: string;
  readonly description: string;
};

/** Characters of schema from which on a list of the same things is not told a second time. */
const longAsTwice = 1_000;

function fieldsOf(schema: JsonSchema, prefix: string, top = false): readonly Row[] {
  const required = new Set(Array.isArray(schema.required) ? schema.required.map(String) : []);
  const lists = new Map<string, string>();
  const own = Object.entries(asObject(schema.properties)).flatMap(([name, value]) => {
    const field = prefix === '' ? name : `${prefix}.${name}`;
    const inner = asObject(value);
    const items = inner.type === 'array' ? JSON.stringify(inner.items) : '';
    const same = items.length > longAsTwice ? lists.get(items) : undefined;
    lists.set(items, same ?? field);
    const row = {
      field,
      type: cell(typeOf(inner)),
      default: defaultOf(inner, required.has(name) || top),
      description: cell(
        [inner.description, same && `Each as in \`${same}\`.`].filter(Boolean).join(' '),
      ),
    };
    return same === undefined ? [row, ...below(inner, field)] : [row];
  });
  return own;
}

function below(schema: JsonSchema, field: string): readonly Row[] {
  if (schema.type === 'array') return below(asObject(schema.items), `${field}[]`);
  const named = asObject(schema.additionalProperties);
  if (Object.keys(named).length > 0) {
    const inner = `${field}.NAME`;
    return [...fieldsOf(named, inner), ...below(named, inner)].filter(
      (row, at, all) => all.findIndex((one) => one.field === row.field) === at,
    );
  }
  const ways = [...listOf(schema.anyOf), ...listOf(schema.oneOf)];
  const isChoice = ways.filter((one) => one.type === 'object').length > 1;
  const options = [schema, ...ways];
  const rows = options.flatMap((option) => [
    ...fieldsOf(option, field).map((row) =>
      isChoice && row.default === 'required' && !row.field.slice(field.length + 1).includes('.')
        ? { ...row, default: 'one of these' }
        : row,
    ),
    ...(option !== schema && option.type === 'array' ? below(option, field) : []),
  ]);
  const seen = new Set<string>();
  return rows.filter((row) => !seen.has(row.field) && seen.add(row.field));
}

function typeOf(schema: JsonSchema): string {
  if (Array.isArray(schema.enum))
    return schema.enum.map((one) => `\`${String(one)}\``).join(' or ');
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.type === 'array') return `list of ${typeOf(asObject(schema.items))}`;
  const options = [...listOf(schema.anyOf), ...listOf(schema.oneOf)];
  if (options.length > 0) return [...new Set(options.map(typeOf))].join(' or ');
  if (schema.additionalProperties && typeof schema.additionalProperties === 'object')
    return `map of ${typeOf(asObject(schema.additionalProperties))}`;
  if (schema.pattern === durationPattern.source) return 'duration';
  return rangeOf(schema) ?? String(schema.type ?? 'any');
}

function rangeOf(schema: JsonSchema): string | null {
  if (schema.type !== 'integer') return null;
  const { minimum, maximum } = schema;
  const bounded = Number(maximum ?? Number.MAX_SAFE_INTEGER) < Number.MAX_SAFE_INTEGER;
  return bounded ? `integer, ${minimum ?? ''}–${maximum}` : 'integer';
}

function defaultOf(schema: JsonSchema, isRequired: boolean): string {
  if (schema.default === undefined) return isRequired ? 'required' : '';
  const value = schema.default;
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap && Object.keys(value).length > 0 ? 'see below' : `\`${JSON.stringify(value)}\``;
}

const listOf = (value: Json | undefined): readonly JsonSchema[] =>
  Array.isArray(value) ? (value as readonly Json[]).map(asObject) : [];
const asObject = (value: Json | undefined): JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonSchema) : {};
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
