import type { ASTNode } from '@marcbachmann/cel-js';
import type { Condition, ConditionVariables } from '../../platform/cel/condition.ts';
import type { Json } from '../../platform/ids/types.ts';

/**
 * Says in words which comparisons of a condition decided it, with the values that were seen: of
 * `result.errorRate <= 0.01 && result.p95 <= 0.5` that came out false, `error rate 5.2 % > 1 %`. Falls back to the
 * condition's own text where there is no comparison to show.
 */
export function describeOutcome(
  condition: Condition,
  variables: ConditionVariables,
  outcome: boolean,
): string {
  const facts = factsOf(condition.ast, outcome)
    .map((fact) => sentence(fact, condition, variables))
    .filter((text) => text !== null)
    .slice(0, 4);
  if (facts.length > 0) return facts.join(', ');
  return `${condition.text} is ${outcome}`;
}

const opposite = { '<': '>=', '<=': '>', '>': '<=', '>=': '<', '==': '!=', '!=': '==' } as const;
type Comparison = keyof typeof opposite;
const isComparison = (op: string): op is Comparison => Object.hasOwn(opposite, op);

const spoken: Readonly<Record<Comparison, string>> = {
  '<': '<',
  '<=': '≤',
  '>': '>',
  '>=': '≥',
  '==': '=',
  '!=': '≠',
};

type Fact = {
  readonly left: ASTNode;
  readonly right: ASTNode;
  readonly op: Comparison;
  readonly holds: boolean;
};

/** Comparisons that stand for themselves (under `&&`, `||` and `!`), each as it must read when the whole is `outcome`. */
function factsOf(node: ASTNode, outcome: boolean): readonly Fact[] {
  if (node.op === '!_') return factsOf(node.args, !outcome);
  if (node.op === '&&' || node.op === '||') return node.args.flatMap((a) => factsOf(a, outcome));
  if (!isComparison(node.op)) return [];
  const [left, right] = node.args as readonly ASTNode[];
  return left && right ? [{ left, right, op: node.op, holds: outcome }] : [];
}

/** Null when this comparison came out the other way, so that it was not what decided. */
function sentence(fact: Fact, condition: Condition, variables: ConditionVariables): string | null {
  const left = condition.valueOf(fact.left, variables);
  const right = condition.valueOf(fact.right, variables);
  if (left === undefined || right === undefined) return null;
  if (holds(left, fact.op, right) !== fact.holds) return null;
  const op = fact.holds ? fact.op : opposite[fact.op];
  const unit = unitOf(fact.left) ?? unitOf(fact.right);
  return `${label(fact.left)}${show(left, unit)} ${spoken[op]} ${show(right, unit)}`;
}

function holds(left: Json, op: Comparison, right: Json): boolean | null {
  if (op === '==') return left === right;
  if (op === '!=') return left !== right;
  if (typeof left !== typeof right || left === null || right === null) return null;
  if (op === '<') return left < right;
  if (op === '<=') return left <= right;
  if (op === '>') return left > right;
  return left >= right;
}

const pathOf = (node: ASTNode): string | null => {
  if (node.op === 'id') return node.args;
  if (node.op !== '.') return null;
  const parent = pathOf(node.args[0]);
  return parent === null ? null : `${parent}.${node.args[1]}`;
};

/** `result.errorRate` reads as "error rate ", `stable.p95` as "stable p95 ", a sum as nothing. */
function label(node: ASTNode): string {
  const path = pathOf(node);
  if (path === null) return '';
  const words = path
    .replace(/^result\.(?=.)/, '')
    .split('.')
    .map((word) => word.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`));
  return `${words.join(' ')} `;
}

type Unit = 'share' | 'seconds';

/** Names that the router's own figures have: a share from 0 to 1, and latencies in seconds. */
function unitOf(node: ASTNode): Unit | null {
  const path = pathOf(node);
  if (path === null) return null;
  if (/\.errorRate$/.test(path)) return 'share';
  return /\.p\d+$/.test(path) ? 'seconds' : null;
}

function show(value: Json, unit: Unit | null): string {
  if (typeof value !== 'number') return JSON.stringify(value).slice(0, 100);
  if (unit === 'share') return `${rounded(value * 100)} %`;
  if (unit === 'seconds') return value < 1 ? `${rounded(value * 1000)} ms` : `${rounded(value)} s`;
  return rounded(value);
}

const rounded = (value: number): string => String(Number(value.toPrecision(4)));
