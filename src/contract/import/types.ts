import type { Problem } from '../../platform/errors/problem.ts';

/** What could not be carried over as it was, or means something else here. */
export type ImportNote = {
  /** Path in the document that was read: `success-rate.spec.metrics[0].failureLimit`. */
  readonly where: string;
  readonly what: string;
  readonly fix: string;
};

export type Fields = { readonly [name: string]: unknown };

/** An AnalysisTemplate as it is written in a file: durations are texts, defaults are left out. */
export type TemplateDocument = {
  readonly apiVersion: 'tidegate.dev/v1';
  readonly kind: 'AnalysisTemplate';
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly args?: readonly { readonly name: string; readonly value?: string }[];
    readonly judge?: Fields;
    readonly metrics: readonly Fields[];
  };
};

export type ImportedDocument = {
  readonly document: TemplateDocument;
  /** The same as YAML 1.2. */
  readonly yaml: string;
};

export type ImportResult =
  | {
      readonly ok: true;
      readonly documents: readonly ImportedDocument[];
      readonly notes: readonly ImportNote[];
    }
  | { readonly ok: false; readonly problem: Problem };

/** Takes down one note; each import has its own list. */
export type TakeNote = (where: string, what: string, fix: string) => void;
