import type { IntentSpec, Status } from '../../../src/capabilities/fleet/types.ts';
import type { Target } from '../../../src/contract/kinds/target.ts';
import { isSameJson } from '../../../src/platform/ids/same-json.ts';
import type { Json } from '../../../src/platform/ids/types.ts';
import { jsonOf, plainOf, rawOf } from './plain.ts';
import type { Session, Statement } from './statement.ts';
import type { IntentRow, RolloutValues, Tables } from './tables.ts';

const at = (target: string, application: string): string => `${target}/${application}`;
const list = (value: unknown) => value as readonly string[];

const intents: readonly Statement[] = [
  {
    is: 'insert into target_revisions',
    run: (session, [targets]) => {
      for (const target of list(targets)) {
        if (!session.tables.revisions.rows.has(target))
          session.put(session.tables.revisions, target, 0);
      }
      return [];
    },
  },
  { is: 'select target from target_revisions', run: () => [] },
  {
    is: 'select target, environment from intents where application = $1 and environment <> $2',
    run: ({ tables }, [application, environment, targets]) =>
      list(targets)
        .toSorted()
        .flatMap((target) => {
          const row = tables.intents.rows.get(at(target, application as string));
          const isTaken = row && row.environment !== environment && row.spec.versions.length > 0;
          return isTaken ? [{ target, environment: row.environment }] : [];
        })
        .slice(0, 1),
  },
  {
    is: 'with input as (select distinct on (target)',
    run: (session, [application, environment, writtenBy, targets, specs, becauses]) => {
      const input = new Map<string, { readonly spec: IntentSpec; readonly because: string }>();
      for (const [n, target] of list(targets).entries()) {
        const spec = specOf(session.tables, (specs as readonly unknown[])[n]);
        input.set(target, { spec, because: list(becauses)[n] ?? '' });
      }
      const by = {
        application: application as string,
        environment: environment as string,
        writtenBy: writtenBy as string,
      };
      return [...input].flatMap(([target, next]) =>
        saveIntent(session, { target, ...by, ...next }) ? [{ target }] : [],
      );
    },
  },
  {
    is: 'select pg_notify($1, target)',
    run: (session, [channel, targets]) => {
      for (const target of list(targets)) session.notify(channel as string, target);
      return [];
    },
  },
  {
    is: 'select target from intents where application = $1 and environment = $2 order by target',
    run: ({ tables }, [application, environment]) =>
      [...tables.intents.rows.values()]
        .filter((row) => row.application === application && row.environment === environment)
        .map(({ target }) => ({ target }))
        .sort((a, b) => (a.target < b.target ? -1 : 1)),
  },
  {
    is: 'with now as (select coalesce((select revision from target_revisions',
    run: ({ tables }, [target, after, limit]) => {
      const revision = tables.revisions.rows.get(target as string) ?? 0;
      const from = (after as number) > revision ? 0 : (after as number);
      const newer: IntentRow[] = [];
      for (const row of tables.intents.rows.values())
        if (row.target === target && row.revision > from) newer.push(row);
      const found = newer
        .sort((a, b) => a.revision - b.revision)
        .slice(0, limit as number)
        .map(({ writtenBy: _, ...intent }) => intent);
      const spec = [...tables.documents.rows.values()].find(
        (row) => row.kind === 'Target' && row.name === target && !row.deleted,
      )?.spec as Target | undefined;
      return [{ revision, spec: spec ?? null, intents: found }];
    },
  },
];

/** What it asks to run is what the releases hold, and is shared with them: it is compared in every look. */
function specOf(tables: Tables, parameter: unknown): IntentSpec {
  const spec = rawOf<IntentSpec>(parameter);
  const versions = spec.versions.map(({ release }) => tables.releases.rows.get(release)?.content);
  return plainOf(spec, { versions }) as unknown as IntentSpec;
}

/** True when it says something else than before; only then generation and revision grow. */
function saveIntent(session: Session, next: Omit<IntentRow, 'generation' | 'revision'>): boolean {
  const { tables } = session;
  const key = at(next.target, next.application);
  const before = tables.intents.rows.get(key);
  if (
    before?.environment === next.environment &&
    isSameJson(next.spec, before.spec as unknown as Json)
  )
    return false;
  const revision = (tables.revisions.rows.get(next.target) ?? 0) + 1;
  session.put(tables.revisions, next.target, revision);
  const generation = (before?.generation ?? 0) + 1;
  session.put(tables.intents, key, { ...next, generation, revision });
  return true;
}

/** Seconds since the newest rollout began, unless it ended more than 5 minutes ago. */
function ageOf({ tables, now }: Session, application: string, environment: string): number | null {
  let newest: RolloutValues | null = null;
  for (const row of tables.rollouts.rows.values()) {
    if (row[1] !== application || row[2] !== environment) continue;
    if (newest === null || row[14] > newest[14]) newest = row;
  }
  if (newest === null) return null;
  const [terminal, startedAt, endedAt] = [newest[7], newest[14], newest[16]];
  if (terminal && (endedAt === null || Date.parse(endedAt) <= now() - 300_000)) return null;
  return (now() - Date.parse(startedAt)) / 1_000;
}

