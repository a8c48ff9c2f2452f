import type { ProblemCode } from '../../platform/errors/catalogue.ts';
import type { ProblemDetail } from '../../platform/errors/problem.ts';

/** What is wrong at a path of a document; whoever read the text adds file, line and column. */
export type Fault = Pick<ProblemDetail, 'detail' | 'hint'> & {
  readonly path: readonly PropertyKey[];
  readonly code: ProblemCode;
  /** Offset in the text at the path; its beginning without one. */
  readonly within?: number;
  /** Other places of the document that it was worked out from; not known to be a fault where one of these is wrong. */
  readonly needs?: readonly (readonly PropertyKey[])[];
};
