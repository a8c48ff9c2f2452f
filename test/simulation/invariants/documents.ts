import { isDeepStrictEqual } from 'node:util';
import type { BrokenRow, DocumentRow } from '../database/tables.ts';
import { taint, taintedReplicas } from '../scenarios/spoiled.ts';
import type { IntentRow, Report } from './types.ts';

const name = 'a bad document changes no intent and holds nobody';

function isTainted(value: unknown): boolean {
  if (typeof value === 'string') return value.includes(taint);
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  for (const key in fields) if (key.includes(taint) || isTainted(fields[key])) return true;
  return false;
}

/** The last good version stays, and so does the commit that made it. */
export function checkDocument(
  before: DocumentRow | undefined,
  after: DocumentRow,
  report: Report,
): void {
  const words = `${after.kind} ${after.name}`;
  if (after.spec !== before?.spec && isTainted(after.spec))
    report(name, `${words} was taken from a bad file`);
  if (after.problems.length === 0 || !before || before.deleted) return;
  const isKept = isDeepStrictEqual(before.spec, after.spec) && before.commit === after.commit;
  if (!isKept || after.deleted) report(name, `${words} did not keep its last good version`);
}

/** Nothing that only a bad document said is asked for, and nothing is taken away because of one. */
export function checkIntent(
  { target, application, writtenBy, spec }: IntentRow,
  report: Report,
): void {
  const isMisled = spec.versions.some(({ replicas }) => replicas === taintedReplicas);
  if (isMisled || isTainted(spec))
    report(name, `${writtenBy} asks ${target} for what only a bad document said`);
  // Nobody takes an application away here, so a delivery that empties a target was misled.
  if (spec.versions.length === 0 && writtenBy.startsWith('delivery/'))
    report(name, `${writtenBy} takes ${application} away from ${target}`);
}

export type Wrong = {
  readonly documents: Iterable<DocumentRow>;
  readonly broken: Iterable<BrokenRow>;
};

/** Whoever asks is told of each file that cannot be used now. */
export function checkShown(
  spoiled: Iterable<string>,
  { documents, broken }: Wrong,
  report: Report,
): void {
  const shown = new Set<string>();
  for (const row of documents) if (row.problems.length > 0) shown.add(row.path);
  for (const row of broken) shown.add(row.path);
  for (const path of spoiled)
    if (!shown.has(path)) report(name, `nothing says what is wrong with ${path}`);
}
