import type { ASTNode } from '@marcbachmann/cel-js';
import { type Problem, problem } from '../errors/problem.ts';
import type { Json } from '../ids/types.ts';
import { Budget, CelFault } from './budget.ts';
import { interpret, type Names } from './interpret.ts';
import {
  commonFunctions,
  compileIn,
  dialect,
  type Program,
  type Refusal,
  remembering,
} from './language.ts';
import { typeOf, type Value } from './value.ts';

/** Conditions of metrics: CEL over what was measured that gives true or false. */
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

const conditions = dialect(
  { result: 'dyn', stable: 'dyn', args: 'map<string, string>' },
  commonFunctions,
);

/** Compiles a condition, or says with line and column why it cannot be one (TG1009). */
export const compileCondition: (text: string) => Compiled = remembering(compile);

/** Null when the text is a condition that can be evaluated. Line and column count within the text, from 1. */
export function checkCondition(text: string): Problem | null {
  const compiled = compileCondition(text);
  return compiled.ok ? null : compiled.problem;
}

function compile(text: string): Compiled {
  const compiled = compileIn(conditions, text);
  if (!compiled.ok) return refused(text, compiled.refusal);
  const { program } = compiled;
  if (program.type !== 'bool' && program.type !== 'dyn')
    return refused(text, { at: 0, why: `it gives ${program.type}, not true or false` });
  return { ok: true, condition: conditionOf(program) };
}

const namesOf = ({ result, stable, args }: ConditionVariables): Names =>
  new Map<string, Value>([
    ['result', result],
    ['stable', stable],
    ['args', args],
  ]);

function conditionOf({ text, ast }: Program): Condition {
  return {
    text,
    ast,
    evaluate(variables) {
      try {
        const value = interpret(ast, namesOf(variables), new Budget());
        if (typeof value === 'boolean') return { kind: value ? 'true' : 'false' };
        return { kind: 'broken', detail: `"${text}" gave ${typeOf(value)}, not true or false` };
      } catch (error) {
        return failure(error);
      }
    },
    valueOf(node, variables) {
      try {
        return plain(interpret(node, namesOf(variables), new Budget()));
      } catch {
        return undefined;
      }
    },
  };
}

function failure(error: unknown): ConditionAnswer {
  if (!(error instanceof CelFault)) return { kind: 'broken', detail: String(error).slice(0, 300) };
  return { kind: error.kind === 'missing' ? 'missing' : 'broken', detail: error.message };
}

function plain(value: Value): Json | undefined {
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'object' && value !== null ? undefined : value;
}

function refused(text: string, { at, why, hint }: Refusal): Compiled {
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
