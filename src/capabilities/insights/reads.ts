import type { StatusRow } from '../../contract/api/status.ts';
import type { Sql } from '../../platform/db/types.ts';

export type StatusQuery = {
  readonly application?: string | undefined;
  readonly environment?: string | undefined;
  readonly limit: number;
  /** `application/environment` of the last row of the page before. */
  readonly cursor?: string | undefined;
};

export type StatusRead = {
  readonly application: string;
  readonly environment: string;
  readonly owner: string;
  /** Git asks for a release here that can be read. */
  readonly declared: boolean;
  readonly desiredCommit: string | null;
  readonly stable: string | null;
  readonly stableCommit: string | null;
  readonly rollout: StatusRow['rollout'];
  readonly endpoints: StatusRow['endpoints'];
  readonly problems: StatusRow['problems'];
  /** What the delivery says; null when nobody has looked at it yet. */
  readonly waiting: string | null;
};

/**
 * Every declared application in every environment of its path, by name, with what is stable, desired and under way.
 * The page is cut first and each row then looks up what it shows by index, so the cost follows the page and not the
 * number of rollouts.
 */
export async function readStatus(sql: Sql, query: StatusQuery): Promise<readonly StatusRead[]> {
  const [application = null, environment = null] = query.cursor?.split('/') ?? [];
  return await sql.query<StatusRead>(
    `with page as (
       select d.name as application, e.value ->> 'name' as environment, e.ordinality as n,
         d.spec #>> '{spec,owner}' as owner, d.problems
       from documents d,
         lateral jsonb_array_elements(d.spec #> '{spec,environments}') with ordinality as e
       where d.kind = 'Application' and not d.deleted and d.spec is not null
         and ($1::text is null or d.name = $1) and ($2::text is null or e.value ->> 'name' = $2)
         and d.name >= coalesce($3, '') and ($3::text is null or d.name > $3 or (d.name = $3 and e.ordinality >
           coalesce((select k.ordinality from jsonb_array_elements(d.spec #> '{spec,environments}')
             with ordinality as k where k.value ->> 'name' = $4), 0)))
       order by d.name, e.ordinality limit $5
     )
     select p.application, p.environment, p.owner,
       desired.name is not null and desired.spec is not null as declared, desired.spec #>> '{spec,commit}' as "desiredCommit",
       stable.release as stable, stable.commit as "stableCommit", rollout.row as rollout,
       coalesce(endpoints.list, '[]') as endpoints,
       p.problems || coalesce(desired.problems, '[]') as problems,
       delivery.because as waiting
     from page p
     left join documents desired on desired.kind = 'Release' and not desired.deleted
       and desired.name = p.environment || '/' || p.application
     left join lateral (
       select s.release, r.commit from stables s left join releases r on r.id = s.release
       where s.application = p.application and s.environment = p.environment order by s.id desc limit 1) stable on true
     left join lateral (
       select json_build_object('id', r.id, 'release', r.release, 'phase', r.phase, 'terminal', r.terminal,
         'weight', r.weight, 'wave', r.wave, 'waves', r.waves, 'step', r.step, 'steps', r.steps,
         'because', r.because, 'startedAt', r.started_at, 'updatedAt', r.updated_at) as row
       from rollouts r where r.application = p.application and r.environment = p.environment
       order by r.started_at desc limit 1) rollout on true
     left join lateral (
       select json_agg(json_build_object('target', i.target, 'url', s.report ->> 'endpoint',
         'converged', coalesce(s.converged and s.generation = i.generation, false)) order by i.target) as list
       from intents i left join statuses s using (target, application)
       where i.application = p.application and i.environment = p.environment) endpoints on true
     left join objects delivery on delivery.id = 'delivery/' || p.application || '@' || p.environment
     order by p.application, p.n`,
    [query.application ?? null, query.environment ?? null, application, environment, query.limit],
  );
}
