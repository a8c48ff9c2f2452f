import { evaluate, type Scope } from '../../platform/cel/expression.ts';
import type { Json } from '../../platform/ids/types.ts';
import type { OutboundAnswer } from './outbound.ts';

/** What expressions see of an HTTP answer. `body` is the JSON of it, or its text when it is none. */
export type SeenAnswer = {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: Json;
};

/** Levels of nesting of a body that expressions may see. */
const deepest = 64;

export function seenOf(answer: Extract<OutboundAnswer, { readonly ok: true }>): SeenAnswer {
  const { status, headers, text } = answer;
  return { status, headers, body: bodyOf(text) };
}

function bodyOf(text: string): Json {
  try {
    const json = JSON.parse(text) as Json;
    return depthOf(json) > deepest ? text : json;
  } catch {
    return text;
  }
}

function depthOf(json: Json): number {
  let depth = 0;
  const open: { readonly value: Json; readonly depth: number }[] = [{ value: json, depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    depth = Math.max(depth, next.depth);
    if (depth > deepest) return depth;
    if (typeof next.value !== 'object' || next.value === null) continue;
    for (const part of Object.values(next.value)) open.push({ value: part, depth: next.depth + 1 });
  }
  return depth;
}

export type Worked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly because: string };

/** Values of named expressions; the first without a value is the answer instead. */
export function evaluateAll(
  expressions: { readonly [name: string]: string },
  scope: Scope,
): Worked<{ readonly [name: string]: Json }> {
  const values: [string, Json][] = [];
  for (const [name, text] of Object.entries(expressions)) {
    const made = evaluate(text, scope);
    if (!made.ok) return { ok: false, because: `output ${name} has no value: ${made.detail}` };
    values.push([name, made.value]);
  }
  return { ok: true, value: Object.fromEntries(values) };
}

/** Whether a condition holds; what is neither true nor false is no answer. */
export function evaluateCondition(text: string, scope: Scope): Worked<boolean> {
  const made = evaluate(text, scope);
  if (!made.ok) return { ok: false, because: `${text} has no value: ${made.detail}` };
  if (typeof made.value === 'boolean') return { ok: true, value: made.value };
  return { ok: false, because: `${text} is neither true nor false` };
}
