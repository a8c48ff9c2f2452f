import type { NewEvent } from '../../engine/types.ts';
import type { Problem, Where } from '../../platform/errors/problem.ts';
import { problem } from '../../platform/errors/problem.ts';
import { beginsRuns } from './begins.ts';
import type {
  DocumentKey,
  FileLook,
  KnownDocument,
  ReadDocument,
  ReadFault,
  SourceWrite,
  Vanished,
} from './types.ts';
import { isUnsure, keyOf } from './vanishing.ts';

/** What reading some files comes to: rows, events, and the documents whose meaning changed. */
export type Outcome = {
  readonly writes: readonly SourceWrite[];
  readonly events: readonly NewEvent[];
  readonly changed: readonly Changed[];
};

export type Changed = DocumentKey & {
  /** For an Application: the environments on its path, before and after. */
  readonly environments: readonly string[];
  /** It may begin runs by itself, or could before. */
  readonly triggers: boolean;
  readonly gone: boolean;
};

export type Piece = {
  readonly repository: string;
  readonly files: readonly FileLook[];
  readonly known: readonly KnownDocument[];
  readonly brokenPaths: readonly string[];
  /** Every document known to be no longer where it was, of this piece and of those before. */
  readonly vanished: readonly Vanished[];
  /** Vanished documents are removed with the last piece only. */
  readonly last: boolean;
};

type Work = {
  readonly piece: Piece;
  readonly known: ReadonlyMap<string, KnownDocument>;
  /** Key → path that a vanished document had. */
  readonly left: ReadonlyMap<string, string>;
  /** Key → path that declares it, of this piece. */
  readonly claimed: Map<string, string>;
  readonly writes: SourceWrite[];
  readonly events: NewEvent[];
  readonly changed: Changed[];
};

export function decideFiles(piece: Piece): Outcome {
  const work: Work = {
    piece,
    known: new Map(piece.known.map((one) => [keyOf(one), one])),
    left: new Map(piece.vanished.map((one) => [keyOf(one), one.path])),
    claimed: new Map(),
    writes: [],
    events: [],
    changed: [],
  };
  for (const file of piece.files) decideFile(work, file);
  if (piece.last) for (const one of piece.vanished) decideVanished(work, one);
  return work;
}

function decideFile(work: Work, file: FileLook): void {
  const broken: Problem[] = [];
  for (const document of file.documents) {
    const twice = claim(work, file, document, document.where);
    if (twice) broken.push(twice);
    else decideDocument(work, file, document);
  }
  for (const fault of file.faults) {
    if (!fault.kind || !fault.name || isMisread(work, file, fault)) broken.push(...fault.problems);
    else {
      const twice = claim(
        work,
        file,
        { kind: fault.kind, name: fault.name },
        fault.problems[0]?.where,
      );
      if (twice) broken.push(twice, ...fault.problems);
      else decideFault(work, file, { kind: fault.kind, name: fault.name }, fault);
    }
  }
  if (broken.length > 0) brokenFile(work, file, broken);
  else if (work.piece.brokenPaths.includes(file.path))
    work.writes.push({
      table: 'broken_files',
      path: file.path,
      commit: file.commit.id,
      problems: [],
    });
  tellHeld(work, file);
}

/** What is torn has a name that this file did not hold, and held others: it is likely one of those. */
function isMisread(work: Work, file: FileLook, { kind, name, isTorn }: ReadFault): boolean {
  if (!isTorn) return false;
  const held = heldBy(work, file);
  return held.length > 0 && !held.some((one) => one.kind === kind && one.name === name);
}

const heldBy = ({ known }: Work, { path }: FileLook): readonly KnownDocument[] =>
  [...known.values()].filter((one) => one.path === path && !one.deleted);

/** A kind and name belong to the file that declared them first, until that file lets go. */
function claim(
  work: Work,
  file: FileLook,
  key: DocumentKey,
  where: Where = { file: file.path },
): Problem | null {
  const text = keyOf(key);
  const known = work.known.get(text);
  const left = known !== undefined && work.left.get(text) === known.path;
  const stored = known && !known.deleted && !left ? known.path : undefined;
  const holder = work.claimed.get(text) ?? (stored === file.path ? undefined : stored);
  if (holder === undefined) {
    work.claimed.set(text, file.path);
    return null;
  }
  return problem('TG1006', {
    detail: `${text} is declared in ${holder} already; that one holds.`,
    where,
    data: { kind: key.kind, name: key.name },
  });
}

