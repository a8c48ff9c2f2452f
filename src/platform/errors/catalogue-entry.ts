export type CatalogueEntry = {
  readonly title: string;
  readonly hint: string;
  readonly kind: 'retry' | 'stop';
  readonly status: number;
};

export const entry = (
  status: number,
  kind: 'retry' | 'stop',
  title: string,
  hint: string,
): CatalogueEntry => ({
  title,
  hint,
  kind,
  status,
});
