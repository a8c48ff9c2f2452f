/** A text in parts: what is between `${{` and `}}` is an expression. Places are offsets in the text. */
export type Part =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'expression'; readonly text: string; readonly at: number };

export type Template =
  | { readonly ok: true; readonly parts: readonly Part[] }
  | { readonly ok: false; readonly at: number };

const opening = '${{';

export const hasExpression = (text: string): boolean => text.includes(opening);

/** An expression ends at the first `}}` that is not part of a text or a map in it; not ok where one does not end. */
export function parseTemplate(text: string): Template {
  const parts: Part[] = [];
  let from = 0;
  for (let at = text.indexOf(opening); at >= 0; at = text.indexOf(opening, from)) {
    if (at > from) parts.push({ is: 'text', text: text.slice(from, at) });
    const begin = at + opening.length;
    const end = endOf(text, begin);
    if (end < 0) return { ok: false, at };
    parts.push({ is: 'expression', text: text.slice(begin, end), at: begin });
    from = end + 2;
  }
  if (from < text.length) parts.push({ is: 'text', text: text.slice(from) });
  return { ok: true, parts };
}

/** Where the `}}` begins that closes what was opened before `from`; -1 when nothing does. */
function endOf(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const one = text[at];
    if (one === '"' || one === "'") {
      const after = afterText(text, at, one);
      if (after < 0) return -1;
      at = after - 1;
    } else if (one === '{') {
      depth += 1;
    } else if (one === '}') {
      if (depth === 0) return text[at + 1] === '}' ? at : -1;
      depth -= 1;
    }
  }
  return -1;
}

/** Behind the text in quotes that begins at `at`; -1 when it does not end. */
function afterText(text: string, at: number, quote: string): number {
  const long = text.startsWith(quote.repeat(3), at);
  const closing = long ? quote.repeat(3) : quote;
  for (let here = at + closing.length; here < text.length; here += 1) {
    if (text[here] === '\\') here += 1;
    else if (text.startsWith(closing, here)) return here + closing.length;
  }
  return -1;
}
