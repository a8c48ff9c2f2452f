import { eventsChannel, objectsChannel } from '../../../src/engine/channels.ts';
import type { Problem } from '../../../src/platform/errors/problem.ts';
import type { Json } from '../../../src/platform/ids/types.ts';
import { jsonOf, plainOf, rawOf } from './plain.ts';
import type { Session, Statement } from './statement.ts';
import type { EventRow, ObjectRow } from './tables.ts';

/** Rows that a statement takes as one JSON array. */
export const recordset = <Row>(rows: unknown): readonly Row[] => jsonOf<readonly Row[]>(rows);

export const when = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));
const msOf = (text: string | null): number | null => (text === null ? null : Date.parse(text));

export function change(session: Session, row: ObjectRow, over: Partial<ObjectRow>): void {
  session.put(session.tables.objects, row.id, { ...row, ...over });
}

/** News: due at once, or as soon as the worker that has it in hand has written. */
export function tell(session: Session, row: ObjectRow): void {
  const wakeAt = row.leasedUntil === null ? session.now() : row.wakeAt;
  change(session, row, { news: row.news + 1, wakeAt });
}

/** Where a statement orders by time alone, PostgreSQL may give equal times in any order; here the order is fixed. */
export const byWake = (
  a: { readonly wakeAt: number | null; readonly id: string | number },
  b: { readonly wakeAt: number | null; readonly id: string | number },
): number => (a.wakeAt ?? 0) - (b.wakeAt ?? 0) || (a.id < b.id ? -1 : 1);

const view = (row: ObjectRow) => ({
  id: row.id,
  kind: row.kind,
  key: row.key,
  generation: row.generation,
  schema: row.schema,
  phase: row.phase,
  terminal: row.terminal,
  because: row.because,
  state: row.state,
});

function held(session: Session, ids: unknown, leases: unknown): readonly ObjectRow[] {
  const names = leases as readonly string[];
  const found: ObjectRow[] = [];
  for (const [at, id] of (ids as readonly string[]).entries()) {
    const row = session.tables.objects.rows.get(id);
    if (row && row.leasedBy === names[at]) found.push(row);
  }
  return found;
}

const claiming: readonly Statement[] = [
  {
    is: 'with due as (select id from objects',
    run: (session, [kinds, lease, limit, duration]) => {
      const now = session.now();
      const due: ObjectRow[] = [];
      for (const row of session.tables.objects.rows.values()) {
        if (row.wakeAt !== null && row.wakeAt <= now && (kinds as string[]).includes(row.kind))
          due.push(row);
      }
      const until = now + (duration as number);
      return due
        .sort(byWake)
        .slice(0, limit as number)
        .map((row) => {
          change(session, row, { leasedBy: lease as string, leasedUntil: until, wakeAt: until });
          const { news, failures } = row;
          return { ...view(row), news, failures, lease, now: new Date(now) };
        });
    },
  },
  {
    is: 'with held as (select o.id from objects o',
    has: 'set leased_until = now() +',
    run: (session, [ids, leases, duration]) =>
      held(session, ids, leases).map((row) => {
        const until = session.now() + (duration as number);
        change(session, row, { leasedUntil: until, wakeAt: until });
        return { id: row.id };
      }),
  },
  {
    is: 'with held as (select o.id from objects o',
    has: 'set leased_by = null',
    run: (session, [ids, leases]) => {
      for (const row of held(session, ids, leases))
        change(session, row, { leasedBy: null, leasedUntil: null, wakeAt: session.now() });
      return [];
    },
  },
  {
    is: 'select (extract(epoch from wake_at - clock_timestamp()) * 1000)::float8 as wait from objects',
    run: ({ tables, now }, [kinds]) => {
      let least: number | null = null;
      for (const { wakeAt, kind } of tables.objects.rows.values()) {
        if (wakeAt === null || !(kinds as string[]).includes(kind)) continue;
        if (least === null || wakeAt < least) least = wakeAt;
      }
      return least === null ? [] : [{ wait: least - now() }];
    },
  },
];

const opening: readonly Statement[] = [
  {
    is: 'with opened as (insert into objects',
    run: (session, [rows, channel]) => {
      type New = Pick<ObjectRow, 'id' | 'kind' | 'key' | 'schema' | 'phase' | 'because' | 'state'>;
      const now = session.now();
      let opened = 0;
      for (const { wake_at, ...row } of recordset<New & { wake_at: string | null }>(rows)) {
        if (session.tables.objects.rows.has(row.id)) continue;
        opened += 1;
        session.put(session.tables.objects, row.id, {
          ...row,
          generation: 0,
          terminal: false,
          wakeAt: msOf(wake_at) ?? now,
          news: 0,
          leasedBy: null,
          leasedUntil: null,
          failures: 0,
          problem: null,
          createdAt: now,
          updatedAt: now,
        });
      }
      if (opened > 0) session.notify(channel as string, '');
      return [];
    },
  },
  {
    is: 'with news as (select id from objects',
    run: (session, [ids]) => {
      let woken = 0;
      for (const id of new Set(ids as readonly string[])) {
        const row = session.tables.objects.rows.get(id);
        if (!row) continue;
        tell(session, row);
        woken += 1;
      }
      if (woken > 0) session.notify(objectsChannel, '');
      return [];
    },
  },
  {
    is: 'with written as (insert into events',
    run: (session, [rows]) => {
      type New = Omit<EventRow, 'id' | 'at' | 'objectId' | 'requestId'> & {
        readonly object_id: string | null;
        readonly request_id: string | null;
      };
      for (const { object_id, request_id, ...row } of recordset<New>(rows)) {
        const id = session.nextId();
        const at = session.now();
        session.put(session.tables.events, id, {
          id,
          at,
          type: row.type,
          actor: row.actor,
          objectId: object_id,
          application: row.application,
          environment: row.environment,
          because: row.because,
          outcome: row.outcome,
          before: row.before,
          after: row.after,
          requestId: request_id,
        });
      }
      session.notify(eventsChannel, '');
      return [];
    },
  },
];

