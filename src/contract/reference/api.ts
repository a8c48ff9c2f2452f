import { z } from 'zod';

const schemaSchema: z.ZodType<Schema> = z.lazy(() =>
  z.looseObject({
    $ref: z.string().optional(),
    type: z.union([z.string(), z.array(z.string())]).optional(),
    description: z.string().optional(),
    properties: z.record(z.string(), schemaSchema).optional(),
    required: z.array(z.string()).optional(),
    items: schemaSchema.optional(),
    anyOf: z.array(schemaSchema).optional(),
    enum: z.array(z.json()).optional(),
    const: z.json().optional(),
    default: z.json().optional(),
  }),
);
type Schema = {
  readonly $ref?: string | undefined;
  readonly type?: string | string[] | undefined;
  readonly description?: string | undefined;
  readonly properties?: Record<string, Schema> | undefined;
  readonly required?: string[] | undefined;
  readonly items?: Schema | undefined;
  readonly anyOf?: Schema[] | undefined;
  readonly enum?: unknown[] | undefined;
  readonly const?: unknown;
  readonly default?: unknown;
};

const contentSchema = z.record(z.string(), z.object({ schema: schemaSchema.optional() }));
const operationSchema = z.object({
  summary: z.string().optional(),
  description: z.string().optional(),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.string(),
        required: z.boolean().optional(),
        description: z.string().optional(),
        schema: schemaSchema.optional(),
      }),
    )
    .optional(),
  requestBody: z.object({ content: contentSchema }).optional(),
  responses: z.record(z.string(), z.object({ content: contentSchema.optional() })).optional(),
});
const documentSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.object({ schemas: z.record(z.string(), schemaSchema).optional() }).optional(),
});

type Operation = z.output<typeof operationSchema>;

/** Text of docs/reference/api.md, from the OpenAPI document that the server itself serves. */
export function apiReference(openApi: unknown): string {
  const { paths, components } = documentSchema.parse(openApi);
  const operations = Object.entries(paths)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => describe(method, path, operation)),
    );
  // Input and output of one shape have names of their own in OpenAPI; readers need it once.
  const shapes = Object.entries(components?.schemas ?? {})
    .filter(([name, schema]) => !name.endsWith('Input') && schema.properties)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, schema]) => `### ${name}\n\n${table(schema)}`);
  return `# API

Everything under \`/api/v1\`; the OpenAPI 3.1 document is served at \`/api/v1/openapi.json\`. Every request but
\`GET /api/v1/health\` carries \`Authorization: Bearer TOKEN\`. What goes wrong is answered as a problem document
(RFC 9457) with a code of [errors.md](errors.md). Every answer carries \`x-request-id\`, which is in the audit log.

Lists are pages: \`limit\`, and \`cursor\` of the answer before. \`GET /api/v1/stream\` sends server-sent events and
resumes with \`Last-Event-ID\`.

${operations.join('\n')}
## Shapes

${shapes.join('\n')}`;
}

function describe(method: string, path: string, operation: Operation): string {
  const parameters = (operation.parameters ?? []).map(
    (one) =>
      `| \`${one.name}\` | ${one.in} | ${typeName(one.schema)}${defaultText(one.schema)} | ${cell(one.description ?? one.schema?.description)} |`,
  );
  const list = parameters.length
    ? `| parameter | in | type | |\n|---|---|---|---|\n${parameters.join('\n')}\n\n`
    : '';
  const body = bodyOf(operation.requestBody?.content);
  const sent = body ? `Body: ${body.$ref ? typeName(body) : `\n\n${table(body)}`}\n\n` : '';
  const answers = Object.entries(operation.responses ?? {})
    .map(([status, answer]) => `${status} ${typeName(bodyOf(answer.content))}`.trim())
    .join(', ');
  const words = [operation.summary, operation.description].filter(Boolean).join(' ');
  return `## \`${method.toUpperCase()} ${path}\`\n\n${words}\n\n${list}${sent}Answers: ${answers}\n`;
}

const bodyOf = (content: z.output<typeof contentSchema> | undefined): Schema | undefined =>
  content?.['application/json']?.schema;

function table(schema: Schema): string {
  const rows = Object.entries(schema.properties ?? {}).map(([name, one]) => {
    const optional = schema.required?.includes(name) ? '' : ' (optional)';
    return `| \`${name}\`${optional} | ${typeName(one)}${defaultText(one)} | ${cell(one.description)} |`;
  });
  return `| field | type | |\n|---|---|---|\n${rows.join('\n')}\n`;
}

function typeName(schema: Schema | undefined): string {
  if (!schema) return '';
  if (schema.$ref) return schema.$ref.replace('#/components/schemas/', '').replace(/Input$/, '');
  if (schema.enum) return schema.enum.map((one) => `\`${String(one)}\``).join(' \\| ');
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.anyOf) return schema.anyOf.map(typeName).join(' or ');
  if (schema.items) return `list of ${typeName(schema.items)}`;
  return schema.type === undefined ? 'any' : [schema.type].flat().join(' or ');
}

const defaultText = (schema: Schema | undefined): string =>
  schema?.default === undefined ? '' : `, default ${JSON.stringify(schema.default)}`;
const cell = (text: string | undefined): string => (text ?? '').replaceAll('|', '\\|');