function decideDocument(work: Work, file: FileLook, document: ReadDocument): void {
  const known = work.known.get(keyOf(document));
  const { kind, name, spec } = document;
  const { author, email, subject, at, trailers } = file.commit;
  const saidAgain = file.again === true && kind === 'Release' && known?.commit !== file.commit.id;
  const equal = known !== undefined && !known.deleted && known.digest === document.digest;
  const same = equal && !saidAgain;
  // What means the same stays the deed of the commit that first said it, unless another was wanted in between.
  const commit = same ? known.commit : file.commit.id;
  const commitInfo = { author, email, subject, at, trailers };
  const row = { kind, name, path: file.path, blob: file.blob ?? '', commit, commitInfo, spec };
  work.writes.push({ table: 'documents', row });
  if (same && !known.hasProblems) return;
  const verb = verbOf(known, equal, saidAgain);
  work.events.push({
    ...eventOf('document.changed', file, document),
    because: `${commitWords(file)} ${verb} ${keyOf(document)}.`,
    outcome: 'done',
    before:
      known && !known.deleted ? { path: known.path, commit: known.commit, blob: known.blob } : null,
    after: { path: file.path, commit: file.commit.id, blob: file.blob },
  });
  const after = spec.kind === 'Application' ? spec.spec.environments.map((one) => one.name) : [];
  const environments = [...new Set([...(known?.environments ?? []), ...after])];
  const triggers = beginsRuns(spec) || known?.triggers === true;
  work.changed.push({ kind, name, environments, triggers, gone: false });
}

function verbOf(known: KnownDocument | undefined, equal: boolean, saidAgain: boolean): string {
  if (known === undefined || known.deleted) return 'added';
  if (!equal) return 'changed';
  return saidAgain ? 'went back to' : 'mended';
}

function decideFault(work: Work, file: FileLook, key: DocumentKey, fault: ReadFault): void {
  const known = work.known.get(keyOf(key));
  const { problems } = fault;
  const row = { ...key, path: file.path, blob: file.blob ?? '', commit: file.commit.id, problems };
  work.writes.push({ table: 'faults', row });
  work.events.push({
    ...eventOf('document.refused', file, key),
    because: `${commitWords(file)} made ${keyOf(key)} wrong: ${problems[0]?.detail ?? ''}${known?.digest ? ' The last good version stays.' : ''}`,
    outcome: 'refused',
    after: { path: file.path, commit: file.commit.id, blob: file.blob, problems },
  });
  const { environments = [], triggers = false } = known ?? {};
  work.changed.push({ ...key, environments, triggers, gone: false });
}

/** Problems that belong to no document by name. */
function brokenFile(work: Work, file: FileLook, problems: readonly Problem[]): void {
  const commit = file.commit.id;
  work.writes.push({ table: 'broken_files', path: file.path, commit, problems });
  work.events.push({
    type: 'document.refused',
    actor: `git:${file.commit.author}`,
    because: `${commitWords(file)} left ${file.path} with what cannot be used: ${problems[0]?.detail ?? ''}`,
    outcome: 'refused',
    after: { path: file.path, commit, blob: file.blob, problems },
  });
}

/** Documents that the file held and that cannot be found in it are told of what may be them, or hides them. */
function tellHeld(work: Work, file: FileLook): void {
  const problems = file.faults.filter(isUnsure).flatMap((fault) => fault.problems);
  if (problems.length === 0) return;
  const place = { path: file.path, blob: file.blob ?? '', commit: file.commit.id };
  for (const known of heldBy(work, file)) {
    if (work.claimed.has(keyOf(known))) continue;
    const { kind, name, environments, triggers = false } = known;
    work.writes.push({ table: 'faults', row: { kind, name, ...place, problems } });
    work.changed.push({ kind, name, environments, triggers, gone: false });
  }
}

function decideVanished(work: Work, one: Vanished): void {
  const known = work.known.get(keyOf(one));
  if (!known || known.deleted || known.path !== one.path || work.claimed.has(keyOf(one))) return;
  work.writes.push({ table: 'removed', row: one });
  work.events.push({
    ...eventOf('document.removed', one, one),
    because: `${commitWords(one)} removed ${keyOf(one)}.`,
    outcome: 'done',
    before: { path: known.path, commit: known.commit, blob: known.blob },
    after: null,
  });
  const { kind, name } = one;
  const { environments, triggers = false } = known;
  work.changed.push({ kind, name, environments, triggers, gone: true });
}

function eventOf(
  type: string,
  { commit }: Pick<FileLook, 'commit'>,
  key: DocumentKey,
): Pick<NewEvent, 'type' | 'actor' | 'application' | 'environment'> {
  const [environment = '', application = ''] = key.kind === 'Release' ? key.name.split('/') : [];
  const subject =
    key.kind === 'Release'
      ? { application, environment }
      : key.kind === 'Application'
        ? { application: key.name }
        : key.kind === 'Environment'
          ? { environment: key.name }
          : {};
  return { type, actor: `git:${commit.author}`, ...subject };
}

const commitWords = ({ commit }: Pick<FileLook, 'commit'>): string =>
  `Commit ${commit.id.slice(0, 12)} (${commit.subject})`;
