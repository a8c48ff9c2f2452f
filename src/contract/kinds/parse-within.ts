import type { Scalar } from 'yaml';

/**
 * Where in a source a place in the text of one of its scalars is written; null where that cannot be told for sure, as
 * in texts with escapes or folded lines before the place.
 */
export function offsetWithin(source: string, scalar: Scalar, within: number): number | null {
  const { value, range, type } = scalar;
  if (typeof value !== 'string' || !range || within > value.length) return null;
  const [start, end] = range;
  const written = source.slice(start, end);
  const at =
    type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED'
      ? inBlock(written, value, within)
      : inLine(written, value, within, type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE' ? 1 : 0);
  return at === null ? null : start + at;
}

/** On one line the text is written as it is, as long as nothing in it had to be escaped. */
function inLine(written: string, value: string, within: number, quote: number): number | null {
  const isSame = written.slice(quote, quote + within) === value.slice(0, within);
  return isSame ? quote + within : null;
}

/** Line by line: each is written as it is behind the indentation of the block. */
function inBlock(written: string, value: string, within: number): number | null {
  const before = value.slice(0, within).split('\n');
  const column = (before.at(-1) ?? '').length;
  let from = written.indexOf('\n') + 1;
  if (from === 0) return null;
  const lines = written.slice(from).split('\n');
  const indent = /^ */.exec(lines.find((line) => line.trim() !== '') ?? '')?.[0].length ?? 0;
  for (const [index, text] of before.entries()) {
    const line = (lines[index] ?? '').replace(/\r$/, '');
    if (index === before.length - 1) {
      return line.slice(indent, indent + column) === text ? from + indent + column : null;
    }
    if (line.slice(indent) !== text) return null;
    from += (lines[index] ?? '').length + 1;
  }
  return null;
}
