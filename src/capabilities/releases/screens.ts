import type { Sql } from '../../platform/db/types.ts';
import { readReleases } from './reads.ts';
import type { Release } from './types.ts';

/** Releases of an application, newest first; the cursor is the id of the last one of the page before. */
export async function listReleasePage(
  sql: Sql,
  application: string,
  page: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<readonly Release[]> {
  const rows = await sql.query<{ id: string }>(
    `select r.id from releases r
     where r.application = $1 and ($2::text is null or (r.created_at, r.id) <
       (select c.created_at, c.id from releases c where c.id = $2))
     order by r.created_at desc, r.id desc limit $3`,
    [application, page.cursor ?? null, page.limit],
  );
  const ids = rows.map((row) => row.id);
  const found = await readReleases(sql, ids);
  return ids.flatMap((id) => found.get(id) ?? []);
}

/** Environments by release. */
export type ReleasePlaces = {
  readonly stable: ReadonlyMap<string, readonly string[]>;
  readonly quarantined: ReadonlyMap<string, readonly string[]>;
};

/** Where releases of an application are stable now, and where they are quarantined. */
export async function readPlaces(sql: Sql, application: string): Promise<ReleasePlaces> {
  const rows = await sql.query<{
    what: 'stable' | 'quarantined';
    release: string;
    places: string[];
  }>(
    `select 'stable' as what, release, array_agg(environment order by environment) as places from (
       select distinct on (environment) environment, release from stables
       where application = $1 order by environment, id desc) as latest group by release
     union all
     select 'quarantined', release, array_agg(environment order by environment) from quarantines
     where application = $1 and lifted_at is null group by release`,
    [application],
  );
  const of = (what: string) =>
    new Map(rows.filter((row) => row.what === what).map((row) => [row.release, row.places]));
  return { stable: of('stable'), quarantined: of('quarantined') };
}

/** The rollout that a commit of a promotion opened; null when there is none (yet). */
export async function readRolloutOfCommit(
  sql: Sql,
  application: string,
  environment: string,
  commit: string,
): Promise<{ id: string; phase: string; terminal: boolean } | null> {
  const [row] = await sql.query<{ id: string; phase: string; terminal: boolean }>(
    `select r.id, r.phase, r.terminal from (
       select id, phase, terminal from rollouts where application = $1 and environment = $2
       order by started_at desc limit 20) r
     join objects o on o.id = 'rollout/' || r.id
     where o.state #>> '{plan,commit,id}' = $3 order by r.id desc limit 1`,
    [application, environment, commit],
  );
  return row ?? null;
}
