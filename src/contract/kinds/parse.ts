import {
  Composer,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  Parser,
  visit,
  type YAMLMap,
} from 'yaml';
import { type Problem, problem, type Where } from '../../platform/errors/problem.ts';
import { isStorable } from '../../platform/text/storable.ts';
import { offsetWithin } from './parse-within.ts';

/** 1 MiB: the largest file that is read. */
export const largestFile = 1_048_576;
const deepest = 40;
const mostAliases = 20;
const mostDocuments = 2_000;
const longestKey = 1_024;
/** Of one document; more are of no use to a reader. */
const mostProblems = 20;
const forbiddenKeys = new Set(['__proto__', 'prototype', 'constructor']);

/**
 * Gives the position of the node at a path of a document, or of its nearest ancestor that is written down; `within` is
 * an offset in the text that stands there.
 */
export type Locate = (
  path: readonly PropertyKey[],
  end?: 'key' | 'value',
  within?: number,
) => Where;

/** One YAML document of a file: its plain value, or what is wrong with it. */
export type RawDocument = {
  readonly value: unknown;
  readonly locate: Locate;
  readonly problems: readonly Problem[];
};

/** Reads the YAML of a file within its bounds. Documents that cannot be read say so; the others beside them stand. */
export function parseYaml(text: string, file: string): readonly RawDocument[] {
  if (Buffer.byteLength(text) > largestFile) {
    return [refused(file, 'TG1005', `The file is larger than ${largestFile} bytes.`)];
  }
  const lines = new LineCounter();
  try {
    const documents: Document.Parsed[] = [];
    for (const one of compose(text, lines)) {
      documents.push(one);
      if (documents.length > mostDocuments)
        return [refused(file, 'TG1005', `The file has more than ${mostDocuments} documents.`)];
    }
    return documents
      .filter((one) => !isEmpty(one))
      .map((one) => readDocument(one, { text, file, lines }));
  } catch (error) {
    if (error instanceof RangeError)
      return [refused(file, 'TG1005', 'The document is nested too deeply to be read.')];
    throw error;
  }
}

/**
 * One document after the other, so that a file with too many is given up early. The library's own search for repeated
 * keys compares each with each, which takes minutes for a hostile map; `shapeProblems` looks for them instead. Tags mean
 * nothing: with them a value could be a date, a set or bytes.
 */
function compose(text: string, lines: LineCounter): Iterable<Document.Parsed> {
  const composer = new Composer({
    prettyErrors: false,
    schema: 'core',
    resolveKnownTags: false,
    stringKeys: true,
    uniqueKeys: false,
  });
  return composer.compose(new Parser(lines.addNewLine).parse(text)) as Iterable<Document.Parsed>;
}

/** Nothing but comments between two separators. */
const isEmpty = (document: Document.Parsed): boolean =>
  document.errors.length === 0 &&
  (document.contents === null || (isScalar(document.contents) && document.contents.value === null));

function refused(file: string, code: 'TG1005', detail: string): RawDocument {
  const where = { file, line: 1, column: 1 };
  return { value: undefined, locate: () => where, problems: [problem(code, { detail, where })] };
}

/** By the code of the library's error: what a person most likely did. */
const syntaxHints: Readonly<Record<string, string>> = {
  BAD_INDENT:
    'Begin the fields of one object in the same column, those of a part two spaces further.',
  TAB_AS_INDENT: 'Indent with spaces; YAML takes no tabs there.',
  BAD_SCALAR_START:
    'Put the text in quotes; it begins with a character that means something in YAML.',
  BAD_ALIAS: 'Put the text in quotes; * and & mean something in YAML.',
  MISSING_CHAR: 'Close the bracket or quote, or put a space after the colon.',
  MULTILINE_IMPLICIT_KEY: 'Put a colon after the name of the field.',
};

type Source = { readonly text: string; readonly file: string; readonly lines: LineCounter };

function readDocument(document: Document.Parsed, source: Source): RawDocument {
  const { file, lines } = source;
  const locate = locator(document, source);
  const at = (offset: number): Where => position(file, lines, offset);
  const problems: Problem[] = document.errors.slice(0, mostProblems).map((error) =>
    problem('TG1001', {
      detail: sentence(error.message),
      ...(syntaxHints[error.code] ? { hint: syntaxHints[error.code] } : {}),
      where: at(error.pos[0]),
    }),
  );
  problems.push(...shapeProblems(document, at));
  if (problems.length > 0) return { value: partial(document), locate, problems };
  try {
    return { value: document.toJS({ maxAliasCount: mostAliases }), locate, problems };
  } catch (error) {
    const detail = sentence(error instanceof Error ? error.message : String(error));
    return {
      value: undefined,
      locate,
      problems: [problem('TG1005', { detail, where: locate([]) })],
    };
  }
}

