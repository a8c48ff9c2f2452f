import type { ASTNode } from '@marcbachmann/cel-js';
import { type Budget, broken, CelFault, missing } from './budget.ts';
import { fitInt, functions } from './functions.ts';
import { fieldOf, isEqual, isList, isMap, typeOf, type Value } from './value.ts';

/**
 * Evaluates what the library has parsed and checked. It is our own so that work and memory are counted as they are
 * used, and so that a value has the keys that it was given and nothing of a JavaScript object.
 */
export type Names = ReadonlyMap<string, Value>;

type Look = { readonly names: Names; readonly budget: Budget };

export function interpret(node: ASTNode, names: Names, budget: Budget): Value {
  return run(node, { names, budget });
}

function run(node: ASTNode, look: Look): Value {
  look.budget.work(1);
  switch (node.op) {
    case 'value':
      return literal(node.args);
    case 'id': {
      const value = look.names.get(node.args);
      return value === undefined ? missing(`Unknown variable: ${node.args}`) : value;
    }
    case '.':
      return fieldOf(run(node.args[0], look), node.args[1]);
    case '[]':
      return fieldOf(run(node.args[0], look), run(node.args[1], look));
    case 'list':
      look.budget.make(node.args.length + 1);
      return node.args.map((one) => run(one, look));
    case 'map':
      return mapOf(node.args, look);
    case 'call':
      return node.args[0] === 'has' ? has(node.args[1][0], look) : call(...node.args, [], look);
    case 'rcall': {
      const [name, receiver, args] = node.args;
      if (isLoop(name)) return loop(name, run(receiver, look), args, look);
      return call(name, args, [run(receiver, look)], look);
    }
    case '?:':
      return run(isTrue(run(node.args[0], look)) ? node.args[1] : node.args[2], look);
    case '&&':
      return either(node.args, false, look);
    case '||':
      return either(node.args, true, look);
    case '!_':
      return !isTrue(run(node.args, look));
    case '-_':
      return negative(run(node.args, look));
    case '.?':
    case '[?]':
      return broken(`${node.op} is not available`);
    default:
      return binary(node.op, run(node.args[0], look), run(node.args[1], look), look.budget);
  }
}

const literal = (value: unknown): Value =>
  value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value)
    ? (value as Value)
    : broken('bytes and unsigned numbers are not available');

function isTrue(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  const detail = `${typeOf(value)} is neither true nor false`;
  return value === null ? missing(detail) : broken(detail);
}

function mapOf(entries: readonly (readonly [ASTNode, ASTNode])[], look: Look): Value {
  look.budget.make(entries.length * 2 + 1);
  return Object.fromEntries(
    entries.map(([key, value]) => {
      const name = run(key, look);
      if (typeof name !== 'string') return broken('the keys of a map are texts');
      return [name, run(value, look)];
    }),
  );
}

/** `has(a.b)`: whether `a`, which must be there, has `b`. */
function has(node: ASTNode | undefined, look: Look): boolean {
  if (node?.op !== '.') return broken('has takes a field, as in has(a.b)');
  const holder = run(node.args[0], look);
  return isMap(holder) && Object.hasOwn(holder, node.args[1]);
}

function call(
  name: string,
  args: readonly ASTNode[],
  receiver: readonly Value[],
  look: Look,
): Value {
  const found = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (!found) return broken(`the function ${name} is not available`);
  return found([...receiver, ...args.map((one) => run(one, look))], look.budget);
}

/** One side that decides is enough, whatever is wrong with the other. */
function either(
  [left, right]: readonly [ASTNode, ASTNode],
  deciding: boolean,
  look: Look,
): boolean {
  const first = attempt(() => isTrue(run(left, look)));
  if (first === deciding) return deciding;
  const second = isTrue(run(right, look));
  if (second === deciding || first === !deciding) return second;
  throw first;
}

/** What a part gives, or why it gives nothing; too much work ends the whole all the same. */
function attempt(part: () => boolean): boolean | CelFault {
  try {
    return part();
  } catch (error) {
    if (error instanceof CelFault && error.kind !== 'tooLarge') return error;
    throw error;
  }
}

const loops = ['all', 'exists', 'exists_one', 'filter', 'map'] as const;
type Loop = (typeof loops)[number];
export const isLoop = (name: string): name is Loop => (loops as readonly string[]).includes(name);

