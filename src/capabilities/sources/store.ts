import { jsonb } from '../../platform/db/jsonb.ts';
import type { Sql } from '../../platform/db/types.ts';
import type { SourceWrite } from './types.ts';

type RowsOf<T extends SourceWrite['table']> = Extract<SourceWrite, { table: T }>[];

/** Writes everything that a look came to: one statement per table, however many documents there are. */
export async function writeDocuments(
  tx: Sql,
  repository: string,
  writes: readonly SourceWrite[],
): Promise<void> {
  const of = <T extends SourceWrite['table']>(table: T): RowsOf<T> =>
    writes.filter((one): one is Extract<SourceWrite, { table: T }> => one.table === table);
  await upsertDocuments(
    tx,
    repository,
    of('documents').map((one) => one.row),
  );
  await upsertFaults(
    tx,
    repository,
    of('faults').map((one) => one.row),
  );
  await markRemoved(
    tx,
    repository,
    of('removed').map((one) => one.row),
  );
  const files = of('broken_files');
  await upsertBroken(
    tx,
    repository,
    files.filter((one) => one.problems.length > 0),
  );
  await dropBroken(
    tx,
    repository,
    files.filter((one) => one.problems.length === 0).map((one) => one.path),
  );
}

async function upsertDocuments(
  tx: Sql,
  repository: string,
  rows: RowsOf<'documents'>[number]['row'][],
): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `insert into documents (repository, path, kind, name, blob, newest_blob, commit, commit_info, spec, problems, deleted)
     select $1, d.path, d.kind, d.name, d.blob, d.blob, d.commit, d."commitInfo", d.spec, '[]', false
       from jsonb_to_recordset($2::jsonb) as d (
            path text, kind text, name text, blob text, commit text, "commitInfo" jsonb, spec jsonb)
      order by d.kind, d.name
         on conflict (repository, kind, name) do update set
            path = excluded.path, blob = excluded.blob, newest_blob = excluded.newest_blob, commit = excluded.commit,
            commit_info = case when documents.commit = excluded.commit then documents.commit_info else excluded.commit_info end,
            spec = excluded.spec, problems = '[]', deleted = false, updated_at = now()`,
    [repository, jsonb(rows)],
  );
}

/** A wrong version leaves the last good one, and its blob and commit, as they are. */
async function upsertFaults(
  tx: Sql,
  repository: string,
  rows: RowsOf<'faults'>[number]['row'][],
): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `insert into documents (repository, path, kind, name, blob, newest_blob, commit, problems)
     select $1, d.path, d.kind, d.name, d.blob, d.blob, d.commit, d.problems
       from jsonb_to_recordset($2::jsonb) as d (
            path text, kind text, name text, blob text, commit text, problems jsonb)
      order by d.kind, d.name
         on conflict (repository, kind, name) do update set
            path = excluded.path, newest_blob = excluded.newest_blob, problems = excluded.problems, updated_at = now(),
            spec = case when documents.deleted then null else documents.spec end,
            blob = case when documents.deleted or documents.spec is null then excluded.blob else documents.blob end,
            commit = case when documents.deleted or documents.spec is null then excluded.commit else documents.commit end,
            deleted = false`,
    [repository, jsonb(rows)],
  );
}

async function markRemoved(
  tx: Sql,
  repository: string,
  rows: RowsOf<'removed'>[number]['row'][],
): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `update documents d
        set deleted = true, commit = r.commit ->> 'id', commit_info = r.commit - 'id' - 'body',
            problems = '[]', updated_at = now()
       from jsonb_to_recordset($2::jsonb) as r (kind text, name text, path text, commit jsonb)
      where d.repository = $1 and d.kind = r.kind and d.name = r.name and d.path = r.path`,
    [repository, jsonb(rows)],
  );
}

async function upsertBroken(
  tx: Sql,
  repository: string,
  rows: readonly Omit<RowsOf<'broken_files'>[number], 'table'>[],
): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `insert into broken_files (repository, path, problems, commit)
     select $1, b.path, b.problems, b.commit
       from jsonb_to_recordset($2::jsonb) as b (path text, problems jsonb, commit text)
      order by b.path
         on conflict (repository, path) do update set
            problems = excluded.problems, commit = excluded.commit, updated_at = now()`,
    [repository, jsonb(rows)],
  );
}

async function dropBroken(tx: Sql, repository: string, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  await tx.query('delete from broken_files where repository = $1 and path = any($2)', [
    repository,
    paths,
  ]);
}