/** Kind and name of a document that cannot be read whole, so that its error is shown at the right place. */
function partial(document: Document.Parsed): unknown {
  const text = (path: readonly string[]): unknown => {
    try {
      const value = document.getIn(path);
      return typeof value === 'string' ? value : undefined;
    } catch {
      return undefined;
    }
  };
  const name = text(['metadata', 'name']);
  const environment = text(['metadata', 'environment']);
  return {
    apiVersion: text(['apiVersion']),
    kind: text(['kind']),
    metadata: { name, environment },
  };
}

function shapeProblems(document: Document.Parsed, at: (offset: number) => Where): Problem[] {
  const problems: Problem[] = [];
  visit(document, (_key, node, path) => {
    const start = isNode(node) ? (node.range?.[0] ?? 0) : 0;
    if (path.length > deepest && path.filter(isCollection).length > deepest) {
      const detail = `Nested more than ${deepest} levels deep.`;
      problems.push(problem('TG1005', { detail, where: at(start) }));
      return visit.BREAK;
    }
    if (isAlias(node) && path.some((one) => isCollection(one) && one.anchor === node.source)) {
      const detail = `*${node.source} stands inside of what it names.`;
      problems.push(problem('TG1005', { detail, where: at(start) }));
    }
    if (isScalar(node) && typeof node.value === 'string' && !isStorable(node.value)) {
      problems.push(problem('TG1001', { ...unstorable, where: at(start) }));
    }
    if (isMap(node)) problems.push(...keyProblems(node, at));
    return problems.length >= mostProblems ? visit.BREAK : undefined;
  });
  return problems.slice(0, mostProblems);
}

const unstorable = {
  detail: 'A text has U+0000 or half of a surrogate pair, which is no character.',
  hint: 'Remove the escape; write the character itself.',
};

function keyProblems(map: YAMLMap, at: (offset: number) => Where): Problem[] {
  const seen = new Set<string>();
  return map.items.flatMap(({ key }) => {
    if (!isScalar(key)) return [];
    const [text, where] = [String(key.value), at(key.range?.[0] ?? 0)];
    const again = seen.has(text);
    seen.add(text);
    if (again) {
      const hint = 'Remove one of the two; a field may be given once.';
      return [problem('TG1001', { detail: 'Map keys must be unique.', hint, where })];
    }
    if (text.length > longestKey) {
      const detail = `The name of a field is longer than ${longestKey} characters.`;
      return [problem('TG1005', { detail, where })];
    }
    if (!forbiddenKeys.has(text)) return [];
    const detail = `A field may not be called ${text}.`;
    return [problem('TG1004', { detail, where, hint: 'Rename it.' })];
  });
}

function locator(document: Document.Parsed, { text, file, lines }: Source): Locate {
  const start = document.contents?.range?.[0] ?? document.range[0];
  return (path, end = 'value', within = 0) => {
    let node: unknown = document.contents;
    let offset = start;
    for (const [index, step] of path.entries()) {
      const inside = keyOf(node, step);
      const child = isMap(node)
        ? node.get(step, true)
        : document.getIn(path.slice(0, index + 1), true);
      const wantsKey = index === path.length - 1 && end === 'key';
      const found = wantsKey ? (inside ?? offsetOf(child)) : (offsetOf(child) ?? inside);
      if (found === undefined) break;
      offset = found;
      node = child;
    }
    const inside = within > 0 && isScalar(node) ? offsetWithin(text, node, within) : null;
    return position(file, lines, inside ?? offset);
  };
}

function keyOf(node: unknown, step: PropertyKey): number | undefined {
  if (!isMap(node)) return undefined;
  const pair = node.items.find(
    (one) => isScalar(one.key) && String(one.key.value) === String(step),
  );
  return pair && isNode(pair.key) ? pair.key.range?.[0] : undefined;
}

const offsetOf = (node: unknown): number | undefined =>
  isNode(node) ? node.range?.[0] : undefined;

function position(file: string, lines: LineCounter, offset: number): Where {
  const { line, col } = lines.linePos(offset);
  return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