function loop(name: Loop, over: Value, args: readonly ASTNode[], look: Look): Value {
  const items = isMap(over) ? Object.keys(over) : over;
  if (items === null) return missing(`${name} goes over a list, and this is null`);
  if (!isList(items)) return broken(`${name} goes over a list or a map, not ${typeOf(over)}`);
  const [variable, body, last] = args;
  if (variable?.op !== 'id' || body === undefined) return broken(`${name} needs a variable`);
  const names = new Map(look.names);
  look.budget.work(look.names.size);
  const inner = { ...look, names };
  const each = (part: ASTNode, item: Value): Value => {
    names.set(variable.args, item);
    return run(part, inner);
  };
  const holds = (item: Value): boolean => isTrue(each(body, item));
  if (name === 'all' || name === 'exists') return quantified(items, holds, name === 'exists');
  if (name === 'exists_one') return items.filter(holds).length === 1;
  look.budget.make(items.length);
  if (name === 'filter') return items.filter(holds);
  if (last === undefined) return items.map((item) => each(body, item));
  return items.filter(holds).map((item) => each(last, item));
}

/** As `||` and `&&` over all items. */
function quantified(
  items: readonly Value[],
  holds: (item: Value) => boolean,
  deciding: boolean,
): boolean {
  let fault: CelFault | null = null;
  for (const item of items) {
    const found = attempt(() => holds(item));
    if (found === deciding) return deciding;
    if (found instanceof CelFault) fault ??= found;
  }
  if (fault) throw fault;
  return !deciding;
}

function negative(value: Value): Value {
  if (typeof value === 'bigint') return fitInt(-value);
  if (typeof value === 'number') return -value;
  return none('-', [value]);
}

function none(operator: string, values: readonly Value[]): never {
  const detail = `no such overload: ${values.map(typeOf).join(` ${operator} `)}`;
  return values.includes(null) ? missing(detail) : broken(detail);
}

function binary(operator: string, left: Value, right: Value, budget: Budget): Value {
  switch (operator) {
    case '==':
      return isEqual(left, right, budget);
    case '!=':
      return !isEqual(left, right, budget);
    case 'in':
      return isIn(left, right, budget);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return ordered(operator, left, right, budget);
    default:
      return calculated(operator, left, right, budget);
  }
}

function isIn(item: Value, holder: Value, budget: Budget): boolean {
  if (isList(holder)) return holder.some((one) => isEqual(item, one, budget));
  if (isMap(holder)) return typeof item === 'string' && Object.hasOwn(holder, item);
  return none('in', [item, holder]);
}

function ordered(operator: string, left: Value, right: Value, budget: Budget): boolean {
  const isText = typeof left === 'string' && typeof right === 'string';
  const isFlag = typeof left === 'boolean' && typeof right === 'boolean';
  const isNumbers = isNumeric(left) && isNumeric(right);
  if (!isText && !isFlag && !isNumbers) return none(operator, [left, right]);
  if (isText) budget.work(Math.min(left.length, right.length) >> 6);
  if (operator === '<') return left < right;
  if (operator === '<=') return left <= right;
  return operator === '>' ? left > right : left >= right;
}

const isNumeric = (value: Value): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint';

function calculated(operator: string, left: Value, right: Value, budget: Budget): Value {
  if (typeof left === 'bigint' && typeof right === 'bigint') return ofInts(operator, left, right);
  if (isNumeric(left) && isNumeric(right)) {
    return ofDoubles(operator, Number(left), Number(right));
  }
  if (operator !== '+') return none(operator, [left, right]);
  if (typeof left === 'string' && typeof right === 'string') {
    budget.make(left.length + right.length);
    return left + right;
  }
  if (!isList(left) || !isList(right)) return none('+', [left, right]);
  budget.make(left.length + right.length);
  return [...left, ...right];
}

function ofInts(operator: string, a: bigint, b: bigint): bigint {
  if ((operator === '/' || operator === '%') && b === 0n) return broken('division by zero');
  if (operator === '+') return fitInt(a + b);
  if (operator === '-') return fitInt(a - b);
  if (operator === '*') return fitInt(a * b);
  return operator === '/' ? fitInt(a / b) : a % b;
}

/** Numbers out of JSON are doubles, while `2` is an int; between the two, CEL would refuse to calculate. */
function ofDoubles(operator: string, a: number, b: number): number {
  if (operator === '+') return a + b;
  if (operator === '-') return a - b;
  if (operator === '*') return a * b;
  return operator === '/' ? a / b : a % b;
}
