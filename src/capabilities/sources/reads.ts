import type { Application } from '../../contract/kinds/application.ts';
import type { KindDocument, KindName } from '../../contract/kinds/registry.ts';
import type { Sql } from '../../platform/db/types.ts';
import { type Problem, problem } from '../../platform/errors/problem.ts';
import type { DocumentKey, SourceState, StoredCommitInfo } from './types.ts';

/** A document as last read from Git: its last good version, and what is wrong with the newest one, if anything. */
export type StoredDocument<T = KindDocument> = {
  readonly repository: string;
  readonly path: string;
  readonly kind: KindName;
  readonly name: string;
  /** Git object id of the file that holds the good version. */
  readonly blob: string;
  /** Git object id of the file as it is now, good or not: what a commit to it builds on. */
  readonly newestBlob: string;
  /** The commit that last changed its meaning. */
  readonly commit: string;
  readonly commitInfo: StoredCommitInfo;
  /** Null when there never was a good version. */
  readonly spec: T | null;
  readonly problems: readonly Problem[];
  readonly deleted: boolean;
  readonly updatedAt: Date;
};

const columns = `d.repository, d.path, d.kind, d.name, d.blob, d.newest_blob as "newestBlob", d.commit, d.commit_info as "commitInfo",
       d.spec, d.problems, d.deleted, d.updated_at as "updatedAt"`;

/** One text and not a new one for each of the many looks that read documents. */
const documentsByName = `select distinct on (d.kind, d.name) ${columns}
  from unnest($1::text[], $2::text[]) as k (kind, name)
  join documents d on d.kind = k.kind and d.name = k.name
 order by d.kind, d.name, d.deleted, d.repository`;

type Found<Keys extends readonly DocumentKey[]> = {
  readonly [N in keyof Keys]: StoredDocument<KindDocument<Keys[N]['kind']>> | null;
};

/**
 * Documents by kind and name (of a Release `environment/application`), in the order asked, null where there is none; of
 * several repositories, the first by name that has it.
 */
export async function readDocuments<const Keys extends readonly DocumentKey[]>(
  sql: Sql,
  keys: Keys,
): Promise<Found<Keys>> {
  const rows = await sql.query<Row<KindDocument>>(documentsByName, [
    keys.map(({ kind }) => kind),
    keys.map(({ name }) => name),
  ]);
  const found = keys.map(({ kind, name }): StoredDocument | null => {
    const row = rows.find((one) => one.kind === kind && one.name === name);
    return row ? toDocument(row) : null;
  });
  return found as Found<Keys>;
}

export async function readDocument<K extends KindName>(
  sql: Sql,
  kind: K,
  name: string,
): Promise<StoredDocument<KindDocument<K>> | null> {
  const [found] = await readDocuments(sql, [{ kind, name }]);
  return found;
}

/** The application as last declared well, and the name of the config repository that declares it. */
export async function readApplication(
  sql: Sql,
  name: string,
): Promise<{ readonly application: Application; readonly repository: string } | null> {
  const found = await readDocument(sql, 'Application', name);
  if (!found?.spec || found.deleted) return null;
  return { application: found.spec, repository: found.repository };
}

/** Every document of a kind that is declared, by name. */
export async function listDocuments<T = KindDocument>(
  sql: Sql,
  kind: KindName,
): Promise<readonly StoredDocument<T>[]> {
  const rows = await sql.query<Row<T>>(
    `select ${columns} from documents d where d.kind = $1 and not d.deleted order by d.name, d.repository`,
    [kind],
  );
  return rows.map(toDocument);
}

/** Applications that name one of these pipelines, by name. */
export async function listFollowers(
  sql: Sql,
  pipelines: readonly string[],
): Promise<readonly string[]> {
  const rows = await sql.query<{ name: string }>(
    `select distinct name from documents
      where kind = 'Application' and not deleted and spec #>> '{spec,pipeline,name}' = any($1)
      order by name`,
    [pipelines],
  );
  return rows.map((row) => row.name);
}

type Row<T> = Omit<StoredDocument<T>, 'commitInfo'> & {
  readonly commitInfo: Partial<StoredCommitInfo>;
};

/** A document that was never good has no commit facts; readers get empty ones. */
const toDocument = <T>(row: Row<T>): StoredDocument<T> => ({
  ...row,
  commitInfo: { author: '', email: '', subject: '', at: '', trailers: {}, ...row.commitInfo },
});

export type DeclaredProblem = {
  readonly repository: string;
  readonly path: string;
  /** Null when the file's document cannot even be named. */
  readonly kind: string | null;
  readonly name: string | null;
  readonly commit: string;
  readonly problems: readonly Problem[];
};

/** What is wrong in Git now: documents whose newest version cannot be used, and files that hold no document. At most 1,000. */
export async function listProblems(sql: Sql): Promise<readonly DeclaredProblem[]> {
  return await sql.query<DeclaredProblem>(
    `select repository, path, kind, name, commit, problems from documents
      where not deleted and problems <> '[]'
      union all
     select repository, path, null, null, commit, problems from broken_files
      order by repository, path, kind, name limit 1000`,
  );
}

type Reference = Omit<DeclaredProblem, 'problems'> & {
  readonly toKind: string;
  readonly toName: string;
};

/**
 * Documents that refer to what no repository declares (TG1007): an Application to an Environment or an
 * AnalysisTemplate, an Environment to a Target. Worked out when asked, since a later commit may mend it. At most 500.
 */
export async function listDangling(sql: Sql): Promise<readonly DeclaredProblem[]> {
  const rows = await sql.query<Reference>(
    `with reference as (
       select d.*, 'Environment' as "toKind", r #>> '{}' as "toName"
         from documents d, jsonb_path_query(d.spec, '$.spec.environments[*].name') r where d.kind = 'Application'
        union all
       select d.*, 'AnalysisTemplate', r #>> '{}'
         from documents d, jsonb_path_query(d.spec, 'strict $.spec.**.templates[*]') r where d.kind = 'Application'
        union all
       select d.*, 'Target', r #>> '{}'
         from documents d, jsonb_path_query(d.spec, '$.spec.waves[*].targets[*]') r where d.kind = 'Environment')
     select distinct repository, path, kind, name, commit, "toKind", "toName" from reference
      where not deleted and not exists (
            select 1 from documents x where x.kind = "toKind" and x.name = "toName" and not x.deleted)
      order by repository, path, kind, name, "toKind", "toName" limit 500`,
  );
  return rows.map(({ toKind, toName, ...one }) => ({
    ...one,
    problems: [
      problem('TG1007', {
        detail: `No ${toKind} ${toName} is declared.`,
        where: { file: one.path },
      }),
    ],
  }));
}

export type SourceView = {
  readonly name: string;
  readonly address: string;
  readonly branch: string;
  /** Milliseconds. */
  readonly pollInterval: number;
  readonly phase: string;
  readonly because: string;
  readonly seenCommit: string | null;
  readonly lastFetchedAt: string | null;
};

/** Every config repository, by name. The address may hold a secret: mask it before it is shown. */
export async function listSources(sql: Sql): Promise<readonly SourceView[]> {
  const rows = await sql.query<{ key: string; phase: string; because: string; state: SourceState }>(
    `select key, phase, because, state from objects where kind = 'source' and not terminal order by key`,
  );
  return rows.map(({ key, phase, because, state }) => ({
    name: key,
    address: state.address,
    branch: state.branch,
    pollInterval: state.pollInterval,
    phase,
    because,
    seenCommit: state.seenCommit,
    lastFetchedAt: state.lastFetchedAt,
  }));
}
