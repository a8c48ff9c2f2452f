import { type FakeRemote, fakeRepository } from '../../src/integrations/git/fake.ts';
import type { GitRepository } from '../../src/integrations/git/port.ts';
import { problem } from '../../src/platform/errors/problem.ts';
import { type Ledger, newLedger } from './scenarios/spoiled.ts';

/** What Git is up to. */
export type GitMood = {
  /** Cannot be reached until then (ms). */
  awayUntil: number;
  /** So many pushes find that somebody else pushed the same file a moment ago. */
  conflicts: number;
  /** So many pushes find that the branch moved under them, by another file. */
  moves: number;
  /** The push arrives, and its answer does not. */
  lostAnswers: number;
  /** The remote turns away whoever pushes the files of this application. */
  barred: string | null;
};

export type SimulatedGit = {
  readonly git: (address: string) => GitRepository;
  readonly config: FakeRemote;
  readonly service: FakeRemote;
  readonly mood: GitMood;
  /** What is good and what is not in the files of the config repository. */
  readonly ledger: Ledger;
  /** A file as it is now, and the commit that last touched it; null when there is none. */
  readonly declared: (
    path: string,
  ) => Promise<{ readonly text: string; readonly commit: string } | null>;
  /** The newest commit of the config repository. */
  readonly head: () => string;
  /** Commits that carry each idempotency key. */
  readonly keys: ReadonlyMap<string, ReadonlySet<string>>;
};

export const configAddress = '/srv/config.git';
export const serviceAddress = '/srv/service.git';

export type GitHit = 'gitAway' | 'gitConflict' | 'gitMoved' | 'gitLostAnswer' | 'own-barred';

export type GitDeps = {
  readonly now: () => number;
  readonly hit: (what: GitHit) => void;
  /** Pushes another version of a file, as a person would, just before a push of ours. */
  readonly intrude: (path: string) => Promise<void>;
};

/** The config repository and the service's one, in memory, with the trouble that pushes meet. */
export function simulatedGit({ now, hit, intrude }: GitDeps): SimulatedGit {
  const config = fakeRepository();
  const service = fakeRepository();
  const mood: GitMood = { awayUntil: 0, conflicts: 0, moves: 0, lostAnswers: 0, barred: null };
  const keys = new Map<string, Set<string>>();
  // Every commit comes through here or through the remote; the promise of its id is of no use to whoever polls.
  let head = '';
  const ledger = newLedger();
  const remote: FakeRemote = {
    ...config.remote,
    push: async (files, options) => {
      head = await config.remote.push(files, options);
      for (const [path, text] of Object.entries(files)) ledger.note(path, text, head);
      return head;
    },
  };
  const away = () => {
    if (now() >= mood.awayUntil) return null;
    hit('gitAway');
    return { ok: false as const, problem: problem('TG1101', { detail: 'The remote is away.' }) };
  };
  const troubled: GitRepository = {
    ...config.repository,
    fetch: async (branch) => away() ?? (await config.repository.fetch(branch)),
    commit: async (request) => {
      const gone = away();
      if (gone) return gone;
      if (mood.conflicts > 0) {
        mood.conflicts -= 1;
        hit('gitConflict');
        await intrude(request.edits[0]?.path ?? '');
      }
      if (mood.moves > 0) {
        mood.moves -= 1;
        hit('gitMoved');
        await remote.push({ [`notes/${mood.moves}.txt`]: `${now()}` });
      }
      if (mood.barred !== null && request.edits.some(({ path }) => isOf(path, mood.barred))) {
        hit('own-barred');
        return {
          ok: false,
          problem: problem('TG1102', { detail: 'A hook of the remote says no.' }),
        };
      }
      const done = await config.repository.commit(request);
      if (done.ok && done.value.ok) {
        if (!done.value.repeated) {
          head = done.value.commit;
          for (const { path, content } of request.edits) ledger.note(path, content, head);
        }
        const commits = keys.get(request.key) ?? new Set<string>();
        keys.set(request.key, commits.add(done.value.commit));
      }
      if (mood.lostAnswers === 0) return done;
      mood.lostAnswers -= 1;
      hit('gitLostAnswer');
      return { ok: false, problem: problem('TG1102', { detail: 'No answer came to the push.' }) };
    },
  };
  return {
    git: (address) => (address === configAddress ? troubled : service.repository),
    config: remote,
    head: () => head,
    ledger,
    declared: async (path) => {
      const text = await config.remote.show(path);
      const found = await config.repository.changes(null, head, path, { commits: true });
      const commit = found.ok ? found.value[0]?.commit?.id : undefined;
      return text === null || commit === undefined ? null : { text, commit };
    },
    service: service.remote,
    mood,
    keys,
  };
}

const isOf = (path: string, application: string | null): boolean =>
  path.endsWith(`/${application}.yaml`);

/** The same files give the same commits, so that rows kept from an earlier world of this scenario still fit. */
export async function seedGit(
  git: Pick<SimulatedGit, 'config' | 'service'>,
  files: { readonly [path: string]: string },
): Promise<string> {
  const head = await git.config.push(files, { message: 'Declare what there is' });
  await git.service.push({ 'server.js': 'version 0' }, { message: 'Begin' });
  return head;
}
