import type { z } from 'zod';
import { type Problem, problem, type Where } from '../../platform/errors/problem.ts';
import { nameSchema } from './common.ts';
import { type JsonSchema, jsonSchemaOf, knownFields } from './json-schema.ts';
import { nearest } from './nearest.ts';
import { type Locate, parseYaml, type RawDocument } from './parse.ts';
import {
  documentName,
  isKindName,
  type KindDocument,
  type KindName,
  kindNames,
  kinds,
} from './registry.ts';
import type { Fault } from './schedules.ts';
import { type CheckCondition, declare, documentFaults, referenceFaults } from './semantics.ts';

/** A document that is right by itself. `name` is what it is known by among its kind. */
export type ParsedDocument = {
  readonly kind: KindName;
  readonly name: string;
  readonly document: KindDocument;
  readonly where: Where;
  readonly locate: Locate;
};

/** A document that is not; kind and name are null where even those cannot be read. */
export type BrokenDocument = {
  readonly kind: KindName | null;
  readonly name: string | null;
  readonly problems: readonly Problem[];
};

export type ParsedFile = {
  readonly documents: readonly ParsedDocument[];
  readonly broken: readonly BrokenDocument[];
  /** Everything that is wrong in the file, in its order. */
  readonly problems: readonly Problem[];
};

export type ValidateOptions = {
  /** Compiles a CEL condition; without it conditions are taken as they are. */
  readonly checkCondition?: CheckCondition;
};

/** Reads every document of a file. One that is wrong never drops those beside it. */
export function parseDocuments(
  text: string,
  file: string,
  options: ValidateOptions = {},
): ParsedFile {
  const documents: ParsedDocument[] = [];
  const broken: BrokenDocument[] = [];
  for (const raw of parseYaml(text, file)) {
    const read = readOne(raw, options);
    if ('problems' in read) broken.push(read);
    else documents.push(read);
  }
  return { documents, broken, problems: broken.flatMap((one) => one.problems) };
}

/** Checks files one by one and beside each other: duplicates, unknown references, missing arguments. */
export function validateAll(
  files: readonly { readonly path: string; readonly text: string }[],
  options: ValidateOptions = {},
): readonly Problem[] {
  const parsed = files.map((file) => parseDocuments(file.text, file.path, options));
  const documents = parsed.flatMap((one) => one.documents);
  const declared = declare(documents.map((one) => one.document));
  const names = namesOfBroken(parsed.flatMap((one) => one.broken));
  const references = documents.flatMap((one) =>
    referenceFaults(one.document, declared)
      .filter((fault) => !names.some((name) => fault.detail === `No ${name} is declared.`))
      .map((fault) => toProblem(fault, one.locate)),
  );
  return [...parsed.flatMap((one) => one.problems), ...duplicates(documents), ...references].sort(
    byPlace,
  );
}

/** Documents that are declared, only wrongly: their own error is enough. */
const namesOfBroken = (broken: readonly BrokenDocument[]): readonly string[] =>
  broken.flatMap(({ kind, name }) => (kind && name ? [`${kind} ${name}`] : []));

function duplicates(documents: readonly ParsedDocument[]): Problem[] {
  const first = new Map<string, ParsedDocument>();
  return documents.flatMap((one) => {
    const key = `${one.kind} ${one.name}`;
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, one);
      return [];
    }
    const place = `${earlier.where.file}:${earlier.where.line}`;
    return [
      problem('TG1006', {
        detail: `${key} is declared at ${place} already.`,
        where: one.locate(['metadata', 'name']),
      }),
    ];
  });
}

function byPlace(a: Problem, b: Problem): number {
  const [x, y] = [a.where ?? {}, b.where ?? {}];
  if (x.file !== y.file) return (x.file ?? '') < (y.file ?? '') ? -1 : 1;
  return (x.line ?? 0) - (y.line ?? 0) || (x.column ?? 0) - (y.column ?? 0);
}

function readOne(raw: RawDocument, options: ValidateOptions): ParsedDocument | BrokenDocument {
  const { kind, name } = identityOf(raw.value);
  const refuse = (problems: readonly Problem[]): BrokenDocument => ({ kind, name, problems });
  if (raw.problems.length > 0) return refuse(raw.problems);
  const notOurs = headProblem(raw);
  if (notOurs !== null || kind === null) return refuse(notOurs === null ? [] : [notOurs]);
  const result = kinds[kind].safeParse(raw.value);
  if (!result.success) {
    return refuse(issueProblems(kind, result.error.issues, raw));
  }
  const faults = documentFaults(result.data, options.checkCondition ?? null);
  if (faults.length > 0) return refuse(faults.map((fault) => toProblem(fault, raw.locate)));
  const document = result.data;
  return {
    kind,
    name: documentName(document),
    document,
    where: raw.locate([]),
    locate: raw.locate,
  };
}

const toProblem = (fault: Fault, locate: Locate): Problem =>
  problem(fault.code, {
    detail: fault.detail,
    ...(fault.hint ? { hint: fault.hint } : {}),
    where: { ...locate(fault.path), pointer: pointerOf(fault.path) },
  });

