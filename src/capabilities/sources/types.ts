import type { Application } from '../../contract/kinds/application.ts';
import type { KindDocument, KindName } from '../../contract/kinds/registry.ts';
import type { ActionRequest } from '../../engine/types.ts';
import type { CommitInfo } from '../../integrations/git/port.ts';
import type { Problem, Where } from '../../platform/errors/problem.ts';

/**
 * A source is one branch of one config repository. It looks at the branch on a clock and when it is nudged, reads
 * what differs from the commit it saw last, and keeps the documents of that as rows.
 *
 *   watching ⇄ reading (a large difference, taken in pieces)      any ⇄ unreachable (what was read stands)
 */
export type SourcePhase = 'watching' | 'reading' | 'unreachable';

/** Times are ISO 8601 strings, since state is JSON. */
export type SourceState = {
  readonly address: string;
  readonly branch: string;
  /** Milliseconds between two looks without news. */
  readonly pollInterval: number;
  /** The commit whose documents are all in the rows; null before the first. */
  readonly seenCommit: string | null;
  readonly pending: Pending | null;
  /** When the remote last answered; renewed at most once a minute while nothing changes. */
  readonly lastFetchedAt: string | null;
  /** Fetches that failed in a row. */
  readonly failures: number;
};

/** A difference that is being taken in pieces. */
export type Pending = {
  readonly to: string;
  /** Files up to this one, in the order of `fileOrder`, are done. */
  readonly after: string;
  readonly done: number;
  readonly total: number;
  /** Documents that are no longer where they were. They are removed with the last piece, unless they turned up elsewhere. */
  readonly vanished: readonly Vanished[];
};

export type DocumentKey = { readonly kind: KindName; readonly name: string };
export type Vanished = DocumentKey & { readonly path: string; readonly commit: CommitInfo };

/** A document of a file as it was read just now; `digest` is of its content with defaults filled in. */
export type ReadDocument = DocumentKey & {
  readonly spec: KindDocument;
  readonly digest: string;
  readonly where: Where;
};

/** One that cannot be used; kind and name are null where even those cannot be read. */
export type ReadFault = {
  readonly kind: KindName | null;
  readonly name: string | null;
  /** It is no YAML: its name may lack a part, and it may have swallowed what came after it. */
  readonly isTorn: boolean;
  readonly problems: readonly Problem[];
};

export type FileLook = {
  readonly path: string;
  /** Null: the file is gone. */
  readonly blob: string | null;
  readonly commit: CommitInfo;
  /** It is as it was, and yet a newer commit said it again. */
  readonly again?: boolean;
  readonly documents: readonly ReadDocument[];
  readonly faults: readonly ReadFault[];
};

/** A document as the rows have it before this look. */
export type KnownDocument = DocumentKey & {
  readonly path: string;
  readonly blob: string;
  readonly commit: string;
  readonly deleted: boolean;
  readonly hasProblems: boolean;
  /** Digest of the last good content; null when there never was one. */
  readonly digest: string | null;
  /** For an Application: the environments on its path. */
  readonly environments: readonly string[];
  /** Its last good content may begin runs by itself. */
  readonly triggers?: boolean;
};

export type SourceLook =
  | { readonly is: 'unreachable'; readonly problem: Problem }
  | { readonly is: 'same'; readonly head: string }
  | {
      readonly is: 'changed';
      readonly to: string;
      readonly files: readonly FileLook[];
      readonly known: readonly KnownDocument[];
      /** Of paths of this piece, those with a row in `broken_files`. */
      readonly brokenPaths: readonly string[];
      /** Files of the whole difference, and whether this piece is its last. */
      readonly total: number;
      readonly last: boolean;
      /** Order of the last file of this piece. */
      readonly after: string;
      /** Who goes through which environment; asked for only when an Environment or a Target changed. */
      readonly routes: Routes;
    };

export type Routes = {
  /** Environment → applications with it on their path. */
  readonly applications: { readonly [environment: string]: readonly string[] };
  /** Target → environments with it in their waves. */
  readonly environments: { readonly [target: string]: readonly string[] };
  /** Applications that name one of the pipelines; asked for only when a Pipeline changed. */
  readonly followers?: readonly string[];
};

export type SourceSnapshot = {
  readonly id: string;
  readonly repository: string;
  readonly state: SourceState;
  readonly look: SourceLook;
  readonly requests: readonly ActionRequest[];
};

export type SourceWrite =
  | {
      readonly table: 'documents';
      readonly row: DocumentKey & {
        readonly path: string;
        readonly blob: string;
        readonly commit: string;
        readonly commitInfo: StoredCommitInfo;
        readonly spec: KindDocument;
      };
    }
  | {
      /** The newest version is wrong: the last good one stays, and says what is wrong. */
      readonly table: 'faults';
      readonly row: DocumentKey & {
        readonly path: string;
        readonly blob: string;
        readonly commit: string;
        readonly problems: readonly Problem[];
      };
    }
  | { readonly table: 'removed'; readonly row: Vanished }
  | {
      readonly table: 'broken_files';
      readonly path: string;
      readonly commit: string;
      /** Empty: the file is well again. */
      readonly problems: readonly Problem[];
    };

/** Of the commit that last changed a document. */
export type StoredCommitInfo = Pick<CommitInfo, 'author' | 'email' | 'subject' | 'at' | 'trailers'>;

export type { Application };
