import { Inconvertible } from './expression-tokens.ts';
import { overItems, type Tree } from './expression-tree.ts';

/** CEL of a part, and how tightly it holds: 1 a choice, 2 or, 3 and, 4 comparison, 5 sum, 6 product, 7 sign, 8 alone. */
type Part = { readonly text: string; readonly level: number };
type Scope = { readonly items: readonly string[]; readonly remark: (what: string) => void };

/** What the judge does with such values before a condition sees them (docs/concepts/analysis.md). */
export const noNumber = 'NaN and infinities are inconclusive here before a condition is asked.';
export const noData = 'No data is inconclusive here before a condition is asked.';

/** CEL of a condition; `remark` is told what it will not do as it did. Throws Inconvertible. */
export function celOf(tree: Tree, remark: (what: string) => void): string {
  return partOf(tree, { items: [], remark }).text;
}

const itemNames = ['item', 'inner'];
const wrapped = ({ text, level }: Part, least: number): string =>
  level < least ? `(${text})` : text;
const at = (tree: Tree, scope: Scope, least: number): string => wrapped(partOf(tree, scope), least);
const textLiteral = (value: string): string => JSON.stringify(value);

function partOf(tree: Tree, scope: Scope): Part {
  switch (tree.kind) {
    case 'number':
      return { text: numberText(tree.value), level: 8 };
    case 'text':
      return textPart(tree.value);
    case 'argument':
      // Where a placeholder stands outside of quotes, a number was to be filled in.
      return { text: `double(${argumentText(tree.value)})`, level: 8 };
    case 'name':
      return { text: nameText(tree.value), level: 8 };
    case 'item':
      return { text: itemText(scope), level: 8 };
    case 'unary':
      return { text: `${tree.op}${at(tree.of, scope, 8)}`, level: 7 };
    case 'binary':
      return binary(tree, scope);
    case 'choice': {
      const parts = [tree.when, tree.yes, tree.no].map((one) => at(one, scope, 2));
      return { text: `${parts[0]} ? ${parts[1]} : ${parts[2]}`, level: 1 };
    }
    case 'member':
      return { text: `${at(tree.of, scope, 8)}.${tree.name}`, level: 8 };
    case 'index':
      return { text: `${at(tree.of, scope, 8)}[${at(tree.at, scope, 1)}]`, level: 8 };
    case 'list':
      return { text: `[${tree.items.map((one) => at(one, scope, 1)).join(', ')}]`, level: 8 };
    case 'call':
      return call(tree.name, tree.args, scope);
  }
}

function numberText(text: string): string {
  return text.startsWith('.') ? `0${text}` : text.endsWith('.') ? `${text}0` : text;
}

const argumentText = (name: string): string =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `args.${name}` : `args[${textLiteral(name)}]`;

/** A text that is one placeholder is the argument; one among other letters is not taken apart. */
function textPart(value: string): Part {
  const whole = /^\{\{\s*args\.([A-Za-z0-9_.-]+)\s*\}\}$/.exec(value);
  if (whole) return { text: argumentText(whole[1] ?? ''), level: 8 };
  if (value.includes('{{')) throw new Inconvertible('a text has a placeholder in its middle');
  return { text: textLiteral(value), level: 8 };
}

function nameText(name: string): string {
  if (name === 'result' || name === 'true' || name === 'false') return name;
  if (name === 'nil') return 'null';
  throw new Inconvertible(`there is no variable ${name}`);
}

function itemText({ items }: Scope): string {
  const name = items.at(-1);
  if (name === undefined) throw new Inconvertible('# stands outside of a predicate');
  return name;
}

const levels: Readonly<Record<string, number>> = {
  '||': 2,
  '&&': 3,
  '==': 4,
  '!=': 4,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  in: 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
};
const methods = new Set(['contains', 'startsWith', 'endsWith']);

function binary({ op, left, right }: Extract<Tree, { kind: 'binary' }>, scope: Scope): Part {
  const level = levels[op];
  if (level !== undefined) {
    // Whole numbers divide to whole numbers in CEL, which these do not.
    const side = (tree: Tree, least: number): string =>
      op === '/' && isWhole(tree) ? `double(${at(tree, scope, 1)})` : at(tree, scope, least);
    const least = level === 4 ? 5 : level;
    return { text: `${side(left, least)} ${op} ${side(right, level + 1)}`, level };
  }
  if (op === 'not in') {
    return { text: `!(${at(left, scope, 5)} in ${at(right, scope, 5)})`, level: 7 };
  }
  if (methods.has(op)) {
    return { text: `${at(left, scope, 8)}.${op}(${at(right, scope, 1)})`, level: 8 };
  }
  if (op === '??') return fallback(left, right, scope);
  if (op === 'matches') throw new Inconvertible('there are no regular expressions');
  throw new Inconvertible(`the operator ${op} has no counterpart`);
}

