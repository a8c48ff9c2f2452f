import type { KindName } from './registry.ts';

/** A place in a document that names another document; `args` where it also hands arguments over. */
export type Reference = {
  readonly path: readonly PropertyKey[];
  readonly kind: KindName;
  readonly name: string;
  readonly args?: Readonly<Record<string, string>>;
  /** A step waits for the analysis: each of its metrics needs an end of its own. */
  readonly mustEnd?: boolean;
};
