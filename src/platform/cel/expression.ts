import type { Json } from '../ids/types.ts';
import { Budget, CelFault } from './budget.ts';
import { interpret, type Names } from './interpret.ts';
import {
  type CompiledProgram,
  commonFunctions,
  compileIn,
  type Dialect,
  dialect,
  type Program,
  type Refusal,
  remembering,
} from './language.ts';
import { hasExpression, parseTemplate } from './template.ts';
import { toJson, type Value } from './value.ts';

export type { CompiledProgram, Program };

/** What an expression sees, by name. */
export type Scope = { readonly [name: string]: Json };

/** A value, or why there is none, as a part of a sentence. */
export type Filled =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly detail: string };

/** What expressions may call beside what conditions may. */
export const expressionFunctions = [...commonFunctions, 'split', 'join'] as const;

const expressions = dialect(null, expressionFunctions);

/** Compiles an expression over any names, or says at which offset of it why it cannot be one. */
export const compileExpression: (text: string) => CompiledProgram = remembering((text) =>
  compileIn(expressions, text),
);

/** What is known of values before there are any: numbers may be ints or doubles, so nothing is said of them. */
export type ExpressionTypes = {
  readonly inputs: { readonly [name: string]: 'string' | 'number' | 'boolean' };
};

const typeNames = { string: 'string', boolean: 'bool', number: 'dyn' } as const;
const dialects = new WeakMap<ExpressionTypes, Dialect>();

/** Compiles an expression by what is known of the values that it will see. */
export function checkExpression(text: string, types: ExpressionTypes): CompiledProgram {
  const compiled = compileExpression(text);
  if (!compiled.ok || Object.keys(types.inputs).length === 0) return compiled;
  const { reads } = compiled.program.shape;
  const asksForOne = reads.some(({ path: [name, key] }) => name === 'inputs' && key !== undefined);
  const asksForAll = reads.some(({ path }) => path[0] === 'inputs' && path.length === 1);
  if (!asksForOne || asksForAll) return compiled;
  const known = dialects.get(types) ?? typedDialect(types);
  dialects.set(types, known);
  const typed = compileIn(known, text);
  // An input that there is not is told of as one, and not as a type.
  return !typed.ok && typed.refusal.why.startsWith('No such key') ? compiled : typed;
}

const typedDialect = ({ inputs }: ExpressionTypes): Dialect =>
  dialect(null, expressionFunctions, {
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, type]) => [name, typeNames[type]]),
    ),
  });

/**
 * The value of one CEL expression, as JSON. Pure and total: it never throws, takes bounded work and memory, and sees
 * nothing but the scope.
 */
export function evaluate(text: string, scope: Scope): Filled {
  return guarded(() => valueIn(text, namesOf(scope), new Budget()));
}

/**
 * A value with every `${{ … }}` in its texts filled in, however deep; the keys of maps stay as they are. A text that is
 * one expression and nothing else becomes its value; in a longer text values are written as text, lists and maps as
 * JSON. All of them together have the bounds of one.
 */
export function fillIn(value: Json, scope: Scope): Filled {
  const names = namesOf(scope);
  const budget = new Budget();
  return guarded(() => filled(value, names, budget, 0));
}

const namesOf = (scope: Scope): Names => new Map<string, Value>(Object.entries(scope));

function guarded(work: () => Json): Filled {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    const detail = error instanceof CelFault ? error.message : String(error);
    return { ok: false, detail: detail.slice(0, 1000) };
  }
}

const refuse = (text: string, why: string): never => {
  const shown = text.trim();
  throw new CelFault('broken', `${shown.length > 200 ? `${shown.slice(0, 200)}…` : shown}: ${why}`);
};

function valueIn(text: string, names: Names, budget: Budget): Json {
  const compiled = compileExpression(text);
  if (!compiled.ok) return refuse(text, refusalText(text, compiled.refusal));
  try {
    return toJson(interpret(compiled.program.ast, names, budget), budget);
  } catch (error) {
    if (!(error instanceof CelFault)) throw error;
    return refuse(text, error.message);
  }
}

function refusalText(text: string, { at, why, hint }: Refusal): string {
  const before = text.slice(0, at).split('\n');
  const place = `${before.length}:${(before.at(-1) ?? '').length + 1}`;
  return `${why} (at ${place})${hint ? `; ${hint}` : ''}`;
}

/** No document is deeper, and what walks it is recursive. */
const deepest = 100;

function filled(value: Json, names: Names, budget: Budget, depth: number): Json {
  budget.work(1);
  if (typeof value === 'string') return text(value, names, budget);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= deepest) throw new CelFault('broken', 'the value is nested too deeply');
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map((one) => filled(one, names, budget, depth + 1));
  }
  return Object.fromEntries(
    Object.entries(value as { readonly [key: string]: Json }).map(([key, one]) => [
      key,
      filled(one, names, budget, depth + 1),
    ]),
  );
}

function text(value: string, names: Names, budget: Budget): Json {
  if (!hasExpression(value)) return value;
  const template = parseTemplate(value);
  if (!template.ok) return refuse(value.slice(template.at), '${{ is not closed by }}');
  const [only] = template.parts;
  if (template.parts.length === 1 && only?.is === 'expression') {
    return valueIn(only.text, names, budget);
  }
  const written = template.parts.map((part) =>
    part.is === 'text' ? part.text : asText(valueIn(part.text, names, budget)),
  );
  budget.make(written.reduce((size, one) => size + one.length, 0));
  return written.join('');
}

const asText = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
