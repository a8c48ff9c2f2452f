/** What went wrong, as the server says it (RFC 9457); `status` 0: it said nothing. */
export type Problem = {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly hint: string;
  readonly where?: Where | undefined;
};

export type Where = {
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly pointer?: string | undefined;
};

export class ProblemError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(`${problem.title} ${problem.detail}`.trim());
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

/** Whether asking again, unchanged, may help. */
export const isPassing = (error: unknown): boolean =>
  error instanceof ProblemError && (error.problem.status === 0 || error.problem.status >= 500);
