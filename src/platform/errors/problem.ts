import type { Json } from '../ids/types.ts';
import { catalogue, type ProblemCode } from './catalogue.ts';

/** Where a problem was found: a document position, a JSON pointer, or both. Lines and columns count from 1. */
export type Where = {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly pointer?: string;
};

/** What went wrong, where, why and how to mend it, under a stable code (`TG1042`). Plain data: it is stored and sent. */
export type Problem = {
  readonly code: ProblemCode;
  readonly title: string;
  readonly detail: string;
  readonly hint: string;
  readonly where?: Where;
  readonly data?: { readonly [key: string]: Json };
};

export type ProblemDetail = {
  readonly detail: string;
  readonly hint?: string;
  readonly where?: Where;
  readonly data?: { readonly [key: string]: Json };
};

/** Makes a problem from the catalogue: title and default hint come from the code's entry. */
export function problem(code: ProblemCode, from: ProblemDetail): Problem {
  const entry = catalogue[code];
  return {
    code,
    title: entry.title,
    detail: from.detail,
    hint: from.hint ?? entry.hint,
    ...(from.where ? { where: from.where } : {}),
    ...(from.data ? { data: from.data } : {}),
  };
}

/** A problem on its way up the stack. Expected failures travel as values instead; this is for the rest. */
export class ProblemError extends Error {
  readonly problem: Problem;
  constructor(from: Problem, options?: ErrorOptions) {
    super(`${from.code} ${from.title}: ${from.detail}`, options);
    this.name = 'ProblemError';
    this.problem = from;
  }
}

export function fail(code: ProblemCode, from: ProblemDetail, cause?: unknown): never {
  throw new ProblemError(problem(code, from), cause === undefined ? undefined : { cause });
}

/** One line for people: `file:line:column: TG1042 title: detail (hint)`. */
export function renderProblem(from: Problem): string {
  const { file, line, column, pointer } = from.where ?? {};
  const position = [file, line, column].filter((part) => part !== undefined).join(':');
  const place = position || pointer ? `${position || pointer}: ` : '';
  return `${place}${from.code} ${from.title}: ${from.detail}\n    hint: ${from.hint}`;
}
