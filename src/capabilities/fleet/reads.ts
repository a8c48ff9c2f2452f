import type { Target } from '../../contract/kinds/target.ts';
import type { Sql } from '../../platform/db/types.ts';
import type { Counters, Intent, IntentSpec, Status, TargetApplication } from './types.ts';

/** Seconds after its last report from which a target counts as not connected. */
export const connectionTimeoutSeconds = 15;

export type TargetRead = {
  readonly name: string;
  readonly status: Status | null;
  readonly connected: boolean;
  /** When it counts as not connected unless its agent is heard of again; null when none ever was. */
  readonly silentAt: Date | null;
  readonly intent: { readonly generation: number; readonly spec: IntentSpec } | null;
};

/** What these targets are asked to serve of one application and what they say they serve, in the order asked. */
export async function readTargetViews(
  sql: Sql,
  application: string,
  environment: string,
  targets: readonly string[],
): Promise<readonly TargetRead[]> {
  const rows = await sql.query<{
    name: string;
    status: Status | null;
    connected: boolean;
    silentAt: Date | null;
    generation: number | null;
    spec: IntentSpec | null;
  }>(
    `select t.name, s.report as status, i.generation, i.spec, a.silent_at as "silentAt",
       coalesce(a.silent_at > clock_timestamp(), false) as connected
     from unnest($3::text[]) with ordinality as t(name, n)
     cross join lateral (select max(last_seen_at) + make_interval(secs => $4) as silent_at
       from agents where targets @> array[t.name]) a
     left join statuses s on s.target = t.name and s.application = $1 and s.environment = $2
     left join intents i on i.target = t.name and i.application = $1 and i.environment = $2
     order by t.n`,
    [application, environment, targets, connectionTimeoutSeconds],
  );
  return rows.map(({ generation, spec, ...row }) => ({
    ...row,
    intent: generation === null || spec === null ? null : { generation: Number(generation), spec },
  }));
}

export type Followed = {
  readonly revision: number;
  readonly target: Target['spec'] | null;
  readonly intents: readonly Intent[];
};

/**
 * Intents of a target written after `after`, oldest first and at most `limit`, with the revision to go on from. An
 * `after` from the future (the database was restored from a backup) begins again from the start. One statement, so
 * that revision and intents are of one moment.
 */
export async function followIntents(
  sql: Sql,
  target: string,
  after: number,
  limit = 1000,
): Promise<Followed> {
  const [row] = await sql.query<{
    revision: number;
    spec: Target | null;
    intents: readonly Intent[];
  }>(
    `with now as (
       select coalesce((select revision from target_revisions where target = $1), 0) as revision
     ), found as (
       select i.* from intents i, now
       where i.target = $1 and i.revision > case when $2 > now.revision then 0 else $2 end
       order by i.revision limit $3
     )
     select now.revision,
       (select d.spec from documents d where d.kind = 'Target' and d.name = $1 and not d.deleted limit 1) as spec,
       coalesce((select json_agg(json_build_object('target', target, 'application', application,
         'environment', environment, 'generation', generation, 'revision', revision, 'spec', spec,
         'because', because) order by revision) from found), '[]') as intents
     from now`,
    [target, after, limit],
  );
  const intents = row?.intents ?? [];
  const current = Number(row?.revision ?? 0);
  const last = intents.at(-1)?.revision ?? current;
  return {
    revision: intents.length < limit ? current : last,
    target: row?.spec?.spec ?? null,
    intents,
  };
}

export type TargetSummary = {
  readonly name: string;
  readonly driver: string | null;
  readonly labels: { readonly [key: string]: string };
  readonly connected: boolean;
  readonly agent: string | null;
  readonly agentVersion: string | null;
  readonly lastSeenAt: Date | null;
  readonly revision: number;
  readonly applications: readonly {
    readonly application: string;
    readonly environment: string;
    readonly generation: number;
    readonly converged: boolean;
    readonly endpoint: string | null;
    readonly message: string;
  }[];
};

/**
 * Summaries of the targets named by the `page` of a statement; $1 is the connection timeout in seconds. `spec` is the
 * declared document.
 */
const summaries = `
  select p.name, d.spec, a.name as agent, a.version as "agentVersion", a.last_seen_at as "lastSeenAt",
    coalesce(a.last_seen_at > clock_timestamp() - make_interval(secs => $1), false) as connected,
    coalesce(r.revision, 0) as revision,
    coalesce((select json_agg(json_build_object('application', i.application, 'environment', i.environment,
        'generation', i.generation, 'converged', coalesce(s.converged and s.generation = i.generation, false),
        'endpoint', s.report ->> 'endpoint', 'message', coalesce(s.report ->> 'message', ''))
        order by i.application)
      from intents i left join statuses s using (target, application) where i.target = p.name), '[]') as applications
  from page p
  left join documents d on d.kind = 'Target' and d.name = p.name and not d.deleted
  left join target_revisions r on r.target = p.name
  left join lateral (select * from agents where targets @> array[p.name]
    order by last_seen_at desc nulls last limit 1) a on true`;

