import type { Sql } from '../../platform/db/types.ts';

export type DeliveryKey = {
  /** `PIPELINE/TRIGGER`, with `@APPLICATION` for that of an application. */
  readonly trigger: string;
  readonly delivery: string;
};

/** Remembers deliveries; gives those that were not known. Rows are written in one order, so that two servers never wait in a circle. */
export async function insertDeliveries(
  tx: Sql,
  keys: readonly DeliveryKey[],
): Promise<readonly DeliveryKey[]> {
  return await tx.query<DeliveryKey>(
    `insert into webhook_deliveries (trigger, delivery)
     select d.trigger, d.delivery
       from unnest($1::text[], $2::text[]) as d (trigger, delivery)
      group by d.trigger, d.delivery
      order by d.trigger, d.delivery
         on conflict do nothing
     returning trigger, delivery`,
    [keys.map((one) => one.trigger), keys.map((one) => one.delivery)],
  );
}

/** Forgets some of the deliveries that are older than thirty days, oldest first; passes over those that another forgets. */
export async function pruneDeliveries(tx: Sql, most: number): Promise<number> {
  const rows = await tx.query(
    `with old as (
       select trigger, delivery from webhook_deliveries
        where received_at < now() - interval '30 days'
        order by received_at
        limit $1
          for update skip locked)
     delete from webhook_deliveries d using old
      where d.trigger = old.trigger and d.delivery = old.delivery
     returning 1`,
    [most],
  );
  return rows.length;
}
