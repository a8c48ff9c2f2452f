import { type Problem, problem, type Where } from '../../platform/errors/problem.ts';
import type { Fault } from './fault.ts';
import { headProblem, identityOf } from './head.ts';
import { jsonSchemaOf } from './json-schema.ts';
import { type Locate, parseYaml, type RawDocument } from './parse.ts';
import { documentName, type KindDocument, type KindName } from './registry.ts';
import { salvage } from './salvage.ts';
import { type Declaration, declare, documentFaults, referenceFaults } from './semantics.ts';
import { pointerOf } from './shape.ts';

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
  /** It is no YAML: its name may lack a part, and it may have swallowed what came after it. */
  readonly isTorn: boolean;
  readonly problems: readonly Problem[];
};

export type ParsedFile = {
  readonly documents: readonly ParsedDocument[];
  readonly broken: readonly BrokenDocument[];
  /** Everything that is wrong in the file, in its order. */
  readonly problems: readonly Problem[];
};

/** Reads every document of a file. One that is wrong never drops those beside it. */
export function parseDocuments(text: string, file: string): ParsedFile {
  const documents: ParsedDocument[] = [];
  const broken: BrokenDocument[] = [];
  for (const { kind, name, document, isTorn, problems, where, locate } of readFile(text, file)) {
    if (problems.length > 0 || kind === null || name === null || document === null)
      broken.push({ kind, name, isTorn, problems });
    else documents.push({ kind, name, document, where, locate });
  }
  return { documents, broken, problems: broken.flatMap((one) => one.problems) };
}

/** Everything that is wrong with files, one by one and beside each other. */
export const validateAll = (files: readonly DocumentFile[]): readonly Problem[] =>
  checkAll(files).problems;

export type DocumentFile = { readonly path: string; readonly text: string };

/** What files declare, as far as it can be read, and what is wrong with them. */
export type CheckedFiles = {
  readonly documents: readonly { readonly kind: KindName | null; readonly name: string | null }[];
  readonly problems: readonly Problem[];
};

/**
 * Checks files one by one and beside each other: duplicates, unknown references, missing arguments. They may refer to
 * documents that are declared `elsewhere`, and say some of these anew.
 */
export function checkAll(
  files: readonly DocumentFile[],
  elsewhere: readonly KindDocument[] = [],
): CheckedFiles {
  const read = files.flatMap((file) => readFile(file.text, file.path));
  const named = read.flatMap((one) =>
    one.kind !== null && one.name !== null ? [{ ...one, kind: one.kind, name: one.name }] : [],
  );
  // A wrong document is declared all the same: its own error is enough.
  const declared = declare([...elsewhere.map(declaredAlready), ...named]);
  const references = read.flatMap(({ document, asWritten, locate }) =>
    document === null ? [] : asProblems(referenceFaults(document, declared), asWritten, locate),
  );
  const own = read.flatMap((one) => one.problems);
  return {
    documents: read.map(({ kind, name }) => ({ kind, name })),
    problems: [...own, ...duplicates(named), ...references].sort(byPlace),
  };
}

const declaredAlready = (document: KindDocument): Declaration => ({
  kind: document.kind,
  name: documentName(document),
  document,
  asWritten: (fault) => fault,
});

/** A document as far as it can be read. With problems, `document` holds what stands in for its wrong parts. */
type ReadDocument = {
  readonly kind: KindName | null;
  readonly name: string | null;
  readonly document: KindDocument | null;
  readonly asWritten: (fault: Fault) => Fault | null;
  readonly isTorn: boolean;
  readonly problems: readonly Problem[];
  readonly where: Where;
  readonly locate: Locate;
};

function duplicates(
  documents: readonly (ReadDocument & { readonly kind: KindName; readonly name: string })[],
): Problem[] {
  const first = new Map<string, ReadDocument>();
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

/** More are of no use to a reader, and a hostile document could have a hundred thousand. */
const mostProblems = 50;

const readFile = (text: string, file: string): readonly ReadDocument[] =>
  parseYaml(text, file).map(readOne);

function readOne(raw: RawDocument): ReadDocument {
  const { locate } = raw;
  const { kind, name } = identityOf(raw.value);
  const isTorn = raw.problems.length > 0;
  const same = { kind, name, isTorn, where: locate([]), locate };
  const refuse = (problems: readonly Problem[]): ReadDocument => ({
    ...same,
    document: null,
    asWritten: () => null,
    problems,
  });
  if (isTorn) return refuse(raw.problems);
  const notOurs = headProblem(raw);
  if (notOurs !== null || kind === null) return refuse(notOurs === null ? [] : [notOurs]);
  const { faults, document, asWritten } = salvage(kind, () => jsonSchemaOf(kind), raw.value);
  const meant = document === null ? [] : documentFaults(document);
  const problems = [
    ...faults.map((fault) => toProblem(fault, locate, fault.end)),
    ...asProblems(meant, asWritten, locate),
  ]
    .sort(byPlace)
    .slice(0, mostProblems);
  return { ...same, document, asWritten, problems };
}

const asProblems = (
  faults: readonly Fault[],
  asWritten: ReadDocument['asWritten'],
  locate: Locate,
): Problem[] =>
  faults.flatMap((fault) => {
    const written = asWritten(fault);
    return written === null ? [] : [toProblem(written, locate)];
  });

const toProblem = (fault: Fault, locate: Locate, end: 'key' | 'value' = 'value'): Problem =>
  problem(fault.code, {
    detail: fault.detail,
    ...(fault.hint ? { hint: fault.hint } : {}),
    where: { ...locate(fault.path, end, fault.within), pointer: pointerOf(fault.path) },
  });