const names = `
  select name from documents where kind = 'Target' and not deleted
  union select target from target_revisions`;

type SummaryRow = Omit<TargetSummary, 'driver' | 'labels'> & { readonly spec: Target | null };

const toSummary = ({ spec, ...row }: SummaryRow): TargetSummary => ({
  ...row,
  revision: Number(row.revision),
  driver: spec?.spec.driver ?? null,
  labels: spec?.spec.labels ?? {},
});

/** Every target that is declared or was ever given an intent, by name, after `cursor`. */
export async function listTargets(
  sql: Sql,
  query: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<readonly TargetSummary[]> {
  const rows = await sql.query<SummaryRow>(
    `with names as (${names}), page as (
       select name from names where $2::text is null or name > $2 order by name limit $3
     ) ${summaries} order by p.name`,
    [connectionTimeoutSeconds, query.cursor ?? null, query.limit],
  );
  return rows.map(toSummary);
}

/** Null when no such target is declared or was ever given an intent. */
export async function readTarget(sql: Sql, name: string): Promise<TargetSummary | null> {
  const [row] = await sql.query<SummaryRow>(
    `with names as (${names}), page as (select name from names where name = $2) ${summaries}`,
    [connectionTimeoutSeconds, name],
  );
  return row ? toSummary(row) : null;
}

/** A target as a watcher keeps it; `digest` is of all of it but the time at which its agent was last heard of. */
export type WatchedTarget = { readonly digest: string; readonly summary: TargetSummary };
export type WatchedTargets = ReadonlyMap<string, WatchedTarget>;

/**
 * The first `limit` targets by name as they are now. What is as `known` has it is not sent again, so a look at many
 * targets that do nothing costs little.
 */
export async function watchTargets(
  sql: Sql,
  known: WatchedTargets,
  limit: number,
): Promise<WatchedTargets> {
  type Row = { name: string; digest: string; summary: SummaryRow | null };
  const rows = await sql.query<Row>(
    `with names as (${names}), page as (select name from names order by name limit $2
     ), found as (${summaries}
     ), digests as (
       select f.name, to_jsonb(f) as summary, md5((to_jsonb(f) - 'lastSeenAt')::text) as digest from found f
     )
     select d.name, d.digest, case when k.digest is distinct from d.digest then d.summary end as summary
     from digests d left join unnest($3::text[], $4::text[]) as k(name, digest) using (name) order by d.name`,
    [
      connectionTimeoutSeconds,
      limit,
      [...known.keys()],
      [...known.values()].map((one) => one.digest),
    ],
  );
  return new Map(
    rows.flatMap(({ name, digest, summary }) => {
      const before = known.get(name);
      if (summary === null) return before ? [[name, before] as const] : [];
      const lastSeenAt = summary.lastSeenAt && new Date(summary.lastSeenAt);
      return [[name, { digest, summary: toSummary({ ...summary, lastSeenAt }) }] as const];
    }),
  );
}

/** What a target is asked to serve and says it serves, by application, after `cursor`. */
export async function listTargetApplications(
  sql: Sql,
  target: string,
  query: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<readonly TargetApplication[]> {
  type Row = Omit<TargetApplication, 'status'> & {
    readonly report: Status | null;
    readonly reportedAt: Date | null;
  };
  const rows = await sql.query<Row>(
    `select i.application, i.environment, i.generation, i.because, i.updated_at as "updatedAt", i.spec,
       s.report, s.reported_at as "reportedAt"
     from intents i left join statuses s using (target, application)
     where i.target = $1 and ($2::text is null or i.application > $2)
     order by i.application limit $3`,
    [target, query.cursor ?? null, query.limit],
  );
  return rows.map(({ report, reportedAt, ...row }) => ({
    ...row,
    status: report && reportedAt ? { ...report, reportedAt } : null,
  }));
}

export type CountedRelease = {
  readonly target: string;
  readonly release: string;
  readonly counters: Counters;
};

/** Newest counters that agents reported of an application, for each release on each of these targets. */
export async function readCounters(
  sql: Sql,
  targets: readonly string[],
  application: string,
): Promise<readonly CountedRelease[]> {
  return await sql.query<CountedRelease>(
    `select s.target, v ->> 'release' as release, v -> 'counters' as counters
     from statuses s, jsonb_array_elements(s.report -> 'versions') v
     where s.application = $2 and s.target = any($1)
     order by s.target, release`,
    [targets, application],
  );
}