function headProblem(raw: RawDocument): Problem | null {
  const head = asRecord(raw.value);
  if (head.apiVersion !== 'tidegate.dev/v1') {
    const detail =
      head.apiVersion === undefined
        ? 'The document has no apiVersion.'
        : `apiVersion is ${brief(head.apiVersion)}.`;
    return problem('TG1002', { detail, where: raw.locate(['apiVersion']) });
  }
  if (typeof head.kind === 'string' && isKindName(head.kind)) return null;
  const near = typeof head.kind === 'string' ? nearest(head.kind, kindNames) : null;
  return problem('TG1003', {
    detail:
      head.kind === undefined
        ? 'The document has no kind.'
        : `There is no kind ${brief(head.kind)}.`,
    hint: near ? `Did you mean ${near}?` : `Use one of ${kindNames.join(', ')}.`,
    where: raw.locate(['kind']),
  });
}

function identityOf(value: unknown): { kind: KindName | null; name: string | null } {
  const head = asRecord(value);
  const metadata = asRecord(head.metadata);
  const kind = typeof head.kind === 'string' && isKindName(head.kind) ? head.kind : null;
  const ours = head.apiVersion === 'tidegate.dev/v1' && kind !== null;
  const { name, environment } = metadata;
  if (!ours || !isName(name)) return { kind: ours ? kind : null, name: null };
  if (kind !== 'Release') return { kind, name };
  return { kind, name: isName(environment) ? `${environment}/${name}` : null };
}

const isName = (value: unknown): value is string => nameSchema.safeParse(value).success;

type Issue = z.core.$ZodIssue;

/** More are of no use to a reader, and a hostile document could have a hundred thousand. */
const mostProblems = 50;

function issueProblems(kind: KindName, issues: readonly Issue[], raw: RawDocument): Problem[] {
  const placed = issues.slice(0, mostProblems).flatMap((issue) => flatten(issue, []));
  const schema = jsonSchemaOf(kind);
  const unknown = placed.flatMap(({ issue, path }) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.slice(0, mostProblems).map((key) => meant(schema, [...path, key]))
      : [],
  );
  const mistyped = new Set(unknown.map((one) => one.nearPointer));
  const others = placed.filter(
    ({ issue, path }) =>
      // What is missing only because its name is mistyped has been told.
      issue.code !== 'unrecognized_keys' && !mistyped.has(pointerOf(path)),
  );
  return [
    ...unknown.map((one) => unknownField(kind, one, raw)),
    ...others.map((one) => wrongField(one, raw)),
  ]
    .sort(byPlace)
    .slice(0, mostProblems);
}

function wrongField({ issue, path }: Placed, raw: RawDocument): Problem {
  const missing = issue.code === 'invalid_type' && valueAt(raw.value, path) === undefined;
  const field = path.map(String).join('.') || 'the document';
  return problem('TG1004', {
    detail: missing ? `${field} is missing.` : `${field}: ${sentence(issue.message)}`,
    ...(missing ? { hint: `Add ${String(path.at(-1) ?? '')}; see docs/reference/kinds.md.` } : {}),
    where: { ...raw.locate(path), pointer: pointerOf(path) },
  });
}

type Meant = {
  readonly path: readonly PropertyKey[];
  readonly known: readonly string[];
  readonly near: string | null;
  readonly nearPointer: string | null;
};

/** Which field an unknown one was most likely meant to be. */
function meant(schema: JsonSchema, path: readonly PropertyKey[]): Meant {
  const parent = path.slice(0, -1);
  const known = knownFields(schema, parent);
  const near = nearest(String(path.at(-1) ?? ''), known);
  return { path, known, near, nearPointer: near === null ? null : pointerOf([...parent, near]) };
}

function unknownField(kind: KindName, { path, known, near }: Meant, raw: RawDocument): Problem {
  return problem('TG1004', {
    detail: `${path.map(String).join('.')} is not a field of ${kind}.`,
    hint: near ? `Did you mean ${near}?` : `Use one of ${known.join(', ')}.`,
    where: { ...raw.locate(path, 'key'), pointer: pointerOf(path) },
  });
}

type Placed = { readonly issue: Issue; readonly path: readonly PropertyKey[] };

/** Of the ways that a value could have been meant, the one that it comes nearest to is the one to speak of. */
function flatten(issue: Issue, base: readonly PropertyKey[]): readonly Placed[] {
  const path = [...base, ...issue.path];
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ issue, path }];
  const ways = issue.errors.map((way) => way.flatMap((one) => flatten(one, path)));
  const distance = (way: readonly Placed[]): number =>
    way.reduce((sum, one) => sum + (one.path.length > path.length ? 1 : 10), 0);
  const [best] = ways.toSorted((a, b) => distance(a) - distance(b));
  return best ?? [{ issue, path }];
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (node, step) =>
      typeof node === 'object' && node !== null
        ? (node as Record<PropertyKey, unknown>)[step]
        : undefined,
    value,
  );
}

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
const brief = (value: unknown): string =>
  (JSON.stringify(value) ?? 'empty').slice(0, 80).toWellFormed();
const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
