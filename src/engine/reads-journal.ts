import type { Sql } from '../platform/db/types.ts';
import type { ObjectId } from './types.ts';

/** One decision as it is kept; what was seen and what was made of it are journal text. */
export type KeptDecision = {
  readonly id: number;
  readonly objectId: ObjectId;
  /** The generation that the decision made. */
  readonly generation: number;
  readonly at: Date;
  readonly snapshot: string;
  readonly decision: string;
};

/** Decisions of these objects in the order in which they were written, from after the one with this id. */
export async function readDecisions(
  sql: Sql,
  objects: readonly ObjectId[],
  page: { readonly after: number; readonly limit: number },
): Promise<readonly KeptDecision[]> {
  return await sql.query<KeptDecision>(
    `select id, object_id as "objectId", generation, at, snapshot, decision
       from decisions where object_id = any($1) and id > $2 order by id limit $3`,
    [objects, page.after, page.limit],
  );
}