/** Rows of an update that are still of the generation that was claimed. */
function live<Row extends { readonly id: string; readonly generation: number }>(
  session: Session,
  rows: unknown,
): readonly (readonly [ObjectRow, Row])[] {
  const found: (readonly [ObjectRow, Row])[] = [];
  for (const next of rawOf<readonly Row[]>(rows)) {
    const row = session.tables.objects.rows.get(next.id);
    if (row && row.generation === next.generation)
      found.push([row, plainOf(next, { state: row.state }) as unknown as Row]);
  }
  return found;
}

type Seen = { readonly id: string; readonly generation: number; readonly news: number };
const free = { leasedBy: null, leasedUntil: null };

const writing: readonly Statement[] = [
  {
    is: 'select id, generation, leased_by as lease from objects',
    run: ({ tables }, [ids]) => {
      const found = [];
      for (const id of (ids as readonly string[]).toSorted()) {
        const row = tables.objects.rows.get(id);
        if (row) found.push({ id, generation: row.generation, lease: row.leasedBy });
      }
      return found;
    },
  },
  {
    is: 'update objects o set generation = o.generation + 1',
    run: (session, [rows]) => {
      type Next = Seen &
        Pick<ObjectRow, 'schema' | 'phase' | 'terminal' | 'because' | 'state'> & {
          readonly wake_at: string | null;
        };
      const now = session.now();
      return live<Next>(session, rows).map(([row, next]) => {
        const { schema, phase, terminal, because, state } = next;
        session.put(session.tables.objects, row.id, {
          ...row,
          generation: row.generation + 1,
          schema,
          phase,
          terminal,
          because,
          state,
          wakeAt: row.news > next.news ? now : msOf(next.wake_at),
          leasedBy: null,
          leasedUntil: null,
          failures: 0,
          problem: null,
          updatedAt: now,
        });
        return { id: row.id };
      });
    },
  },
  {
    is: 'update objects o set wake_at = case when o.news > d.news then now() else d.wake_at end, leased_by = null',
    run: (session, [rows]) => {
      type Next = Seen & { readonly wake_at: string | null };
      for (const [row, next] of live<Next>(session, rows)) {
        const wakeAt = row.news > next.news ? session.now() : msOf(next.wake_at);
        change(session, row, { wakeAt, ...free });
      }
      return [];
    },
  },
  {
    is: 'update objects o set failures = o.failures + 1',
    run: (session, [rows]) => {
      type Next = Seen & {
        readonly problem: Problem;
        readonly because: string;
        readonly delay: number;
      };
      const now = session.now();
      for (const [row, { news, problem, because, delay }] of live<Next>(session, rows)) {
        const wakeAt = row.news > news ? now : now + delay;
        const failures = row.failures + 1;
        change(session, row, { failures, problem, because, wakeAt, updatedAt: now, ...free });
      }
      return [];
    },
  },
];

const reading: readonly Statement[] = [
  {
    is: 'select id, kind, key, generation, schema, phase, terminal, because, state, wake_at as "wakeAt"',
    has: 'from objects where id = $1',
    run: ({ tables }, [id]) => {
      const row = tables.objects.rows.get(id as string);
      if (!row) return [];
      const { failures, problem } = row;
      const times = { createdAt: new Date(row.createdAt), updatedAt: new Date(row.updatedAt) };
      return [{ ...view(row), wakeAt: when(row.wakeAt), failures, problem, ...times }];
    },
  },
  {
    is: "select key, state from objects where kind = 'analysis' and key = any($1)",
    run: ({ tables }, [keys]) =>
      (keys as readonly string[]).toSorted().flatMap((key): { key: string; state: Json }[] => {
        const row = tables.objects.rows.get(`analysis/${key}`);
        return row ? [{ key, state: row.state }] : [];
      }),
  },
  {
    is: 'select state from objects where id = $1',
    run: ({ tables }, [id]) => {
      const row = tables.objects.rows.get(id as string);
      return row ? [{ state: row.state }] : [];
    },
  },
];

export const engineStatements: readonly Statement[] = [
  ...claiming,
  ...opening,
  ...writing,
  ...reading,
];
