import { jsonb } from '../../platform/db/jsonb.ts';
import type { Sql } from '../../platform/db/types.ts';
import type { Growth } from './types.ts';

/** Most old rows that go with one write; far more than one writes. */
const mostPruned = 1_000;

/** Most bounds of one bucket's histogram: a router has some twenty, and no agent may make a row grow for ever. */
const mostBounds = 256;

/**
 * Adds growth to the buckets of the present, each as wide as its `seconds`. What is older than 7 days goes. The rows are
 * of statuses that the transaction has locked, so nobody else adds to these buckets.
 */
export async function saveTraffic(
  tx: Sql,
  growth: readonly (Growth & { readonly seconds: number })[],
): Promise<void> {
  if (growth.length === 0) return;
  await tx.query(
    `with old as (
       select ctid from traffic where at < now() - interval '7 days' order by at limit $2 for update skip locked
     ), gone as (
       delete from traffic t using old where t.ctid = old.ctid
     )
     insert into traffic (application, environment, target, release, at, requests, errors, latency, weight, ready, replicas)
     select application, environment, target, release,
            to_timestamp(floor(extract(epoch from clock_timestamp()) / seconds) * seconds),
            requests, errors, latency, weight, ready, replicas
       from jsonb_to_recordset($1::jsonb) as g (
            application text, environment text, target text, release text, seconds integer, requests bigint,
            errors bigint, latency jsonb, weight double precision, ready bigint, replicas bigint)
     on conflict (application, environment, target, release, at) do update set
       requests = traffic.requests + excluded.requests, errors = traffic.errors + excluded.errors,
       latency = case
         when (select count(*) from jsonb_object_keys(traffic.latency)) > $3 then traffic.latency
         else (select coalesce(jsonb_object_agg(le, n), '{}') from (
                select le, sum(n::bigint) as n
                  from (select * from jsonb_each_text(traffic.latency)
                        union all select * from jsonb_each_text(excluded.latency)) as each (le, n)
                 group by le) as sums)
         end,
       weight = excluded.weight, ready = excluded.ready, replicas = excluded.replicas`,
    [jsonb(growth), mostPruned, mostBounds],
  );
}
