import type { DocumentKey, FileLook, KnownDocument, ReadFault, Vanished } from './types.ts';

export const keyOf = (one: DocumentKey): string => `${one.kind} ${one.name}`;

/** It may be any of those that its file held, and what is torn may have swallowed others. */
export const isUnsure = ({ name, isTorn }: ReadFault): boolean => name === null || isTorn;

/**
 * Documents that are no longer in the file they were in. A file with a document that cannot be named for sure lets none
 * go.
 */
export function vanishedFrom(
  files: readonly FileLook[],
  known: readonly KnownDocument[],
): readonly Vanished[] {
  const byPath = new Map<string, KnownDocument[]>();
  for (const one of known) {
    if (!one.deleted) byPath.set(one.path, [...(byPath.get(one.path) ?? []), one]);
  }
  return files.flatMap((file) => {
    if (file.faults.some(isUnsure)) return [];
    const declared = new Set(
      [...file.documents, ...file.faults].map((one) => `${one.kind} ${one.name}`),
    );
    return (byPath.get(file.path) ?? [])
      .filter((one) => !declared.has(keyOf(one)))
      .map((one) => ({ kind: one.kind, name: one.name, path: file.path, commit: file.commit }));
  });
}
