import type { SimulatedDatabase } from './database/database.ts';
import type { DocumentRow, EventRow, IntentRow } from './database/tables.ts';
import type { Hits } from './hits.ts';
import { checkDocument, checkIntent } from './invariants/documents.ts';
import { freezeChecks } from './invariants/freezes.ts';
import { checkOwner } from './invariants/neighbours.ts';
import { type Change, type Report, rowsOf } from './invariants/types.ts';

/** Looks at what one transaction did to documents and intents, and to rollouts in a freeze. */
export function moreChecks(
  db: SimulatedDatabase,
  now: () => number,
  { hit }: Hits,
): (change: Change, report: Report) => void {
  const freezes = freezeChecks(db.tables, hit);
  return (change, report) => {
    for (const { before, after } of rowsOf<DocumentRow>(change, 'documents')) {
      freezes.declare(after);
      checkDocument(before, after, report);
    }
    for (const { after } of rowsOf<IntentRow>(change, 'intents')) {
      checkIntent(after, report);
      checkOwner(change.tables, after, report);
    }
    for (const { after } of rowsOf<EventRow>(change, 'events')) {
      const { type, because } = after;
      freezes.hear(after);
      if (type === 'rollout.copyGivenUp') hit('copyGivenUp');
      if (because.includes('compared with a fresh copy')) hit('copyCompared');
      if (type === 'document.refused') hit('documentRefused');
      if (type === 'document.changed' && because.includes(' mended ')) hit('documentMended');
    }
    freezes.check(change, now(), report);
  };
}
