import type { Application } from '../../contract/kinds/application.ts';
import type { Trigger } from '../../contract/kinds/pipeline-trigger.ts';
import type { FileChange, GitRepository } from '../../integrations/git/port.ts';
import { type Problem, problem } from '../../platform/errors/problem.ts';
import type { Heads } from './heads.ts';
import type { PushLook, TriggerMemory } from './types.ts';

export type LookDeps = {
  readonly heads: Heads;
  readonly git: (address: string) => GitRepository;
  /** Address of a service's repository as declared, made absolute. */
  readonly resolveAddress: (declared: string, configRepository: string) => Promise<string>;
  /** Two addresses of one repository give the same text, which holds no secret. */
  readonly identify: (address: string) => string;
};

/** The config repository that declares the pipeline or the application, as its source last read it. */
export type ConfigSource = {
  readonly name: string;
  readonly address: string;
  readonly branch: string;
  readonly seenCommit: string | null;
};

export type Owner = { readonly application: Application | null; readonly source: ConfigSource };

type PushTrigger = NonNullable<Trigger['push']>;

/** Where a push trigger looks. */
type Place = {
  readonly address: string;
  readonly branch: string;
  readonly paths: readonly string[];
  readonly watch: string;
  /** For the branch that the source reads: the commit whose documents are all in the rows. */
  readonly seen: string | null | undefined;
};

/** What the branch of a push trigger shows, compared with what is remembered of it. */
export async function lookAtPush(
  deps: LookDeps,
  push: PushTrigger,
  { application, source }: Owner,
  memory: TriggerMemory | undefined,
  fresh: boolean,
): Promise<PushLook> {
  const place = await placeOf(deps, push, application, source);
  if ('problem' in place) return { is: 'unreachable', watch: '', problem: place.problem };
  const { watch } = place;
  const fetched = await deps.heads.head(place.address, place.branch, fresh);
  if (!fetched.ok) return { is: 'unreachable', watch, problem: fetched.problem };
  // Who pushes a pipeline and what begins it in one commit means the new pipeline: its documents come first.
  const head = place.seen === undefined ? fetched.value : place.seen;
  const known = memory?.on === 'push' && memory.watch === watch ? memory.head : '';
  if (head === null || (head === known && fetched.value !== head)) {
    return { is: 'behind', watch, head: head ?? known };
  }
  if (known === '') return { is: 'first', watch, head };
  if (known === head) return { is: 'same', watch, head };
  return await readMove(deps.git(place.address), place, known, head);
}

async function placeOf(
  deps: LookDeps,
  { repository, branch, paths }: PushTrigger,
  application: Application | null,
  source: ConfigSource,
): Promise<Place | { readonly problem: Problem }> {
  if (repository === 'config') {
    const name = branch ?? source.branch;
    const isRead = name === source.branch;
    return {
      ...{ address: source.address, branch: name, paths: clean(paths) },
      watch: `${deps.identify(source.address)}#${name}`,
      seen: isRead ? source.seenCommit : undefined,
    };
  }
  if (application === null) {
    const detail = 'A push to the service needs an application that names this pipeline.';
    return { problem: problem('TG1944', { detail, hint: 'Say repository: config.' }) };
  }
  const declared = application.spec.source;
  const address = await deps.resolveAddress(declared.repository, source.name);
  const name = branch ?? declared.branch;
  return {
    ...{ address, branch: name, seen: undefined },
    // What lies beside the service in its repository changes nothing of its releases.
    paths: clean(paths.length > 0 ? paths : [declared.path]),
    watch: `${deps.identify(address)}#${name}`,
  };
}

/** `./a/b/` is `a/b`, and `.` is everything: then no path is left. */
function clean(paths: readonly string[]): readonly string[] {
  const cleaned = paths.map((path) =>
    path
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/'),
  );
  return cleaned.includes('') ? [] : cleaned;
}

const mostFiles = 100;

async function readMove(
  git: GitRepository,
  { paths, branch, watch }: Place,
  from: string,
  to: string,
): Promise<PushLook> {
  const newest = await git.resolve(to, '.');
  if (!newest.ok) return { is: 'unreachable', watch, problem: newest.problem };
  const [only] = paths.length === 1 ? paths : [''];
  const changes = await git.changes(from, to, only ?? '', { commits: true });
  // History was rewritten and what was seen is no more: then all of it is taken as changed.
  const isLost = !changes.ok && changes.problem.code === 'TG1103';
  if (!changes.ok && !isLost) return { is: 'unreachable', watch, problem: changes.problem };
  const all = changes.ok ? changes.value.filter((one) => isBelow(one.path, paths)) : [];
  const others = all.filter((one) => !isOwn(one));
  return {
    ...{ is: 'moved', watch, branch, from, head: newest.value.commit },
    files: others.slice(0, mostFiles).map((one) => one.path.toWellFormed().replaceAll('\0', '')),
    touched: isLost ? 1 : others.length,
    own: all.length - others.length,
  };
}

const isBelow = (path: string, paths: readonly string[]): boolean =>
  paths.length === 0 || paths.some((one) => path === one || path.startsWith(`${one}/`));

/** A promotion that Tidegate commits must not begin the pipeline that made it. */
const isOwn = ({ commit }: FileChange): boolean => commit?.trailers['Tidegate-Key'] !== undefined;
