import { type ASTNode, Environment, type ParseResult } from '@marcbachmann/cel-js';
import { type Problem, problem } from '../../platform/errors/problem.ts';
import type { Json } from '../../platform/ids/types.ts';
import { growth, type Shape, shapeOf, weigh } from './condition-cost.ts';

/**
 * Conditions of metrics, in CEL (docs/adr/0005). They are written by whoever may write to the config repository and
 * run inside the control plane, so nothing in them is trusted: a list of allowed functions (no regular expressions,
 * no variable binding, no decoding), bounds on text, depth and nodes when compiled, and a bound on work and memory,
 * computed from the values before each evaluation. CEL itself has no loops but over given lists, no assignment and
 * no way to reach a prototype, the process or a file.
 */
export type ConditionVariables = {
  readonly result: Json;
  readonly stable: Json;
  readonly args: { readonly [name: string]: string };
};

/** `missing`: a field that it needs is not there or null. `broken`: types that do not fit, or too much work. */
export type ConditionAnswer =
  | { readonly kind: 'true' | 'false' }
  | { readonly kind: 'missing' | 'broken'; readonly detail: string };

export type Condition = {
  readonly text: string;
  readonly ast: ASTNode;
  evaluate(variables: ConditionVariables): ConditionAnswer;
  /** Value of a part of it, for explanations; undefined when it has none. */
  valueOf(node: ASTNode, variables: ConditionVariables): Json | undefined;
};

export type Compiled =
  | { readonly ok: true; readonly condition: Condition }
  | { readonly ok: false; readonly problem: Problem };

const longestText = 4096;
const functions: ReadonlySet<string> = new Set([
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
]);

const limits = {
  maxAstNodes: 500,
  maxDepth: 40,
  maxListElements: 100,
  maxMapEntries: 50,
  maxCallArguments: 8,
};

/**
 * Numbers out of JSON are doubles, while `2` in a condition is an int. CEL compares the two but does not calculate
 * with them, which would make `stable.errorRate * 2` an error that people meet only in production.
 */
function environment(): Environment {
  const env = new Environment({ unlistedVariablesAreDyn: false, limits })
    .registerVariable('result', 'dyn')
    .registerVariable('stable', 'dyn')
    .registerVariable('args', 'map<string, string>');
  const calculate: readonly [string, (a: number, b: number) => number][] = [
    ['+', (a, b) => a + b],
    ['-', (a, b) => a - b],
    ['*', (a, b) => a * b],
    ['/', (a, b) => a / b],
  ];
  for (const [operator, run] of calculate) {
    env.registerOperator(`double ${operator} int: double`, (a, b) => run(a, Number(b)));
    env.registerOperator(`int ${operator} double: double`, (a, b) => run(Number(a), b));
  }
  return env;
}

const cel = environment();

// Compiling is a pure function of the text; this only remembers the newest answers, oldest thrown out first.
const remembered = new Map<string, Compiled>();
const rememberedAtMost = 2000;

/** Compiles a condition, or says with line and column why it cannot be one (TG1009). */
export function compileCondition(text: string): Compiled {
  const known = remembered.get(text);
  if (known) return known;
  const compiled = compile(text);
  if (text.length <= longestText) {
    if (remembered.size >= rememberedAtMost) {
      const oldest = remembered.keys().next().value;
      if (oldest !== undefined) remembered.delete(oldest);
    }
    remembered.set(text, compiled);
  }
  return compiled;
}

/** Null when the text is a condition that can be evaluated. Line and column count within the text, from 1. */
export function checkCondition(text: string): Problem | null {
  const compiled = compileCondition(text);
  return compiled.ok ? null : compiled.problem;
}

function compile(text: string): Compiled {
  if (text.length > longestText)
    return refused(text, 0, `it is longer than ${longestText} characters`);
  let parsed: ParseResult;
  try {
    parsed = cel.parse(text);
  } catch (error) {
    return refused(text, startOf(error), summaryOf(error));
  }
  const shape = shapeOf(parsed.ast);
  const strange = shape.calls.find((call) => !functions.has(call.name));
  if (strange) {
    const hint = strange.name === 'matches' ? 'Use contains, startsWith or endsWith.' : undefined;
    return refused(text, strange.at, `the function ${strange.name} is not available`, hint);
  }
  if (shape.nesting > 2) return refused(text, 0, 'loops over lists are nested more than twice');
  const checked = parsed.check();
  if (!checked.valid) return refused(text, startOf(checked.error), summaryOf(checked.error));
  if (checked.type !== 'bool' && checked.type !== 'dyn')
    return refused(text, 0, `it gives ${checked.type}, not true or false`);
  return { ok: true, condition: conditionOf(text, parsed, shape) };
}

function conditionOf(text: string, parsed: ParseResult, shape: Shape): Condition {
  return {
    text,
    ast: parsed.ast,
    evaluate(variables) {
      const tooMuch = costs(shape, variables);
      if (tooMuch) return { kind: 'broken', detail: tooMuch };
      try {
        const value: unknown = parsed(variables);
        if (value === true) return { kind: 'true' };
        if (value === false) return { kind: 'false' };
        return { kind: 'broken', detail: `"${text}" gave ${typeof value}, not true or false` };
      } catch (error) {
        return failure(error);
      }
    },
    valueOf(node, variables) {
      if (costs(shape, variables)) return undefined;
      try {
        return plain(cel.parse(text.slice(node.start, node.end))(variables));
      } catch {
        return undefined;
      }
    },
  };
}

/** Steps and bytes that an evaluation could take at worst: about 50 ms and 32 MiB. */
const mostSteps = 2_000_000;
const mostBytes = 33_554_432;

function costs(shape: Shape, variables: ConditionVariables): string | null {
  const weight = weigh([variables.result, variables.stable, variables.args]);
  const grown = growth(shape);
  const rounds = (Math.max(weight.longestList, shape.longestList) * grown) ** shape.nesting;
  const bytes = Math.max(weight.longestText, shape.longestText) * grown * rounds;
  if (shape.nodes * rounds <= mostSteps && bytes <= mostBytes) return null;
  return `the value is too large for this condition (a list of ${weight.longestList} elements, a text of ${weight.longestText} characters)`;
}

/** What the library throws carries a code, a one-line summary and a range. */
type Thrown = {
  readonly code?: unknown;
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

function failure(error: unknown): ConditionAnswer {
  const detail = summaryOf(error);
  const missing = thrown(error).code === 'no_such_key' || /<null>|\bnull\b/.test(detail);
  return { kind: missing ? 'missing' : 'broken', detail };
}

/** What a condition calculates with, as JSON: its ints are bigints. */
function plain(value: unknown): Json | undefined {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
    return value;
  return value === null ? null : undefined;
}

function refused(text: string, at: number, why: string, hint?: string): Compiled {
  const before = text.slice(0, at).split('\n');
  return {
    ok: false,
    problem: problem('TG1009', {
      detail: `The condition "${text.length > 200 ? `${text.slice(0, 200)}…` : text}" cannot be used: ${why}.`,
      where: { line: before.length, column: (before.at(-1) ?? '').length + 1 },
      ...(hint ? { hint } : {}),
    }),
  };
}
