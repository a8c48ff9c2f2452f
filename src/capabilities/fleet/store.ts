import { intentsChannel } from '../../engine/channels.ts';
import { wakeObjects } from '../../engine/store.ts';
import { jsonb } from '../../platform/db/jsonb.ts';
import type { Sql } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import { decideGrowth } from './decide-growth.ts';
import { saveTraffic } from './store-traffic.ts';
import { type IntentSpec, type Status, trafficWidth, type VersionStatus } from './types.ts';

export type IntentWriter = {
  readonly application: string;
  readonly environment: string;
  /** Object id of what decided it. */
  readonly writtenBy: string;
};

export type NewIntent = {
  readonly target: string;
  readonly spec: IntentSpec;
  readonly because: string;
};

/**
 * Writes what targets shall serve of one application and wakes the agents that follow them. The generation of an intent
 * grows only when it really changed, so writing the same again disturbs nobody.
 * Call it inside a transaction: the targets' revisions stay locked (in sorted order, so that two writers cannot
 * deadlock) until it commits, which is what lets a follower trust that no lower revision appears later.
 */
export async function writeIntents(
  tx: Sql,
  writer: IntentWriter,
  rows: readonly NewIntent[],
): Promise<void> {
  if (rows.length === 0) return;
  const targets = [...new Set(rows.map((row) => row.target))].sort();
  await lockRevisions(tx, targets);
  await refuseTaken(tx, writer, targets);
  const changed = await upsertIntents(tx, writer, rows);
  await notifyTargets(tx, changed);
}

async function lockRevisions(tx: Sql, targets: readonly string[]): Promise<void> {
  await tx.query(
    `insert into target_revisions (target)
     select name from unnest($1::text[]) as t(name) order by name
     on conflict (target) do nothing`,
    [targets],
  );
  await tx.query(
    `select target from target_revisions where target = any($1) order by target for update`,
    [targets],
  );
}

/** A target that serves the application for another environment is not taken from it: TG1505 until that one let go. */
async function refuseTaken(
  tx: Sql,
  { application, environment }: IntentWriter,
  targets: readonly string[],
): Promise<void> {
  const [taken] = await tx.query<{ target: string; environment: string }>(
    `select target, environment from intents
     where application = $1 and environment <> $2 and target = any($3) and spec -> 'versions' <> '[]'
     order by target limit 1`,
    [application, environment, targets],
  );
  if (!taken) return;
  fail('TG1505', {
    detail: `Target ${taken.target} serves ${application} for ${taken.environment}; ${environment} names it too.`,
  });
}

/** Returns the targets whose intent changed. */
async function upsertIntents(
  tx: Sql,
  writer: IntentWriter,
  rows: readonly NewIntent[],
): Promise<readonly string[]> {
  const written = await tx.query<{ target: string }>(
    `with input as (
       select distinct on (target) target, spec, because
       from unnest($4::text[], $5::text[]::jsonb[], $6::text[]) with ordinality as t(target, spec, because, n)
       order by target, n desc
     ), changed as (
       select i.* from input i left join intents o on o.target = i.target and o.application = $1
       where o.spec is distinct from i.spec or o.environment is distinct from $2
     ), bumped as (
       update target_revisions r set revision = r.revision + 1 from changed c where r.target = c.target
       returning r.target, r.revision
     )
     insert into intents (target, application, environment, generation, revision, spec, written_by, because)
     select c.target, $1, $2, 1, b.revision, c.spec, $3, c.because from changed c join bumped b using (target)
     on conflict (target, application) do update set
       environment = excluded.environment, generation = intents.generation + 1, revision = excluded.revision,
       spec = excluded.spec, written_by = excluded.written_by, because = excluded.because,
       updated_at = clock_timestamp()
     returning target`,
    [
      writer.application,
      writer.environment,
      writer.writtenBy,
      rows.map((row) => row.target),
      rows.map((row) => jsonb(row.spec)),
      rows.map((row) => row.because),
    ],
  );
  return written.map((row) => row.target);
}

/** Wakes whoever follows these targets: call it also when a Target's own document changed. */
export async function notifyTargets(tx: Sql, targets: readonly string[]): Promise<void> {
  if (targets.length === 0) return;
  await tx.query(`select pg_notify($1, target) from unnest($2::text[]) as t(target)`, [
    intentsChannel,
    targets,
  ]);
}

/**
 * Notes that an agent was heard of. True when it had been silent for longer than the connection timeout (or was
 * never heard of): then a rollout that waits for its targets has something to see.
 */
export async function touchAgent(tx: Sql, name: string, version: string): Promise<boolean> {
  const [row] = await tx.query<{ returned: boolean }>(
    `with before as (select last_seen_at from agents where name = $1 for update)
     update agents a set last_seen_at = clock_timestamp(), version = $2 from before b where a.name = $1
     returning (b.last_seen_at is null or b.last_seen_at < clock_timestamp() - interval '15 seconds') as returned`,
    [name, version],
  );
  return row?.returned ?? false;
}

type Subject = { readonly application: string; readonly environment: string };

/**
 * Keeps what an agent says its targets serve. A report that speaks of an older generation than the one stored is
 * late and is dropped, and so is one of what no intent asks for: an application or environment that is not there, a
 * generation that was never written, which would make every later report a late one. Whoever waits for these
 * applications is woken, but only when something other than request counters changed: counters change all the time and
 * are read by analyses at their own pace. What the counters grew by is kept while a rollout makes it worth a look.
 */
