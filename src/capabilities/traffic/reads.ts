import type { Sql } from '../../platform/db/types.ts';
import type { Cell, MarkedEvent, Range, Share, Subject } from './types.ts';

/** Null when there is no such rollout. */
export async function readSubject(sql: Sql, rollout: string): Promise<Subject | null> {
  const [row] = await sql.query<Subject>(
    `select r.application, r.environment, r.release as candidate, r.stable, r.terminal,
       r.started_at as "startedAt", r.ended_at as "endedAt", clock_timestamp() as now,
       array(select jsonb_array_elements_text(w -> 'targets')
               from jsonb_array_elements(o.state -> 'plan' -> 'waves') w) as targets,
       case when 'fresh' in (o.state #>> '{plan,strategy,canary,baseline}', o.state #>> '{plan,strategy,progressive,baseline}')
                 and o.state #>> '{plan,fastTrack}' = 'false'
            then o.state #>> '{plan,commit,id}' end as "copyFor",
       array(select a ->> 'key' from jsonb_array_elements(o.state -> 'analyses') a) as analyses
     from rollouts r join objects o on o.id = 'rollout/' || r.id where r.id = $1`,
    [rollout],
  );
  return row ?? null;
}

export type TrafficAsk = {
  readonly application: string;
  readonly environment: string;
  readonly targets: readonly string[];
  readonly releases: readonly string[];
  readonly range: Range;
};

/** Growth per cell and release, over all of the targets. */
export async function readCells(sql: Sql, ask: TrafficAsk): Promise<readonly Cell[]> {
  const { application, environment, targets, releases, range } = ask;
  return await sql.query<Cell>(
    `with kept as (
       select release, to_timestamp(floor(extract(epoch from at) / $7::int) * $7::int) as cell, requests, errors, latency
         from traffic
        where application = $1 and environment = $2 and target = any($3) and release = any($4) and at >= $5 and at <= $6
     ), counted as (
       select release, cell, sum(requests)::bigint as requests, sum(errors)::bigint as errors
         from kept group by release, cell
     ), bounds as (
       select release, cell, le, sum(n::bigint) as n
         from kept, jsonb_each_text(latency) as each (le, n) group by release, cell, le
     ), histograms as (
       select release, cell, jsonb_object_agg(le, n) as latency from bounds group by release, cell
     )
     select release, cell as at, requests, errors, coalesce(latency, '{}') as latency
       from counted left join histograms using (release, cell) order by cell, release`,
    [application, environment, targets, releases, ...timesOf(range), range.step],
  );
}

/** The last share before the range of each target and release, and every one in it that is another than the one before. */
export async function readShares(sql: Sql, ask: TrafficAsk): Promise<readonly Share[]> {
  const { application, environment, targets, releases, range } = ask;
  return await sql.query<Share>(
    `with earlier as (
       select t.target, r.release, e.at, e.weight
         from unnest($3::text[]) as t(target) cross join unnest($4::text[]) as r(release)
         cross join lateral (
              select at, weight from traffic
               where application = $1 and environment = $2 and target = t.target and release = r.release and at < $5
               order by at desc limit 1) e
     ), known as (
       select target, release, at, weight from earlier
       union all
       select target, release, at, weight from traffic
        where application = $1 and environment = $2 and target = any($3) and release = any($4) and at >= $5 and at <= $6
     ), followed as (
       select *, lag(weight) over (partition by target, release order by at) as before from known
     )
     select target, release, at, weight from followed where before is distinct from weight order by at`,
    [application, environment, targets, releases, ...timesOf(range)],
  );
}

const timesOf = ({ from, to }: Range): readonly [Date, Date] => [new Date(from), new Date(to)];

const mostMarks = 500;

/** The newest events of these objects since a time, oldest first: steps, decisions and verdicts. */
export async function readMarkedEvents(
  sql: Sql,
  objects: readonly string[],
  since: number,
): Promise<readonly MarkedEvent[]> {
  return await sql.query<MarkedEvent>(
    `select * from (
       select id, at, type, because, after from events
        where object_id = any($1) and at >= $2 and outcome <> 'refused' and type <> 'rollout.told'
        order by id desc limit $3) newest
     order by id`,
    [objects, new Date(since), mostMarks],
  );
}
