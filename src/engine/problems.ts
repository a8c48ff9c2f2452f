import { catalogue, type ProblemCode } from '../platform/errors/catalogue.ts';
import { type Problem, ProblemError, problem } from '../platform/errors/problem.ts';

/** Longest detail that is stored, in characters. */
const longest = 2_000;

/** What a thrown thing is as a problem: its own when it carries one, else `code` with its message. */
export function problemOf(error: unknown, code: ProblemCode): Problem {
  if (error instanceof ProblemError) {
    return { ...error.problem, detail: storable(error.problem.detail) };
  }
  const detail = error instanceof Error ? error.message || error.name : String(error);
  return problem(code, { detail: storable(detail) });
}

/** True when a failure of this code needs a person or a new commit, so that trying again is of no use. */
export function isFinal(from: Problem): boolean {
  return catalogue[from.code].kind === 'stop';
}

/** PostgreSQL stores no NUL and no lone surrogate; a reason that cannot be stored would hide the failure. */
function storable(text: string): string {
  return text.replaceAll('\u0000', '\ufffd').toWellFormed().slice(0, longest).toWellFormed();
}

/** True when the database itself is away (and not the statement at fault). */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (/^(08|57P|53)/.test(code) || /^E(CONN|PIPE|TIMEDOUT|HOSTUNREACH|NOTFOUND)/.test(code)) {
    return true;
  }
  return /connection terminated|timeout exceeded when trying to connect|not queryable/i.test(
    error.message,
  );
}
