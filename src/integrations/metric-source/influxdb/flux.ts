import { type Escape, isBare } from '../template.ts';

/**
 * A value inside Flux. In a text it is escaped; what would begin an interpolation there (`${`) is refused. Outside of
 * texts, in regular expressions, and after an interpolation of the query's own, it is one word or one number.
 *
 * https://docs.influxdata.com/flux/v0/spec/lexical-elements/
 */
export const inFlux: Escape = (value, before) => {
  if (!endsInText(before)) return isBare(value) ? value : null;
  if (/[\0\r]|\$\{/.test(value)) return null;
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
};

/** What a piece of a query is, from its first character on: code, a text, a comment, a regular expression. */
const pieces: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['comment', /\/\/[^\n]*/y],
  ['text', /"(?:[^"\\]|\\[\s\S])*("?)/y],
  ['regex', /\/(?:[^/\\\n]|\\[\s\S])*(\/?)/y],
  ['code', /[^"/]+|\//y],
];

function endsInText(before: string): boolean {
  let at = 0;
  while (at < before.length) {
    const [kind, found] = pieceAt(before, at);
    if (kind === 'text' && found[0].includes('${')) return false;
    at += found[0].length;
    if (kind === 'text' && found[1] === '') return true;
  }
  return false;
}

function pieceAt(text: string, at: number): readonly [string, RegExpExecArray | readonly string[]] {
  for (const [kind, pattern] of pieces) {
    if (kind === 'regex' && !beginsRegex(text.slice(0, at))) continue;
    const matcher = new RegExp(pattern);
    matcher.lastIndex = at;
    const found = matcher.exec(text);
    if (found) return [kind, found];
  }
  return ['code', [text.slice(at)]];
}

/** A slash divides what has a value before it, and begins a regular expression everywhere else. */
const beginsRegex = (before: string): boolean =>
  /(?:^|[^\w)\]}"]|\b(?:return|and|or|not|then|else|if|in|exists))$/.test(before.trimEnd());
