import { effectsChannel, objectsChannel } from '../../../src/engine/channels.ts';
import type { EffectOutcome } from '../../../src/engine/types.ts';
import type { Problem } from '../../../src/platform/errors/problem.ts';
import type { Json } from '../../../src/platform/ids/types.ts';
import { byWake, recordset, tell } from './engine-statements.ts';
import type { Session, Statement } from './statement.ts';
import type { EffectRow } from './tables.ts';

function change(session: Session, row: EffectRow, over: Partial<EffectRow>): void {
  session.put(session.tables.effects, row.id, { ...row, ...over });
}

/** The effect, when this attempt is the newest one and nothing was stored yet. */
function owned(session: Session, id: unknown, attempt: unknown): EffectRow | null {
  const row = session.tables.effects.rows.get(id as number);
  return row && row.attempts === attempt && row.doneAt === null ? row : null;
}

function allOwned(session: Session, ids: unknown, attempts: unknown): readonly EffectRow[] {
  const tries = attempts as readonly number[];
  return (ids as readonly number[]).flatMap((id, at) => owned(session, id, tries[at]) ?? []);
}

const running: readonly Statement[] = [
  {
    is: 'with due as (select id from effects',
    run: (session, [kinds, limit, duration]) => {
      const now = session.now();
      const due: EffectRow[] = [];
      for (const row of session.tables.effects.rows.values()) {
        const { wakeAt, kind } = row;
        if (wakeAt !== null && wakeAt <= now && (kinds as readonly string[]).includes(kind))
          due.push(row);
      }
      const until = now + (duration as number);
      return due
        .sort(byWake)
        .slice(0, limit as number)
        .map((row) => {
          const { id, key, objectId, kind, payload } = row;
          const attempt = row.attempts + 1;
          change(session, row, { attempts: attempt, leasedUntil: until, wakeAt: until });
          return { id, key, objectId, kind, payload, attempt, stopped: row.stopAt !== null };
        });
    },
  },
  {
    is: 'with objects_held as (',
    run: (session, [, ids, attempts, outcomes]) => {
      const objects = new Set<string>();
      const done = allOwned(session, ids, attempts).map((row) => {
        const text = (outcomes as readonly string[])[(ids as readonly number[]).indexOf(row.id)];
        const outcome: EffectOutcome['outcome'] = JSON.parse(text as string);
        const problem = outcome.ok ? null : outcome.problem;
        const ended = { doneAt: session.now(), wakeAt: null, leasedUntil: null };
        change(session, row, { outcome, problem, ...ended });
        objects.add(row.objectId);
        return { id: row.id };
      });
      for (const id of objects) {
        const object = session.tables.objects.rows.get(id);
        if (object) tell(session, object);
      }
      if (done.length > 0) session.notify(objectsChannel, '');
      return done;
    },
  },
  {
    is: 'update effects set problem = $3::jsonb',
    run: (session, [id, attempt, text, delay]) => {
      const row = owned(session, id, attempt);
      const problem: Problem = JSON.parse(text as string);
      const wakeAt = session.now() + (row?.stopAt === null ? (delay as number) : 0);
      if (row) change(session, row, { problem, leasedUntil: null, wakeAt });
      return [];
    },
  },
  {
    is: 'with held as (select e.id from effects e join',
    has: 'set leased_until = now() +',
    run: (session, [ids, attempts, duration]) =>
      allOwned(session, ids, attempts).map((row) => {
        const until = session.now() + (duration as number);
        change(session, row, { leasedUntil: until, wakeAt: until });
        return { id: row.id, stopped: row.stopAt !== null };
      }),
  },
  {
    is: 'with held as (select e.id from effects e join',
    has: 'set leased_until = null, wake_at = now()',
    run: (session, [ids, attempts]) => {
      for (const row of allOwned(session, ids, attempts))
        change(session, row, { leasedUntil: null, wakeAt: session.now() });
      return [];
    },
  },
  {
    is: 'select (extract(epoch from wake_at - clock_timestamp()) * 1000)::float8 as wait from effects',
    run: ({ tables, now }, [kinds]) => {
      const times = [...tables.effects.rows.values()].flatMap(({ wakeAt, kind }) =>
        wakeAt !== null && (kinds as readonly string[]).includes(kind) ? [wakeAt] : [],
      );
      return times.length === 0 ? [] : [{ wait: Math.min(...times) - now() }];
    },
  },
];

