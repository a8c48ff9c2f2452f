import { type Problem, ProblemError } from '../../../platform/errors/problem.ts';
import type { Json } from '../../../platform/ids/types.ts';
import type { Outbound } from '../outbound.ts';
import type { StepAdapter, StepContext, StepSubject } from '../port.ts';
import { problemWords } from '../words.ts';
import { decideGit, type GitEffect, gitEffectSchema } from './decide.ts';
import { ensurePullRequest } from './pull-request.ts';

export type FilesWish = {
  /** Name of a source; null: the one that declares `application`. */
  readonly repository: string | null;
  readonly application: string | null;
  /** Null: the source's own. It is made from `base` when it is not there yet. */
  readonly branch: string | null;
  /** Null: the source's own branch. */
  readonly base: string | null;
  readonly message: string;
  /** Path and new content; null removes it. */
  readonly files: { readonly [path: string]: string | null };
  readonly trailers: { readonly [name: string]: string };
  readonly key: string;
};

export type GitDeps = {
  readonly outbound: Outbound;
  /**
   * Commits and pushes; the same key twice is one commit. `isNew` is false when the branch had just this content
   * before. Throws a ProblemError when the repository is not known, cannot be reached or refuses.
   */
  readonly commitFiles: (wish: FilesWish) => Promise<{
    readonly commit: string;
    readonly branch: string;
    readonly base: string;
    readonly isNew: boolean;
  }>;
};

/** Commits files, and opens a pull request of them where one is wanted. */
export function gitStep({ outbound, commitFiles }: GitDeps): StepAdapter {
  return {
    kind: 'git',
    decide: decideGit,
    async run(payload, context) {
      const effect = gitEffectSchema.parse(payload);
      try {
        return await carryOut(effect, context, { outbound, commitFiles });
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        return errored(error.problem);
      }
    },
  };
}

async function carryOut(
  { repository, branch, commit, pullRequest }: GitEffect,
  { subject, key, signal, secret, log }: StepContext,
  { outbound, commitFiles }: GitDeps,
): Promise<Json> {
  // Asked for first: without it the commit would stand alone.
  const token = pullRequest ? await secret(pullRequest.token.secret) : '';
  const made = await commitFiles({
    ...{ repository, application: subject.application, key },
    branch: branch ?? (pullRequest ? ownBranch(subject) : null),
    base: pullRequest?.base ?? null,
    message: commit.message,
    files: commit.files,
    trailers: {
      'Tidegate-Run': subject.run,
      'Tidegate-Step': subject.step,
      'Tidegate-Actor': subject.actor,
    },
  });
  const { isNew, ...outputs } = made;
  const said = isNew
    ? `commit ${made.commit.slice(0, 12)} on ${made.branch}`
    : `${made.branch} had just this content already`;
  log('note', said);
  if (!pullRequest) return { is: 'succeeded', because: said, outputs };
  const ask = { wish: pullRequest, branch: made.branch, base: made.base, token };
  const pull = await ensurePullRequest(outbound, ask, signal);
  if (!pull.ok) return errored(pull.problem, `${said}, but no pull request: `, outputs);
  const { number, url, opened } = pull.value;
  log('note', `${opened ? 'opened' : 'found'} ${url}`);
  const because = `${said}; ${opened ? 'opened' : 'there is'} pull request ${number}`;
  return {
    is: 'succeeded',
    because,
    outputs: { ...outputs, pullRequest: { number, url, opened } },
  };
}

const errored = (problem: Problem, before = '', outputs: Json = {}): Json => ({
  is: 'errored',
  because: `${before}${problemWords(problem)}`,
  outputs,
});

/** One branch for a step, however often it is tried. */
const ownBranch = ({ run, step }: StepSubject): string =>
  `tidegate/${run}-${step}`.replaceAll(/[^A-Za-z0-9/_-]+/g, '-').replace(/-+$/, '');
