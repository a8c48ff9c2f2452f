import type { KindDocument, KindName } from '../../contract/kinds/registry.ts';
import type { Sql } from '../../platform/db/types.ts';
import { contentDigest } from '../../platform/ids/digest.ts';
import type { Json } from '../../platform/ids/types.ts';
import { beginsRuns } from './begins.ts';
import type { DocumentKey, KnownDocument, Routes } from './types.ts';

/** What the rows have of some files and of some kinds and names, whichever file those are in. */
export async function readKnown(
  sql: Sql,
  repository: string,
  paths: readonly string[],
  keys: readonly DocumentKey[],
): Promise<readonly KnownDocument[]> {
  const rows = await sql.query<{
    kind: KindName;
    name: string;
    path: string;
    blob: string;
    commit: string;
    deleted: boolean;
    hasProblems: boolean;
    spec: KindDocument | null;
  }>(
    `select kind, name, path, blob, commit, deleted, problems <> '[]' as "hasProblems", spec
       from documents where repository = $1 and path = any($2)
      union
     select d.kind, d.name, d.path, d.blob, d.commit, d.deleted, d.problems <> '[]', d.spec
       from unnest($3::text[], $4::text[]) as k (kind, name)
       join documents d on d.repository = $1 and d.kind = k.kind and d.name = k.name`,
    [repository, paths, keys.map((one) => one.kind), keys.map((one) => one.name)],
  );
  return rows.map(({ spec, ...row }) => ({
    ...row,
    digest: spec === null ? null : contentDigest(spec as unknown as Json),
    environments: spec?.kind === 'Application' ? spec.spec.environments.map((one) => one.name) : [],
    triggers: spec !== null && beginsRuns(spec),
  }));
}

/** Object id of every file that the rows know; several documents of one file that do not agree count as unknown. */
export async function readKnownFiles(
  sql: Sql,
  repository: string,
): Promise<ReadonlyMap<string, string>> {
  const rows = await sql.query<{ path: string; blob: string }>(
    `select path, case when count(distinct blob) = 1 and bool_and(problems = '[]') then min(blob) else '' end as blob
       from documents where repository = $1 and not deleted group by path
      union all
     select path, '' from broken_files b where repository = $1
        and not exists (select 1 from documents d where d.repository = $1 and d.path = b.path and not d.deleted)`,
    [repository],
  );
  return new Map(rows.map((row) => [row.path, row.blob]));
}

export async function readBrokenPaths(
  sql: Sql,
  repository: string,
  paths: readonly string[],
): Promise<readonly string[]> {
  const rows = await sql.query<{ path: string }>(
    'select path from broken_files where repository = $1 and path = any($2)',
    [repository, paths],
  );
  return rows.map((row) => row.path);
}

/** Files that were turned away because another file had declared one of these first. */
export async function readWaitingFiles(
  sql: Sql,
  repository: string,
  keys: readonly DocumentKey[],
): Promise<readonly string[]> {
  if (keys.length === 0) return [];
  const rows = await sql.query<{ path: string }>(
    `select distinct b.path
       from broken_files b, jsonb_array_elements(b.problems) as p,
            unnest($2::text[], $3::text[]) as k (kind, name)
      where b.repository = $1 and p ->> 'code' = 'TG1006'
        and p -> 'data' ->> 'kind' = k.kind and p -> 'data' ->> 'name' = k.name
      order by b.path limit 200`,
    [repository, keys.map((one) => one.kind), keys.map((one) => one.name)],
  );
  return rows.map((row) => row.path);
}

/** Which environments the targets are in, and which applications go through the environments. */
export async function readRoutes(
  sql: Sql,
  environments: readonly string[],
  targets: readonly string[],
): Promise<Routes> {
  const waves = await sql.query<{ target: string; environment: string }>(
    `select distinct t.target, d.name as environment
       from documents d, jsonb_array_elements(d.spec -> 'spec' -> 'waves') as w,
            jsonb_array_elements_text(w -> 'targets') as t (target)
      where d.kind = 'Environment' and not d.deleted and t.target = any($1)`,
    [targets],
  );
  const wanted = [...new Set([...environments, ...waves.map((one) => one.environment)])];
  const paths = await sql.query<{ environment: string; application: string }>(
    `select distinct e ->> 'name' as environment, d.name as application
       from documents d, jsonb_array_elements(d.spec -> 'spec' -> 'environments') as e
      where d.kind = 'Application' and not d.deleted and e ->> 'name' = any($1)`,
    [wanted],
  );
  return {
    environments: grouped(waves.map((one) => [one.target, one.environment])),
    applications: grouped(paths.map((one) => [one.environment, one.application])),
  };
}

function grouped(pairs: readonly (readonly [string, string])[]): Record<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [key, value] of pairs) {
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return Object.fromEntries(groups);
}

/** Of these paths, those that declare a release. */
export async function readReleasePaths(
  sql: Sql,
  repository: string,
  paths: readonly string[],
): Promise<readonly string[]> {
  const rows = await sql.query<{ path: string }>(
    `select distinct path from documents
      where repository = $1 and path = any($2) and kind = 'Release' and not deleted
      order by path`,
    [repository, paths],
  );
  return rows.map((row) => row.path);
}
