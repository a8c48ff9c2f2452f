import type { ChannelSpec } from '../../contract/kinds/channel.ts';
import type { Sql } from '../../platform/db/types.ts';
import type { Json } from '../../platform/ids/types.ts';
import { metricLines } from './decide-figures.ts';
import type { ChannelEvent, Cursor, SubjectFacts } from './types.ts';

/** What a channel may be told of; empty lists let everything through. */
export type EventAsk = {
  /** Null: from now on. */
  readonly after: Cursor | null;
  readonly limit: number;
  readonly applications: readonly string[];
  readonly environments: readonly string[];
  /** Names, or beginnings with `*`. */
  readonly types: readonly string[];
};

export type EventsRead = {
  readonly events: readonly ChannelEvent[];
  readonly cursor: Cursor;
  readonly more: boolean;
  readonly unsettled: boolean;
};

type Row = Omit<ChannelEvent, 'at' | 'id'> & {
  readonly id: number | null;
  readonly at: Date;
  readonly tx: string;
  readonly horizon: string;
  readonly unsettled: boolean;
};

/**
 * Events after a cursor, in the order of (transaction, id), as the event stream reads them: only of transactions below the
 * oldest of this database that still runs, so that nothing can appear below the answer's cursor any more. `unsettled` says that there are
 * some above; those that are not committed yet announce themselves.
 */
export async function readChannelEvents(sql: Sql, ask: EventAsk): Promise<EventsRead> {
  const rows = await sql.query<Row>(
    `select s.horizon::text as horizon, exists (select 1 from events u where u.tx >= s.horizon) as unsettled,
            e.id, e.tx::text as tx, e.at, e.type, e.actor, e.object_id as object, e.application, e.environment,
            e.because, e.outcome, e.before, e.after
       from (select events_horizon() as horizon) s
       left join lateral (
            select * from events
             where $1::text is not null and tx < s.horizon and (tx, id) > ($1::xid8, $2::bigint)
               and ($3::text[] = '{}' or application = any($3)) and ($4::text[] = '{}' or environment = any($4))
               and ($5::text[] = '{}' or type like any($5))
             order by tx, id limit $6) e on true
      order by e.tx, e.id`,
    [
      ask.after?.tx ?? null,
      ask.after?.id ?? null,
      ask.applications,
      ask.environments,
      ask.types.map((type) => type.replaceAll('_', '\\_').replace(/\*$/, '%')),
      ask.limit,
    ],
  );
  const events = rows.flatMap(toEvent);
  const last = rows.at(-1);
  const isFull = ask.limit > 0 && events.length >= ask.limit;
  const horizon = { tx: last?.horizon ?? '0', id: 0 };
  const cursor = isFull && last ? { tx: last.tx, id: last.id ?? 0 } : laterOf(horizon, ask.after);
  return { events, cursor, more: isFull, unsettled: last?.unsettled ?? false };
}

/** A database that was restored counts transactions anew below; a cursor never goes back by itself. */
function laterOf(horizon: Cursor, after: Cursor | null): Cursor {
  return after !== null && BigInt(after.tx) > BigInt(horizon.tx) ? after : horizon;
}

function toEvent({
  id,
  tx: _tx,
  horizon: _horizon,
  unsettled: _,
  at,
  ...rest
}: Row): ChannelEvent[] {
  return id === null ? [] : [{ ...rest, id, at: at.toISOString() }];
}

type RolloutRow = Omit<Extract<SubjectFacts, { readonly is: 'rollout' }>, 'is'>;

/** What the rows say of rollouts now, by id. */
export async function readRolloutFacts(
  sql: Sql,
  ids: readonly string[],
): Promise<readonly SubjectFacts[]> {
  if (ids.length === 0) return [];
  const rows = await sql.query<RolloutRow>(
    `select r.id, r.phase, r.terminal, r.because, r.application, r.environment, r.release, r.stable, r.weight, r.wave,
            r.waves, c.commit, c.subject as message, c.author
       from rollouts r left join releases c on c.id = r.release
      where r.id = any($1)`,
    [ids],
  );
  return rows.map((row) => ({ is: 'rollout', ...row }));
}

type RunRow = Omit<Extract<SubjectFacts, { readonly is: 'run' }>, 'is'>;

/** What the rows say of runs now, by id. */
export async function readRunFacts(
  sql: Sql,
  ids: readonly string[],
): Promise<readonly SubjectFacts[]> {
  if (ids.length === 0) return [];
  const rows = await sql.query<RunRow>(
    `select id, phase, terminal, because, application, pipeline, release, commit, actor, trigger, awaiting, done, steps
       from runs where id = any($1)`,
    [ids],
  );
  return rows.map((row) => ({ is: 'run', ...row }));
}

/** Figures of the analyses of rollouts, by rollout: what their metrics saw, for those that have something to explain. */
export async function readFigures(
  sql: Sql,
  ids: readonly string[],
): Promise<{ readonly [rollout: string]: readonly string[] }> {
  if (ids.length === 0) return {};
  const rows = await sql.query<{ rollout: string; metrics: Json }>(
    `select r.key as rollout, jsonb_agg(jsonb_build_object(
              'name', m #>> '{metric,name}', 'phase', m -> 'phase', 'successes', m -> 'successes',
              'failures', m -> 'failures', 'inconclusives', m -> 'inconclusives', 'errors', m -> 'errors',
              'last', m #> '{recent,-1}') order by u.n, m #>> '{metric,name}') as metrics
       from objects r
      cross join lateral jsonb_array_elements(r.state -> 'analyses') with ordinality as u (use, n)
       join objects a on a.id = 'analysis/' || (u.use ->> 'key')
      cross join lateral jsonb_array_elements(a.state -> 'metrics') m
      where r.id = any($1) and jsonb_typeof(r.state -> 'analyses') = 'array'
      group by r.key`,
    [ids.map((id) => `rollout/${id}`)],
  );
  return Object.fromEntries(
    rows.map((row) => [`rollout/${row.rollout}`, metricLines(row.metrics)]),
  );
}

/** The declared channels, as last declared well, by name. */
export async function listChannels(
  sql: Sql,
): Promise<readonly { readonly name: string; readonly spec: ChannelSpec }[]> {
  return await sql.query<{ name: string; spec: ChannelSpec }>(
    `select distinct on (name) name, spec -> 'spec' as spec from documents
      where kind = 'Channel' and not deleted and spec is not null
      order by name, repository`,
  );
}

/** Ids of the objects of channels that are there, declared or not: some have yet to see that they are removed. */
export async function listOpenChannels(sql: Sql): Promise<readonly string[]> {
  const rows = await sql.query<{ id: string }>(
    `select id from objects where kind = 'channel' order by id`,
  );
  return rows.map((row) => row.id);
}
