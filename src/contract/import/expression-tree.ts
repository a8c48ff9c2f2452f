import { Inconvertible, type Token, tokensOf } from './expression-tokens.ts';

export type Tree =
  | { readonly kind: 'number' | 'text' | 'name' | 'argument'; readonly value: string }
  | { readonly kind: 'item' }
  | { readonly kind: 'unary'; readonly op: '-' | '!'; readonly of: Tree }
  | { readonly kind: 'binary'; readonly op: string; readonly left: Tree; readonly right: Tree }
  | { readonly kind: 'choice'; readonly when: Tree; readonly yes: Tree; readonly no: Tree }
  | { readonly kind: 'member'; readonly of: Tree; readonly name: string }
  | { readonly kind: 'index'; readonly of: Tree; readonly at: Tree }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Tree[] }
  | { readonly kind: 'list'; readonly items: readonly Tree[] };

/** How tightly each holds, as the language has it. */
const binding: Readonly<Record<string, number>> = {
  '||': 10,
  '&&': 15,
  '==': 20,
  '!=': 20,
  '<': 20,
  '<=': 20,
  '>': 20,
  '>=': 20,
  in: 20,
  'not in': 20,
  contains: 20,
  startsWith: 20,
  endsWith: 20,
  matches: 20,
  '..': 25,
  '+': 30,
  '-': 30,
  '*': 60,
  '/': 60,
  '%': 60,
  '**': 100,
  '^': 100,
  '??': 500,
};
const negation = 50;
const sign = 90;
const words: Readonly<Record<string, string>> = { and: '&&', or: '||' };
const deepest = 60;

/** Functions whose last argument is asked of each item. */
export const overItems = new Set(['all', 'any', 'one', 'none', 'filter', 'map', 'count']);

/** Reads a condition; throws Inconvertible at what is not of the language or has no counterpart in CEL. */
export function treeOf(text: string): Tree {
  const reader = new Reader(tokensOf(text));
  const tree = reader.expression(0);
  reader.expectEnd();
  return tree;
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  expression(least: number): Tree {
    this.#depth += 1;
    if (this.#depth > deepest) throw new Inconvertible('it is nested too deeply');
    let left = this.#operand();
    for (;;) {
      const op = this.#operator();
      const strength = op === null ? -1 : (binding[op] ?? -1);
      if (op === null || strength < least || strength < 0) break;
      this.#at += op === 'not in' ? 2 : 1;
      left = { kind: 'binary', op, left, right: this.expression(strength + 1) };
    }
    this.#depth -= 1;
    return least === 0 ? this.#choice(left) : left;
  }

  expectEnd(): void {
    const { kind, value } = this.#token();
    if (kind !== 'end') throw new Inconvertible(`"${value}" is not expected there`);
  }

  #token(ahead = 0): Token {
    return this.#tokens[this.#at + ahead] ?? { kind: 'end', value: '' };
  }

  #is(value: string): boolean {
    const token = this.#token();
    return token.kind === 'operator' && token.value === value;
  }

  #take(value: string): boolean {
    const there = this.#is(value);
    if (there) this.#at += 1;
    return there;
  }

  #expect(value: string): void {
    if (!this.#take(value)) throw new Inconvertible(`"${value}" is missing`);
  }

  #operator(): string | null {
    const { kind, value } = this.#token();
    if (kind !== 'operator' && kind !== 'name') return null;
    if (value === 'not' && this.#token(1).value === 'in') return 'not in';
    if (value === '|') throw new Inconvertible('the pipe | has no counterpart');
    const op = kind === 'name' ? (words[value] ?? value) : value;
    return Object.hasOwn(binding, op) ? op : null;
  }

  #choice(when: Tree): Tree {
    if (!this.#take('?')) return when;
    const yes = this.expression(0);
    this.#expect(':');
    return { kind: 'choice', when, yes, no: this.expression(0) };
  }

  #operand(): Tree {
    if (this.#take('-')) return { kind: 'unary', op: '-', of: this.expression(sign) };
    if (this.#take('+')) return this.expression(sign);
    const { kind, value } = this.#token();
    if (this.#is('!') || (kind === 'name' && value === 'not')) {
      this.#at += 1;
      return { kind: 'unary', op: '!', of: this.expression(negation) };
    }
    return this.#parts(this.#simple());
  }

  #simple(): Tree {
    const { kind, value } = this.#token();
    this.#at += 1;
    if (kind === 'number' || kind === 'text' || kind === 'argument') return { kind, value };
    if (kind === 'name') return this.#is('(') ? this.#call(value) : { kind, value };
    if (value === '#') return { kind: 'item' };
    if (value === '.') {
      // Inside of a predicate, `.name` is that field of the item.
      this.#at -= 1;
      return { kind: 'item' };
    }
    if (value === '(') {
      const inner = this.expression(0);
      this.#expect(')');
      return inner;
    }
    if (value === '[') return { kind: 'list', items: this.#until(']') };
    throw new Inconvertible(
      value === '' ? 'it ends too early' : `"${value}" is not expected there`,
    );
  }

  #call(name: string): Tree {
    this.#expect('(');
    if (!overItems.has(name)) return { kind: 'call', name, args: this.#until(')') };
    const list = this.expression(0);
    if (this.#take(')')) return { kind: 'call', name, args: [list] };
    this.#expect(',');
    const braces = this.#take('{');
    const predicate = this.expression(0);
    if (braces) this.#expect('}');
    this.#expect(')');
    return { kind: 'call', name, args: [list, predicate] };
  }

  #until(end: string): readonly Tree[] {
    const items: Tree[] = [];
    while (!this.#take(end)) {
      items.push(this.expression(0));
      if (!this.#is(end)) this.#expect(',');
    }
    return items;
  }

  #parts(from: Tree): Tree {
    let tree = from;
    for (;;) {
      if (this.#take('.') || this.#take('?.')) {
        const { kind, value } = this.#token();
        if (kind !== 'name') throw new Inconvertible('a field has no name');
        this.#at += 1;
        if (this.#is('(')) throw new Inconvertible(`the method ${value} has no counterpart`);
        tree = { kind: 'member', of: tree, name: value };
      } else if (this.#take('[')) {
        const at = this.expression(0);
        if (this.#is(':')) throw new Inconvertible('a slice [from:to] has no counterpart');
        this.#expect(']');
        tree = { kind: 'index', of: tree, at };
      } else return tree;
    }
  }
}
