import { setFlagsFromString } from 'node:v8';

/*
 * Expressions that people declare are tried on what strangers send. Backtracking may take longer than the universe
 * lasts, so V8 is told to change to its linear engine when it backtracks too much. That engine cannot do everything:
 * what it cannot do is refused when it is declared.
 */

/** The linear engine unrolls counted repetitions and takes at most this many copies. */
const mostCopies = 16;

/** Why an expression cannot be matched in time that is linear in the text; null when it can. */
export function patternFault(text: string): string | null {
  try {
    new RegExp(text);
  } catch {
    return 'this is not a regular expression';
  }
  if (hasBackReference(text)) return 'back references are not taken';
  const bare = text.replace(/\\./gs, 'x').replace(/\[[^\]]*\]/g, 'x');
  if (/\(\?(?!:|<[A-Za-z_])/.test(bare)) return 'look-around and modifiers are not taken';
  for (const [, group, least = '', , most = ''] of bare.matchAll(/(\))?\{(\d+)(,(\d*))?\}/g)) {
    if (group) return 'a group cannot be repeated a counted number of times';
    if (Math.max(Number(least), Number(most)) > mostCopies)
      return `at most ${mostCopies} counted repetitions are taken`;
  }
  return null;
}

const hasBackReference = (text: string): boolean =>
  [...text.matchAll(/\\(.)/gs)].some(([, after = '']) => /[1-9k]/.test(after));

/** The expression, ready to be asked in linear time; null when it cannot be. */
export function compilePattern(text: string): RegExp | null {
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
  return patternFault(text) === null ? new RegExp(text) : null;
}
