import type { Database } from '../platform/db/types.ts';
import type { Problem } from '../platform/errors/problem.ts';
import { objectsChannel } from './channels.ts';
import type {
  ClaimedEffect,
  EffectLease,
  EffectStore,
  FinishedEffect,
  HeldEffect,
} from './engine-store.ts';

/** The outbox on PostgreSQL. `attempts` grows with every claim and fences off the ones before. */
export function effectStore(db: Database): EffectStore {
  return {
    claim: (kinds, limit, duration) => claimEffects(db, kinds, limit, duration),
    finish: (effects) => finishEffects(db, effects),
    retry: (effect, problem, delay) => retryEffect(db, effect, problem, delay),
    extend: (leases, duration) => extendEffects(db, leases, duration),
    release: (leases) => releaseEffects(db, leases),
    nextDue: (kinds) => nextEffectDue(db, kinds),
  };
}

function claimEffects(
  db: Database,
  kinds: readonly string[],
  limit: number,
  duration: number,
): Promise<readonly ClaimedEffect[]> {
  return db.query<ClaimedEffect>(
    `with due as (
       select id from effects
        where wake_at <= now() and kind = any($1)
        order by wake_at
        limit $2
          for no key update skip locked)
     update effects e
        set attempts = e.attempts + 1,
            leased_until = now() + $3 * interval '1 millisecond',
            wake_at = now() + $3 * interval '1 millisecond'
       from due where e.id = due.id
     returning e.id, e.key, e.object_id as "objectId", e.kind, e.payload, e.attempts as attempt,
               e.stop_at is not null as stopped`,
    [kinds, limit, duration],
  );
}

/** Locks the objects before the effects, each in order, as the engine's writes do, so that nobody waits in a circle. */
async function finishEffects(
  db: Database,
  effects: readonly FinishedEffect[],
): Promise<readonly number[]> {
  const rows = await db.query<{ id: number }>(
    `with objects_held as (
       select id from objects where id = any($1) order by id for no key update),
     held as (
       select e.id, e.attempts, o.id as object_id
         from effects e join objects_held o on o.id = e.object_id
        where e.id = any($2::bigint[]) and e.done_at is null
        order by e.id
          for no key update of e),
     done as (
       update effects e
          set outcome = f.outcome, done_at = clock_timestamp(), wake_at = null, leased_until = null,
              problem = f.outcome -> 'problem'
         from held h join unnest($2::bigint[], $3::integer[], $4::jsonb[]) as f (id, attempt, outcome)
              on f.id = h.id and f.attempt = h.attempts
        where e.id = h.id
       returning e.id, e.object_id),
     news as (
       update objects o
          set news = o.news + 1,
              wake_at = case when o.leased_until is null then now() else o.wake_at end
        where o.id in (select object_id from done))
     select id, pg_notify($5, '') from done`,
    [
      [...new Set(effects.map(({ objectId }) => objectId))],
      effects.map(({ id }) => id),
      effects.map(({ attempt }) => attempt),
      effects.map(({ outcome }) => JSON.stringify(outcome)),
      objectsChannel,
    ],
  );
  return rows.map(({ id }) => id);
}

async function retryEffect(
  db: Database,
  effect: EffectLease,
  problem: Problem,
  delay: number,
): Promise<void> {
  await db.query(
    `update effects
        set problem = $3::jsonb, leased_until = null,
            wake_at = case when stop_at is null then now() + $4 * interval '1 millisecond'
                           else now() end
      where id = $1 and attempts = $2 and done_at is null`,
    [effect.id, effect.attempt, JSON.stringify(problem), delay],
  );
}

async function extendEffects(
  db: Database,
  leases: readonly EffectLease[],
  duration: number,
): Promise<readonly HeldEffect[]> {
  return await db.query<HeldEffect>(
    `with held as (
       select e.id
         from effects e join unnest($1::bigint[], $2::integer[]) as l (id, attempt) on e.id = l.id
        where e.attempts = l.attempt and e.done_at is null
        order by e.id
          for no key update of e)
     update effects e
        set leased_until = now() + $3 * interval '1 millisecond',
            wake_at = now() + $3 * interval '1 millisecond'
       from held where e.id = held.id
     returning e.id, e.stop_at is not null as stopped`,
    [leases.map((each) => each.id), leases.map((each) => each.attempt), duration],
  );
}

async function releaseEffects(db: Database, leases: readonly EffectLease[]): Promise<void> {
  await db.query(
    `with held as (
       select e.id
         from effects e join unnest($1::bigint[], $2::integer[]) as l (id, attempt) on e.id = l.id
        where e.attempts = l.attempt and e.done_at is null
        order by e.id
          for no key update of e)
     update effects e
        set leased_until = null, wake_at = now()
       from held where e.id = held.id`,
    [leases.map((each) => each.id), leases.map((each) => each.attempt)],
  );
}

async function nextEffectDue(db: Database, kinds: readonly string[]): Promise<number | null> {
  const rows = await db.query<{ wait: number }>(
    `select (extract(epoch from wake_at - clock_timestamp()) * 1000)::float8 as wait
       from effects
      where wake_at is not null and kind = any($1)
      order by wake_at limit 1`,
    [kinds],
  );
  return rows[0]?.wait ?? null;
}
