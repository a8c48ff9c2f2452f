import type { Sql } from '../../platform/db/types.ts';

export type Subject = {
  readonly object: string;
  readonly application: string | null;
  readonly environment: string | null;
};

/** Whose these rollouts, analyses and runs are; others are left out. An analysis is named ROLLOUT/WAVE/NAME. */
export async function readSubjects(sql: Sql, ids: readonly string[]): Promise<readonly Subject[]> {
  return await sql.query<Subject>(
    `with asked as (
       select object, split_part(object, '/', 1) as kind, split_part(object, '/', 2) as key
       from unnest($1::text[]) as t(object))
     select a.object, r.application, r.environment
     from asked a join rollouts r on r.id = a.key where a.kind in ('rollout', 'analysis')
     union all
     select a.object, r.application, null from asked a join runs r on r.id = a.key where a.kind = 'run'`,
    [ids],
  );
}
