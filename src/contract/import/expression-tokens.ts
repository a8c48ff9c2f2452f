/** Tokens of the language that Argo Rollouts writes conditions in (https://expr-lang.org/docs/language-definition). */
export type Token = {
  readonly kind: 'number' | 'text' | 'name' | 'operator' | 'argument' | 'end';
  /** Of a text without its quotes; of an argument its name. */
  readonly value: string;
};

/** Why something cannot be said in CEL. Thrown within the conversion and caught at its edge. */
export class Inconvertible extends Error {}

const argument = /^\{\{\s*args\.([A-Za-z0-9_.-]+)\s*\}\}/;
const number = /^(?:0[xX][0-9a-fA-F]+|(?:\d[\d_]*)?\.?\d[\d_]*(?:[eE][+-]?\d+)?)/;
const word = /^[A-Za-z_$][A-Za-z0-9_$]*/;
const operator = /^(?:&&|\|\||==|!=|<=|>=|\?\?|\?\.|\*\*|\.\.|[-+*/%<>!?:.,()[\]{}#|^])/;

export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let rest = text.trimStart();
  while (rest !== '') {
    const [token, length] = firstOf(rest);
    tokens.push(token);
    rest = rest.slice(length).trimStart();
    if (tokens.length > 2000) throw new Inconvertible('it is too long');
  }
  return [...tokens, { kind: 'end', value: '' }];
}

function firstOf(rest: string): readonly [Token, number] {
  const filled = argument.exec(rest);
  if (filled) return [{ kind: 'argument', value: filled[1] ?? '' }, filled[0].length];
  if (rest.startsWith('{{')) throw new Inconvertible('it has a placeholder that is no argument');
  if (/^["'`]/.test(rest)) return quoted(rest);
  if (/^\.?\d/.test(rest) && !rest.startsWith('..')) {
    const [found = ''] = number.exec(rest) ?? [];
    return [{ kind: 'number', value: found.replaceAll('_', '') }, found.length];
  }
  const name = word.exec(rest)?.[0];
  if (name !== undefined) return [{ kind: 'name', value: name }, name.length];
  const sign = operator.exec(rest)?.[0];
  if (sign !== undefined) return [{ kind: 'operator', value: sign }, sign.length];
  throw new Inconvertible(`${JSON.stringify(rest.slice(0, 10))} is not understood`);
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

function quoted(rest: string): readonly [Token, number] {
  const quote = rest[0] ?? '';
  let value = '';
  for (let at = 1; at < rest.length; at += 1) {
    const letter = rest[at] ?? '';
    if (letter === quote) return [{ kind: 'text', value }, at + 1];
    if (letter === '\\' && quote !== '`') {
      at += 1;
      const next = rest[at] ?? '';
      value += escapes[next] ?? next;
    } else value += letter;
  }
  throw new Inconvertible('a quote is not closed');
}
