import type { Database } from '../../../src/platform/db/types.ts';

/** Tables whose rows say what shall run, who may ask, and what was decided. Observations and leases are not among them. */
const tables = [
  'documents',
  'releases',
  'quarantines',
  'stables',
  'rollouts',
  'intents',
  'tokens',
  'agents',
];

/** Columns that note a look and change nothing that anybody asked for. */
const noise: { readonly [table: string]: readonly string[] } = {
  tokens: ['last_used_at'],
  agents: ['last_seen_at', 'version'],
  rollouts: ['updated_at', 'because'],
};

/** From now on every change of those tables is noted with its transaction, in a schema beside the product's. */
export async function watchChanges(db: Database): Promise<void> {
  await db.query('create schema watch', []);
  await db.query('create table watch.changes (tx xid8, what text, before jsonb, after jsonb)', []);
  await db.query(
    `create function watch.note() returns trigger language plpgsql security definer as $$
     declare ignored text[] := string_to_array(tg_argv[0], ',');
     begin
       if tg_op = 'UPDATE' and to_jsonb(old) - ignored = to_jsonb(new) - ignored then return new; end if;
       insert into watch.changes values (pg_current_xact_id(), tg_op || ' ' || tg_table_name,
         case when tg_op = 'INSERT' then null else to_jsonb(old) end,
         case when tg_op = 'DELETE' then null else to_jsonb(new) end);
       return coalesce(new, old);
     end $$`,
    [],
  );
  for (const table of tables) {
    const ignored = (noise[table] ?? []).join(',');
    await db.query(
      `create trigger watched after insert or update or delete on ${table}
       for each row execute function watch.note('${ignored}')`,
      [],
    );
  }
}

export type Unaudited = {
  readonly what: string;
  readonly before: unknown;
  readonly after: unknown;
};

/** Changes whose transaction wrote no event. */
export async function changesWithoutEvent(db: Database): Promise<readonly Unaudited[]> {
  return await db.query<Unaudited>(
    `select what, before, after from watch.changes c
     where not exists (select 1 from events e where e.tx = c.tx)`,
    [],
  );
}
