import type { Commits } from '../../contract/api/applications.ts';
import type { Application } from '../../contract/kinds/application.ts';
import type { CommitLines, GitHistory } from '../../integrations/git/port.ts';
import type { Sql } from '../../platform/db/types.ts';
import { fail, ProblemError } from '../../platform/errors/problem.ts';
import { findReleases } from '../releases/reads.ts';
import { listSources, readApplication } from '../sources/reads.ts';

export type CommitsDeps = {
  readonly db: Sql;
  /** The mirror of a repository by its address. */
  readonly history: (address: string) => GitHistory;
  /** Address of an application's repository as declared, made absolute. */
  readonly resolveAddress: (declared: string, configAddress: string) => string;
};

export type CommitsAsk = {
  readonly application: string;
  readonly from: string | undefined;
  readonly to: string;
  readonly limit: number;
};

type End = { readonly commit: string; readonly release: string | null };

/**
 * What lies between two releases or commits of a service, from the mirror as it is on disk. TG1204 for an application
 * that is not declared, TG1202 for a release that there is not, TG1103 for a commit that the mirror does not have.
 */
export async function readCommits(deps: CommitsDeps, ask: CommitsAsk): Promise<Commits> {
  const { db } = deps;
  const found = await readApplication(db, ask.application);
  if (!found) fail('TG1204', { detail: `No application ${ask.application} is declared.` });
  const from = ask.from === undefined ? null : await endOf(db, ask.application, ask.from);
  const to = await endOf(db, ask.application, ask.to);
  const { source } = found.application.spec;
  const address = await addressOf(deps, source, found.repository);
  const answer = await deps.history(address).between({
    from: from?.commit ?? null,
    to: to.commit,
    path: source.path,
    limit: ask.limit,
  });
  if (!answer.ok) throw new ProblemError({ ...answer.problem, ...hintFor(answer.problem.code) });
  const { ahead, behind } = answer.value;
  return {
    ...linesOf(ahead),
    from: from === null ? null : { ...from, commit: answer.value.from ?? from.commit },
    to: { ...to, commit: answer.value.to },
    path: source.path,
    diverged: linesOf(behind),
  };
}

const linesOf = ({ commits, more }: CommitLines) => ({
  items: commits.map(({ id, author, at, subject }) => ({ id, author, at, subject })),
  more,
});

const hintFor = (code: string): { readonly hint?: string } =>
  code === 'TG1103'
    ? {
        hint: 'This page reads the copy of the repository that this server keeps, which is brought up to date when a release is made: tidegate release APP. Make one, or name another commit.',
      }
    : {};

/** A commit when it can be one, else the release of this id or beginning of an id. TG1202 for none, and for several. */
async function endOf(sql: Sql, application: string, revision: string): Promise<End> {
  if (/^[0-9a-f]{7,64}$/.test(revision)) return { commit: revision, release: null };
  const [first, ...more] = await findReleases(sql, application, revision);
  if (!first) fail('TG1202', { detail: `${application} has no release ${revision}.` });
  if (more.length > 0) {
    const ids = [first, ...more].map((one) => one.id).join(', ');
    const hint = 'Give more of the id.';
    fail('TG1202', { detail: `${revision} could be any of ${ids}.`, hint });
  }
  return { commit: first.content.commit, release: first.id };
}

async function addressOf(
  { db, resolveAddress }: CommitsDeps,
  source: Application['spec']['source'],
  repository: string,
): Promise<string> {
  const config = (await listSources(db)).find((one) => one.name === repository);
  return resolveAddress(source.repository, config?.address ?? '/');
}
