import type { Sql } from '../platform/db/types.ts';
import { leaveRequest } from './store.ts';
import type { NewRequest, ObjectId } from './types.ts';

/**
 * Leaves a wish unless one with the same request id was left before, also when that was taken since: what is done at
 * least once asks once. Runs in the caller's transaction. False when there is no such object, or it was left before.
 */
export async function leaveRequestOnce(
  tx: Sql,
  request: NewRequest & { readonly requestId: string },
): Promise<boolean> {
  if (!(await lockObject(tx, request.objectId))) return false;
  if (await wasLeft(tx, request.objectId, request.requestId)) return false;
  await leaveRequest(tx, request);
  return true;
}

async function lockObject(tx: Sql, id: ObjectId): Promise<boolean> {
  const rows = await tx.query(`select 1 from objects where id = $1 for no key update`, [id]);
  return rows.length > 0;
}

async function wasLeft(tx: Sql, id: ObjectId, requestId: string): Promise<boolean> {
  const rows = await tx.query(
    `select 1 from requests where object_id = $1 and request_id = $2 limit 1`,
    [id, requestId],
  );
  return rows.length > 0;
}
