import type { Problem } from '../../platform/errors/problem.ts';

/** One entry of a tree: what changed is found by comparing these hashes, never by reading everything. */
export type TreeEntry = {
  readonly path: string;
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly object: string;
};

export type FileChange = {
  readonly path: string;
  /** `touched`: commits in between changed it and changed it back. */
  readonly status: 'added' | 'modified' | 'deleted' | 'touched';
  readonly object: string | null;
  /** The newest commit between the two that touched the file; given when `commits` was asked for. */
  readonly commit?: CommitInfo;
};

export type ChangesOptions = {
  readonly commits?: boolean;
  /**
   * With `commits`, also the files that are as they were though commits in between touched them. It costs what those
   * commits changed; of very long histories only the newest commits are looked at.
   */
  readonly touched?: boolean;
};

export type CommitInfo = {
  readonly id: string;
  readonly author: string;
  readonly email: string;
  readonly subject: string;
  readonly body: string;
  /** ISO 8601 */
  readonly at: string;
  readonly trailers: { readonly [key: string]: string };
};

export type Edit = { readonly path: string /** Null deletes. */; readonly content: string | null };

/**
 * A commit to be pushed. `expect` guards each edited file: the object id that it must have in the newest commit
 * (null: must not exist); when it has another, the answer is `overtaken` and nothing is written. A moved branch
 * with the same file is no conflict: the edit is made again on top of it.
 */
export type CommitRequest = {
  readonly branch: string;
  /** Branch on whose newest commit `branch` begins when it is not there yet; without it a missing branch is TG1101. */
  readonly from?: string;
  readonly edits: readonly Edit[];
  readonly expect: { readonly [path: string]: string | null };
  readonly message: string;
  readonly trailers: { readonly [key: string]: string };
  /** Written as trailer `Tidegate-Key`; a commit that has it already among the newest 1,000 is the answer, so that a repeat has no second effect. */
  readonly key: string;
};

export type CommitResult =
  | { readonly ok: true; readonly commit: string; readonly repeated: boolean }
  | { readonly ok: false; readonly reason: 'overtaken' | 'unchanged'; readonly head: string };

export type GitResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem };

/** One remote repository with a bare mirror on disk. Opened per address; safe for concurrent calls. */
export type GitRepository = {
  /** Brings the branch up to date and gives its newest commit. TG1101 when it cannot be read. */
  fetch(branch: string): Promise<GitResult<string>>;
  /** Files that differ between two commits (`from` null: all files of `to`), under `path`; cost is that of the difference. */
  changes(
    from: string | null,
    to: string,
    path?: string,
    options?: ChangesOptions,
  ): Promise<GitResult<readonly FileChange[]>>;
  /** Contents of blobs, read through one `git cat-file --batch`; a blob over `maxBytes` is null. */
  read(
    objects: readonly string[],
    maxBytes: number,
  ): Promise<GitResult<ReadonlyMap<string, Uint8Array | null>>>;
  /** Commit (branch, tag or id), its facts, and the object id at `path` in it (a tree id for a directory). TG1103 when missing. */
  resolve(
    ref: string,
    path: string,
  ): Promise<
    GitResult<{
      readonly commit: CommitInfo;
      readonly object: string;
      readonly type: 'blob' | 'tree';
    }>
  >;
  /** Makes the commit on the newest state of the branch and pushes it, again and again while the branch moves. TG1102 when refused. */
  commit(request: CommitRequest): Promise<GitResult<CommitResult>>;
  /** Writes the tree into an empty or missing directory, refusing symlinks that leave it. For bundles. */
  checkout(tree: string, directory: string): Promise<GitResult<void>>;
};

/** A commit as lists show it. */
export type CommitLine = Pick<CommitInfo, 'id' | 'author' | 'at' | 'subject'>;

/** Newest first; `more` when there are others behind them. */
export type CommitLines = { readonly commits: readonly CommitLine[]; readonly more: boolean };

export type BetweenAsk = {
  /** Ids of commits, or their beginnings of 7 digits or more; `from` null: from the first commit on. */
  readonly from: string | null;
  readonly to: string;
  /** Only commits that touch it; `.` is the whole repository. */
  readonly path: string;
  /** Most commits of each list. */
  readonly limit: number;
};

export type Between = {
  /** The whole ids. */
  readonly from: string | null;
  readonly to: string;
  /** What `to` has and `from` has not. */
  readonly ahead: CommitLines;
  /** What only `from` has: going to `to` takes it away. */
  readonly behind: CommitLines;
};

/** What screens ask of a mirror as it is on disk. Nothing is fetched for it, so it costs the remote nothing. */
export type GitHistory = {
  /** What lies between two commits. TG1103 for one that the mirror does not have (yet). */
  between(ask: BetweenAsk): Promise<GitResult<Between>>;
};
