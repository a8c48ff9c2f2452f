import { leaveRequests, openObjects, wakeObjects } from '../../engine/store.ts';
import type { Database, Sql } from '../../platform/db/types.ts';
import type { Json } from '../../platform/ids/types.ts';
import { batched } from './batch.ts';
import { listWatches } from './reads.ts';
import { type DeliveryKey, insertDeliveries } from './store.ts';
import type { TriggerState } from './types.ts';

/** A genuine webhook for a trigger. */
export type Delivery = DeliveryKey & {
  /** `application:shop` or `pipeline:nightly`. */
  readonly key: string;
  /** Name of the trigger in its pipeline. */
  readonly name: string;
  readonly type: string;
  readonly from: string;
  readonly event: { readonly [name: string]: Json };
  readonly requestId: string;
};

export type Taken = { readonly isDuplicate: boolean };

/** Deliveries that are written in one transaction. */
const mostAtOnce = 500;

/**
 * Takes deliveries: remembers each and leaves it for its trigger, in one transaction, before anybody is told that it was
 * taken. Those that come while one transaction is under way share the next.
 */
export const deliveryTaker = (db: Database): ((delivery: Delivery) => Promise<Taken>) =>
  batched((batch) => takeDeliveries(db, batch), mostAtOnce);

export async function takeDeliveries(
  db: Database,
  batch: readonly Delivery[],
): Promise<readonly Taken[]> {
  return await db.transaction(async (tx) => {
    const inserted = await insertDeliveries(tx, batch);
    const fresh = new Set(inserted.map(textOf));
    // The same delivery twice in one batch counts once too.
    const isFirst = batch.map((one) => fresh.delete(textOf(one)));
    const news = batch.filter((_, at) => isFirst[at]);
    // A source opens them with the document; one of a document older than this program is opened here.
    await openObjects(tx, [...new Set(news.map((one) => one.key))].map(newTrigger));
    await leaveRequests(tx, news.map(requestOf));
    return isFirst.map((first) => ({ isDuplicate: !first }));
  });
}

const textOf = ({ trigger, delivery }: DeliveryKey): string => JSON.stringify([trigger, delivery]);

const requestOf = ({ key, name, delivery, type, from, event, requestId }: Delivery) => ({
  objectId: `trigger/${key}`,
  action: 'webhook',
  actor: `webhook:${from}`,
  because: `${type} was delivered.`,
  payload: { trigger: name, delivery, type, event },
  requestId,
});

const empty: TriggerState = { pipeline: null, memory: {} };

const newTrigger = (key: string) => ({
  kind: 'trigger',
  key,
  phase: 'idle',
  state: empty as unknown as Json,
  because: 'Declared; not looked at yet.',
});

/** What a webhook of a repository says has moved. No repository means any; no branch means any. */
export type Moved = { readonly repositories: readonly string[]; readonly branch: string | null };

/** Makes triggers that watch a branch look at once. Gives the keys of those it concerned. */
export async function nudgeTriggers(
  sql: Sql,
  moved: Moved,
  identify: (address: string) => string,
): Promise<readonly string[]> {
  const meant = new Set(moved.repositories.map(identify));
  const watches = await listWatches(sql);
  const concerned = watches.filter(({ watch }) => {
    const at = watch.indexOf('#');
    const [repository, branch] = [watch.slice(0, at), watch.slice(at + 1)];
    return (
      (meant.size === 0 || meant.has(repository)) &&
      (moved.branch === null || moved.branch === branch)
    );
  });
  const keys = [...new Set(concerned.map((one) => one.key))];
  await wakeObjects(
    sql,
    keys.map((key) => `trigger/${key}`),
  );
  return keys;
}