const isWhole = (tree: Tree): boolean =>
  (tree.kind === 'number' && /^[0-9]+$/.test(tree.value)) ||
  (tree.kind === 'call' && ['len', 'count', 'asInt', 'int'].includes(tree.name)) ||
  (tree.kind === 'unary' && isWhole(tree.of)) ||
  (tree.kind === 'binary' && '+-*%'.includes(tree.op) && isWhole(tree.left) && isWhole(tree.right));

/** `default(a, b)` and `a ?? b`: b where a is not there. */
function fallback(value: Tree, instead: Tree, scope: Scope): Part {
  scope.remark(noData);
  const [text, other] = [at(value, scope, 8), at(instead, scope, 2)];
  const there =
    value.kind === 'member'
      ? `has(${text}) && ${text} != null`
      : value.kind === 'index' && value.at.kind === 'number'
        ? `size(${at(value.of, scope, 8)}) > ${value.at.value}`
        : `${text} != null`;
  return { text: `${there} ? ${text} : ${other}`, level: 1 };
}

const simple: Readonly<Record<string, string>> = {
  len: 'size',
  asFloat: 'double',
  float: 'double',
  asInt: 'int',
  int: 'int',
  string: 'string',
};
const onText: Readonly<Record<string, string>> = {
  lower: 'lowerAscii',
  upper: 'upperAscii',
  trim: 'trim',
  hasPrefix: 'startsWith',
  hasSuffix: 'endsWith',
};

function call(name: string, args: readonly Tree[], scope: Scope): Part {
  const [first, second] = args;
  if (!first) throw new Inconvertible(`the function ${name} has no counterpart`);
  if (overItems.has(name)) return eachItem(name, first, second, scope);
  const text = at(first, scope, 8);
  const plain = Object.hasOwn(simple, name) ? simple[name] : undefined;
  if (plain && !second) return { text: `${plain}(${at(first, scope, 1)})`, level: 8 };
  const method = Object.hasOwn(onText, name) ? onText[name] : undefined;
  if (method) {
    return { text: `${text}.${method}(${second ? at(second, scope, 1) : ''})`, level: 8 };
  }
  if (name === 'default' && second) return fallback(first, second, scope);
  const number = at(first, scope, 5);
  switch (second ? '' : name) {
    case 'isNaN':
      scope.remark(noNumber);
      return { text: `${number} != ${number}`, level: 4 };
    case 'isInf': {
      scope.remark(noNumber);
      const ends = ['inf', '-inf'].map((end) => `${number} == double(${textLiteral(end)})`);
      return { text: ends.join(' || '), level: 2 };
    }
    case 'isNil':
      scope.remark(noData);
      return { text: `${number} == null`, level: 4 };
    case 'abs':
      return { text: `${number} < 0 ? -${text} : ${text}`, level: 1 };
  }
  if (second && args.length === 2 && (name === 'max' || name === 'min')) {
    const other = at(second, scope, 5);
    return {
      text: `${number} ${name === 'max' ? '>' : '<'} ${other} ? ${number} : ${other}`,
      level: 1,
    };
  }
  throw new Inconvertible(`the function ${name} has no counterpart`);
}

function eachItem(name: string, list: Tree, predicate: Tree | undefined, scope: Scope): Part {
  const item = itemNames[scope.items.length];
  if (item === undefined) throw new Inconvertible('predicates are nested more than twice');
  const inner: Scope = { ...scope, items: [...scope.items, item] };
  const holds = predicate ? at(predicate, inner, 1) : item;
  const over = (method: string): string => `${at(list, scope, 8)}.${method}(${item}, ${holds})`;
  switch (name) {
    case 'any':
      return { text: over('exists'), level: 8 };
    case 'one':
      return { text: over('exists_one'), level: 8 };
    case 'none':
      return { text: `!${over('exists')}`, level: 7 };
    case 'count':
      return { text: `size(${over('filter')})`, level: 8 };
    default:
      return { text: over(name), level: 8 };
  }
}
