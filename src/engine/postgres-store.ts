import type { Database } from '../platform/db/types.ts';
import type { EngineStore } from './engine-store.ts';
import { claim, extendLeases, nextDue, readInbox, releaseLeases } from './store-claim.ts';
import { writeAll } from './store-write.ts';

/** The engine's store on PostgreSQL: the one that counts. Each method is one statement or one transaction. */
export function engineStore(db: Database): EngineStore {
  return {
    claim: (ask) => claim(db, ask),
    inbox: (ids) => readInbox(db, ids),
    write: (writes) => writeAll(db, writes),
    extend: (leases, duration) => extendLeases(db, leases, duration),
    release: (leases) => releaseLeases(db, leases),
    nextDue: (kinds) => nextDue(db, kinds),
  };
}
