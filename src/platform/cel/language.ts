import { type ASTNode, Environment, type ParseResult } from '@marcbachmann/cel-js';
import { type Shape, shapeOf } from './shape.ts';

/**
 * CEL as Tidegate has it (docs/adr/0005). What is written in it comes from whoever may write to a config repository
 * and runs inside the control plane, so nothing in it is trusted: a list of allowed functions (no regular expressions,
 * no variable binding, no decoding), bounds on text, depth and nodes when it is compiled, and bounds on work and memory
 * that are counted while it is evaluated. The library parses it and checks its types; `interpret.ts` evaluates it.
 */
export type Dialect = { readonly env: Environment; readonly functions: ReadonlySet<string> };

export type Program = {
  readonly text: string;
  readonly ast: ASTNode;
  readonly shape: Shape;
  /** As CEL names it: bool, int, double, string, list, map, dyn where only values can tell. */
  readonly type: string;
};

/** Why a text is not a program; `at` is an offset in it. */
export type Refusal = { readonly at: number; readonly why: string; readonly hint?: string };

export type CompiledProgram =
  | { readonly ok: true; readonly program: Program }
  | { readonly ok: false; readonly refusal: Refusal };

export const longestText = 4096;

const limits = {
  maxAstNodes: 500,
  maxDepth: 40,
  maxListElements: 100,
  maxMapEntries: 50,
  maxCallArguments: 8,
};

/** Functions that every text in CEL may use. */
export const commonFunctions = [
  'size',
  'int',
  'double',
  'string',
  'bool',
  'has',
  'all',
  'exists',
  'exists_one',
  'filter',
  'map',
  'contains',
  'startsWith',
  'endsWith',
  'lowerAscii',
  'upperAscii',
  'trim',
] as const;

/**
 * Variables by name and type; null where any name may stand. Of those with a schema, the types of fields are known. Numbers out of JSON are doubles, while `2` is an int. CEL
 * compares the two but does not calculate with them, which would make `stable.errorRate * 2` an error that people meet
 * only in production; so here it does.
 */
export function dialect(
  variables: { readonly [name: string]: string } | null,
  functions: readonly string[],
  schemas: { readonly [variable: string]: { readonly [field: string]: string } } = {},
): Dialect {
  const env = new Environment({
    unlistedVariablesAreDyn: variables === null,
    homogeneousAggregateLiterals: false,
    limits,
  });
  for (const [name, type] of Object.entries(variables ?? {})) env.registerVariable(name, type);
  for (const [name, schema] of Object.entries(schemas)) env.registerVariable({ name, schema });
  // Only types matter: what these stand for is done by the interpreter.
  for (const operator of ['+', '-', '*', '/', '%']) {
    env.registerOperator(`double ${operator} int: double`, () => 0);
    env.registerOperator(`int ${operator} double: double`, () => 0);
  }
  env.registerOperator('double % double: double', () => 0);
  return { env, functions: new Set(functions) };
}

const hints: { readonly [name: string]: string } = {
  matches: 'Use contains, startsWith or endsWith.',
};

export function compileIn({ env, functions }: Dialect, text: string): CompiledProgram {
  if (text.length > longestText) return refused(0, `it is longer than ${longestText} characters`);
  let parsed: ParseResult;
  try {
    parsed = env.parse(text);
  } catch (error) {
    return refused(startOf(error), summaryOf(error));
  }
  const shape = shapeOf(parsed.ast);
  const unknown = shape.calls.find((call) => !functions.has(call.name));
  if (unknown) {
    const why = `the function ${unknown.name} is not available`;
    return refused(unknown.at, why, hints[unknown.name]);
  }
  if (shape.strange) return refused(shape.strange.at, `${shape.strange.what} is not available`);
  const misused = shape.calls.find((call) => !call.ok);
  if (misused) return refused(misused.at, 'has takes a field', 'Write has(a.b).');
  if (shape.nesting > 2) return refused(0, 'loops over lists are nested more than twice');
  return checked(env, text, parsed, shape);
}

function checked(
  env: Environment,
  text: string,
  parsed: ParseResult,
  shape: Shape,
): CompiledProgram {
  try {
    const { type, error, valid } = env.parse(withoutHas(text, shape)).check();
    if (!valid) return refused(startOf(error), summaryOf(error));
    return { ok: true, program: { text, ast: parsed.ast, shape, type: type ?? 'dyn' } };
  } catch (error) {
    return refused(startOf(error), summaryOf(error));
  }
}

/**
 * The library takes `has(a.b.c)` and refuses `has(a["b"].c)`, without which a step named with a dash could not be asked
 * about. For its check, each `has` is blotted out; the field alone stands where a truth does.
 */
function withoutHas(text: string, shape: Shape): string {
  let blotted = text;
  for (const { name, at } of shape.calls) {
    if (name === 'has') blotted = `${blotted.slice(0, at)}   ${blotted.slice(at + 3)}`;
  }
  return blotted;
}

/** What the library throws carries a one-line summary and a range. */
type Thrown = {
  readonly summary?: unknown;
  readonly message?: unknown;
  readonly range?: { readonly start: number };
};

const thrown = (error: unknown): Thrown =>
  typeof error === 'object' && error !== null ? error : {};
const startOf = (error: unknown): number => thrown(error).range?.start ?? 0;

function summaryOf(error: unknown): string {
  const { summary, message } = thrown(error);
  const text = typeof summary === 'string' ? summary : String(message ?? error);
  return (text.split('\n')[0] ?? '').slice(0, 300);
}

const refused = (at: number, why: string, hint?: string): CompiledProgram => ({
  ok: false,
  refusal: { at, why, ...(hint ? { hint } : {}) },
});

/** Remembers the newest answers, oldest thrown out first: compiling is a pure function of the text. */
export function remembering<T>(compile: (text: string) => T): (text: string) => T {
  const remembered = new Map<string, T>();
  return (text) => {
    const known = remembered.get(text);
    if (known !== undefined) return known;
    const compiled = compile(text);
    if (text.length > longestText) return compiled;
    if (remembered.size >= 2000) {
      const oldest = remembered.keys().next().value;
      if (oldest !== undefined) remembered.delete(oldest);
    }
    remembered.set(text, compiled);
    return compiled;
  };
}
