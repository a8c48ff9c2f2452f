import type { ApplicationRow } from '../../contract/api/applications.ts';
import type { KindDocument, KindName } from '../../contract/kinds/registry.ts';
import type { Sql } from '../../platform/db/types.ts';

/**
 * Declared applications by name, after `cursor`. One that several repositories declare is shown once, from the first of
 * them, as everywhere.
 */
export async function listApplicationPage(
  sql: Sql,
  page: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<readonly ApplicationRow[]> {
  return await sql.query<ApplicationRow>(
    `with page as (
       select distinct on (name) name, spec, problems from documents
        where kind = 'Application' and not deleted and ($1::text is null or name > $1)
        order by name, repository limit $2)
     select p.name, p.spec #>> '{spec,owner}' as owner, coalesce(p.spec #> '{metadata,labels}', '{}') as labels,
            path.names as environments, jsonb_array_length(p.problems) + coalesce((
              select sum(jsonb_array_length(r.problems)) from documents r
               where r.kind = 'Release' and not r.deleted
                 and r.name in (select n || '/' || p.name from unnest(path.names) n)), 0)::int as problems
       from page p
       cross join lateral (
            select coalesce(array_agg(e.value ->> 'name' order by e.ordinality), '{}') as names
              from jsonb_array_elements(p.spec #> '{spec,environments}') with ordinality as e) path
      order by p.name`,
    [page.cursor ?? null, page.limit],
  );
}

export type PathEntry = {
  readonly name: string;
  readonly declared: boolean;
  readonly desiredCommit: string | null;
};

/** What is declared of these environments for an application, in the order asked. */
export async function readPath(
  sql: Sql,
  application: string,
  environments: readonly string[],
): Promise<readonly PathEntry[]> {
  return await sql.query<PathEntry>(
    `select e.name,
            exists (select 1 from documents d
                     where d.kind = 'Environment' and d.name = e.name and not d.deleted) as declared,
            (select r.spec #>> '{spec,commit}' from documents r
              where r.kind = 'Release' and r.name = e.name || '/' || $1 and not r.deleted
              order by r.repository limit 1) as "desiredCommit"
       from unnest($2::text[]) with ordinality as e(name, n)
      order by e.n`,
    [application, environments],
  );
}

/** Good documents of these kinds, the first by name; a text that is checked may refer to them. */
export async function listGood(
  sql: Sql,
  kinds: readonly KindName[],
  limit: number,
): Promise<readonly KindDocument[]> {
  const rows = await sql.query<{ spec: KindDocument }>(
    `select spec from documents
      where kind = any($1) and not deleted and spec is not null
      order by kind, name, repository limit $2`,
    [kinds, limit],
  );
  return rows.map((row) => row.spec);
}