/** When any agent of a target was heard of last; -Infinity when none ever was. */
function lastSeen({ agents }: Tables, target: string): number {
  let last = Number.NEGATIVE_INFINITY;
  for (const { targets, lastSeenAt } of agents.rows.values())
    if (lastSeenAt !== null && lastSeenAt > last && targets.includes(target)) last = lastSeenAt;
  return last;
}

const statuses: readonly Statement[] = [
  {
    is: 'with before as (select last_seen_at from agents',
    run: (session, [name, version]) => {
      const row = session.tables.agents.rows.get(name as string);
      if (!row) return [];
      const now = session.now();
      const returned = row.lastSeenAt === null || row.lastSeenAt < now - 15_000;
      const seen = { ...row, lastSeenAt: now, version: version as string };
      session.put(session.tables.agents, row.name, seen);
      return [{ returned }];
    },
  },
  {
    is: 'select s.report from statuses s join unnest',
    run: ({ tables }, [targets, applications]) => {
      const found = [];
      for (const [n, target] of list(targets).entries()) {
        const row = tables.statuses.rows.get(at(target, list(applications)[n] ?? ''));
        if (row) found.push({ report: row.report });
      }
      return found;
    },
  },
  {
    is: 'insert into statuses',
    run: (session, [reports, agent]) => {
      const written = [];
      for (const one of reports as readonly unknown[]) {
        const report = { ...jsonOf<Status>(one), agent };
        const { target, application, environment, generation } = report;
        const key = at(target, application);
        const before = session.tables.statuses.rows.get(key);
        const intent = session.tables.intents.rows.get(key);
        if (intent?.environment !== environment || intent.generation < generation) continue;
        if (before && before.generation > generation) continue;
        const row = { target, application, environment, generation, report };
        session.put(session.tables.statuses, key, row);
        written.push({ target, application, age: ageOf(session, application, environment) });
      }
      return written;
    },
  },
  // Nobody in the simulated world looks at charts.
  { is: 'with old as (select ctid from traffic', run: () => [] },
  {
    is: 'with subjects as (select distinct * from unnest',
    run: ({ tables }, [applications, environments]) => {
      const ids = new Set<string>();
      for (const [n, application] of list(applications).entries()) {
        const environment = list(environments)[n];
        const isHere = (row: readonly unknown[]) =>
          row[1] === application && row[2] === environment;
        let active = 0;
        for (const row of tables.rollouts.rows.values()) {
          if (row[7] || !isHere(row)) continue;
          active += 1;
          ids.add(`rollout/${row[0]}`);
        }
        const mixed = [...tables.intents.rows.values()].some(
          (row) =>
            row.application === application &&
            row.environment === environment &&
            row.spec.versions.length > 1,
        );
        if (mixed && active === 0) ids.add(`delivery/${application}@${environment}`);
      }
      return [...ids].sort().map((id) => ({ id }));
    },
  },
  {
    is: 'select distinct application, environment from intents where target = any($1)',
    run: ({ tables }, [targets]) => {
      const found = new Map<string, { application: string; environment: string }>();
      for (const { target, application, environment } of tables.intents.rows.values()) {
        if (list(targets).includes(target))
          found.set(`${application}@${environment}`, { application, environment });
      }
      return [...found.values()];
    },
  },
  {
    is: 'select t.name, s.report as status',
    run: ({ tables, now }, [application, environment, targets, seconds]) =>
      list(targets).map((name) => {
        const key = at(name, application as string);
        const status = tables.statuses.rows.get(key);
        const intent = tables.intents.rows.get(key);
        const isHere = <Row extends { readonly environment: string }>(row: Row | undefined) =>
          row?.environment === environment ? row : undefined;
        const silentAt = lastSeen(tables, name) + (seconds as number) * 1_000;
        return {
          name,
          status: isHere(status)?.report ?? null,
          silentAt: Number.isFinite(silentAt) ? new Date(silentAt) : null,
          connected: silentAt > now(),
          generation: isHere(intent)?.generation ?? null,
          spec: isHere(intent)?.spec ?? null,
        };
      }),
  },
  {
    is: "select s.target, v ->> 'release' as release",
    run: ({ tables }, [targets, application]) =>
      list(targets)
        .flatMap((target) =>
          (tables.statuses.rows.get(at(target, application as string))?.report.versions ?? []).map(
            ({ release, counters }) => ({ target, release, counters }),
          ),
        )
        .sort((a, b) =>
          a.target === b.target ? (a.release < b.release ? -1 : 1) : a.target < b.target ? -1 : 1,
        ),
  },
];

export const fleetStatements: readonly Statement[] = [...intents, ...statuses];
