/** Where a secret is: just one of the two. Its value is in no document, row, log or event. */
export type SecretRef = { readonly env?: string | undefined; readonly file?: string | undefined };

export type SecretPlaces = {
  readonly env: { readonly [name: string]: string | undefined };
  /** Directory of secret files (TIDEGATE_SECRETS); null when there is none. */
  readonly directory: string | null;
};

/** Reads one secret. Throws TG1911 when it cannot. */
export type ReadSecret = (ref: SecretRef) => Promise<string>;