export async function saveStatuses(
  tx: Sql,
  agent: string,
  statuses: readonly Status[],
): Promise<void> {
  if (statuses.length === 0) return;
  const sorted = [...new Map(statuses.map((one) => [keyOf(one), one])).values()];
  sorted.sort((a, b) => compare(keyOf(a), keyOf(b)));
  const before = await lockStatuses(tx, sorted);
  const written = await upsertStatuses(tx, agent, sorted);
  const changed = sorted.filter((after) => {
    const old = before.get(keyOf(after));
    return written.has(keyOf(after)) && (!old || !saysSame(old, after));
  });
  const growth = sorted.flatMap((after) => {
    const age = written.get(keyOf(after)) ?? null;
    if (age === null) return [];
    const seconds = trafficWidth(age);
    return decideGrowth(before.get(keyOf(after)), after).map((one) => ({ ...one, seconds }));
  });
  await saveTraffic(tx, growth);
  await wakeSubjects(tx, changed);
}

/**
 * Wakes the rollouts under way of these (application, environment) pairs. Without one, their deliveries are woken where
 * a target is still asked for more than one version: it was away, or not ready, when the rollout ended, and the
 * delivery lets the version from before go as soon as the stable one is ready there. Else what a target says is no
 * news to a delivery.
 */
export async function wakeSubjects(tx: Sql, subjects: readonly Subject[]): Promise<void> {
  if (subjects.length === 0) return;
  const rows = await tx.query<{ id: string }>(
    `with subjects as (
       select distinct * from unnest($1::text[], $2::text[]) as t(application, environment)
     ), active as (
       select r.id, application, environment from rollouts r join subjects using (application, environment)
       where not r.terminal)
     select 'rollout/' || id as id from active
     union
     select 'delivery/' || application || '@' || environment from intents join subjects using (application, environment)
     where jsonb_array_length(spec -> 'versions') > 1
       and not exists (select 1 from active a where a.application = intents.application
                          and a.environment = intents.environment)
     order by id`,
    [subjects.map((one) => one.application), subjects.map((one) => one.environment)],
  );
  await wakeObjects(
    tx,
    rows.map((row) => row.id),
  );
}

/** The pairs that have an intent on one of these targets. */
export async function subjectsOf(tx: Sql, targets: readonly string[]): Promise<readonly Subject[]> {
  return await tx.query<Subject>(
    `select distinct application, environment from intents where target = any($1)`,
    [targets],
  );
}

/** A statement of its own: within one statement PostgreSQL would lock after it has written, and then see nothing. */
async function lockStatuses(
  tx: Sql,
  statuses: readonly Status[],
): Promise<ReadonlyMap<string, Status>> {
  const rows = await tx.query<{ report: Status }>(
    `select s.report from statuses s
     join unnest($1::text[], $2::text[]) as t(target, application) using (target, application)
     order by s.target, s.application for update of s`,
    [statuses.map((one) => one.target), statuses.map((one) => one.application)],
  );
  return new Map(rows.map(({ report }) => [keyOf(report), report]));
}

/**
 * Returns the keys of those that were written, which late ones are not, each with the age in seconds of the rollout whose
 * traffic is kept: the newest, unless it ended more than 5 minutes ago.
 */
async function upsertStatuses(
  tx: Sql,
  agent: string,
  statuses: readonly Status[],
): Promise<ReadonlyMap<string, number | null>> {
  const rows = await tx.query<{ target: string; application: string; age: number | null }>(
    `insert into statuses (target, application, environment, generation, converged, report, reported_at)
     select i.target, i.application, i.environment, (report ->> 'generation')::bigint, (report ->> 'converged')::boolean,
            report || jsonb_build_object('agent', $2::text), clock_timestamp()
     from unnest($1::text[]::jsonb[]) with ordinality as t(report, n)
     join intents i on i.target = report ->> 'target' and i.application = report ->> 'application'
      and i.environment = report ->> 'environment' and i.generation >= (report ->> 'generation')::bigint
     order by n
     on conflict (target, application) do update set
       environment = excluded.environment, generation = excluded.generation, converged = excluded.converged,
       report = excluded.report, reported_at = excluded.reported_at
     where statuses.generation <= excluded.generation
     returning target, application, (
       select extract(epoch from clock_timestamp() - r.started_at)::float8
         from (select terminal, started_at, ended_at from rollouts
                where application = statuses.application and environment = statuses.environment
                order by started_at desc limit 1) r
        where not r.terminal or r.ended_at > clock_timestamp() - interval '5 minutes') as age`,
    [statuses.map(jsonb), agent],
  );
  return new Map(rows.map((row) => [keyOf(row), row.age]));
}

const keyOf = (one: { readonly target: string; readonly application: string }): string =>
  `${one.target}/${one.application}`;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Whether two statuses of one target and application differ in no more than counters and the agent's clock. */
function saysSame(a: Status, b: Status): boolean {
  return (
    a.environment === b.environment &&
    a.generation === b.generation &&
    a.converged === b.converged &&
    a.endpoint === b.endpoint &&
    a.previewEndpoint === b.previewEndpoint &&
    a.message === b.message &&
    a.versions.length === b.versions.length &&
    a.versions.every((one, at) => servesSame(one, b.versions[at]))
  );
}

const servesSame = (a: VersionStatus, b: VersionStatus | undefined): boolean =>
  a.release === b?.release &&
  a.replicas === b.replicas &&
  a.ready === b.ready &&
  a.weight === b.weight &&
  a.message === b.message;
