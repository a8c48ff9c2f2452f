import type { Sql } from '../../platform/db/types.ts';
import { connectionTimeoutSeconds } from '../fleet/reads.ts';

export type PublicRead = {
  readonly application: string;
  readonly environment: string;
  readonly version: string | null;
  readonly commit: string | null;
  readonly stableAt: Date | null;
  /** When the rollout under way began; null when none is. */
  readonly changingAt: Date | null;
  /** Targets that are told to serve it, those of them that lately said they do, and those that lately said nothing. */
  readonly targets: number;
  readonly converged: number;
  readonly silent: number;
};

/** What the public page is made of, by name and in the order of each path; each row looks up what it shows by index. */
export async function readPublic(sql: Sql, limit: number): Promise<readonly PublicRead[]> {
  return await sql.query<PublicRead>(
    `with page as (
       select d.name as application, e.value ->> 'name' as environment, e.ordinality as n
         from (select distinct on (name) name, spec from documents
                where kind = 'Application' and not deleted and spec is not null
                order by name, repository) d,
              lateral jsonb_array_elements(d.spec #> '{spec,environments}') with ordinality as e
        order by d.name, e.ordinality limit $1)
     select p.application, p.environment, stable.release as version, stable.commit, stable.at as "stableAt",
            (select r.started_at from rollouts r
              where r.application = p.application and r.environment = p.environment and not r.terminal
              limit 1) as "changingAt",
            fleet.targets, fleet.converged, fleet.silent
       from page p
       left join lateral (
            select s.release, s.at, r.commit from stables s left join releases r on r.id = s.release
             where s.application = p.application and s.environment = p.environment
             order by s.id desc limit 1) stable on true
       left join lateral (
            select count(*) as targets, count(*) filter (where not heard) as silent,
                   count(*) filter (where heard and converged) as converged
              from (select s.converged and s.generation = i.generation as converged,
                           s.target is not null and exists (
                             select 1 from agents a where a.targets @> array[i.target]
                                and a.last_seen_at > clock_timestamp() - make_interval(secs => $2)) as heard
                      from intents i left join statuses s using (target, application)
                     where i.application = p.application and i.environment = p.environment) each) fleet on true
      order by p.application, p.n`,
    [limit, connectionTimeoutSeconds],
  );
}