const inbox: readonly Statement[] = [
  {
    is: 'select e.object_id as "objectId"',
    run: ({ tables }, [ids, limit]) => {
      const found = [];
      for (const row of tables.effects.rows.values()) {
        if (row.doneAt === null || row.takenAt !== null) continue;
        const { objectId, id, key, kind, payload, outcome } = row;
        if ((ids as readonly string[]).includes(objectId))
          found.push({ objectId, id, key, kind, payload, outcome });
      }
      return firstOf(found, limit);
    },
  },
  {
    is: 'select r.object_id as "objectId"',
    run: ({ tables }, [ids, limit]) => {
      const found = [];
      for (const row of tables.requests.rows.values()) {
        if (row.takenAt !== null || !(ids as readonly string[]).includes(row.objectId)) continue;
        const { at, takenAt: _, ...request } = row;
        found.push({ ...request, at: new Date(at) });
      }
      return firstOf(found, limit);
    },
  },
];

/** The oldest of each object, and all of them in the order of their ids. */
function firstOf<Row extends { readonly id: number; readonly objectId: string }>(
  rows: readonly Row[],
  limit: unknown,
): readonly Row[] {
  if (rows.length === 0) return rows;
  const counts = new Map<string, number>();
  return rows
    .toSorted((a, b) => a.id - b.id)
    .filter(({ objectId }) => {
      const count = (counts.get(objectId) ?? 0) + 1;
      counts.set(objectId, count);
      return count <= (limit as number);
    });
}

const writing: readonly Statement[] = [
  {
    is: 'insert into requests',
    run: (session, [rows]) => {
      type New = {
        readonly object_id: string;
        readonly action: string;
        readonly actor: string;
        readonly because: string;
        readonly payload: { readonly [key: string]: Json };
        readonly request_id: string | null;
      };
      for (const row of recordset<New>(rows)) {
        const { action, actor, because, payload } = row;
        mustBeThere(session, row.object_id, 'requests');
        const id = session.nextId();
        const about = { id, objectId: row.object_id, requestId: row.request_id };
        const at = session.now();
        session.put(session.tables.requests, id, {
          ...about,
          ...{ action, actor, because, payload },
          at,
          takenAt: null,
        });
      }
      return [];
    },
  },
  {
    is: 'with inserted as (insert into effects',
    run: (session, [rows]) => {
      type New = {
        readonly key: string;
        readonly object_id: string;
        readonly kind: string;
        readonly payload: Json;
        readonly tag?: string;
      };
      for (const { key, object_id: objectId, kind, payload, tag } of recordset<New>(rows)) {
        mustBeThere(session, objectId, 'effects');
        for (const row of session.tables.effects.rows.values()) {
          if (row.key === key) throw new Error(`duplicate key of effects: ${key}`);
        }
        const id = session.nextId();
        const nothing = { leasedUntil: null, problem: null, outcome: null };
        session.put(session.tables.effects, id, {
          ...{ id, key, objectId, kind, payload, tag: tag ?? null, attempts: 0 },
          ...nothing,
          wakeAt: session.now(),
          doneAt: null,
          takenAt: null,
          stopAt: null,
        });
      }
      session.notify(effectsChannel, '');
      return [];
    },
  },
  {
    is: 'with held as (select e.id, e.attempts = 0 as unbegun',
    run: (session, [rows, text, channel, payload]) => {
      const outcome: EffectOutcome['outcome'] = JSON.parse(text as string);
      const now = session.now();
      const asked = recordset<{ readonly object_id: string; readonly tag: string }>(rows);
      const stopped = [...session.tables.effects.rows.values()].filter(
        ({ objectId, tag, doneAt, stopAt }) =>
          doneAt === null &&
          stopAt === null &&
          asked.some((one) => one.object_id === objectId && one.tag === tag),
      );
      if (stopped.length > 0) session.notify(channel as string, payload as string);
      return stopped.map((row) => {
        const ended = row.attempts === 0;
        const problem = outcome.ok ? null : outcome.problem;
        if (ended)
          change(session, row, { stopAt: now, outcome, problem, doneAt: now, wakeAt: null });
        else
          change(session, row, {
            stopAt: now,
            wakeAt: row.leasedUntil === null ? now : row.wakeAt,
          });
        return { objectId: row.objectId, ended };
      });
    },
  },
  {
    is: 'with outcomes as (',
    run: (session, [ids]) => {
      for (const id of ids as readonly number[]) {
        const row = session.tables.effects.rows.get(id);
        if (row && row.doneAt !== null && row.takenAt === null)
          change(session, row, { takenAt: session.now() });
      }
      return [];
    },
  },
  {
    is: 'update requests set taken_at = now()',
    run: (session, [ids]) => {
      for (const id of ids as readonly number[]) {
        const row = session.tables.requests.rows.get(id);
        if (row && row.takenAt === null)
          session.put(session.tables.requests, id, { ...row, takenAt: session.now() });
      }
      return [];
    },
  },
];

function mustBeThere({ tables }: Session, id: string, from: string): void {
  if (!tables.objects.rows.has(id)) throw new Error(`${from} refers to no object ${id}`);
}

export const effectStatements: readonly Statement[] = [...running, ...inbox, ...writing];
