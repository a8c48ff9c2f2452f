import { journalValue } from '../../engine/journal.ts';
import { type KeptDecision, readDecisions } from '../../engine/reads-journal.ts';
import type { Decision } from '../../engine/types.ts';
import type { Sql } from '../../platform/db/types.ts';
import type { AnalysisState } from '../analysis/types.ts';
import type { AnalysisLook, RecordedLook } from './types.ts';

/** Decisions read at once: each takes about half a millisecond, which holds up whatever else the process does. */
const page = 20;

/** Recorded looks of these analyses in the order in which they were decided, read page by page; `most` in all. */
export async function* readLooks(
  sql: Sql,
  keys: readonly string[],
  most: number,
): AsyncGenerator<RecordedLook> {
  const objects = keys.map((key) => `analysis/${key}`);
  const begun = new Set<string>();
  for (let after = 0, read = 0; objects.length > 0 && read < most; ) {
    const limit = Math.min(page, most - read);
    const kept = await readDecisions(sql, objects, { after, limit });
    for (const one of kept) {
      yield toLook(one, !begun.has(one.objectId));
      begun.add(one.objectId);
    }
    const last = kept.at(-1);
    if (last === undefined || kept.length < limit) return;
    after = Number(last.id);
    read += kept.length;
  }
}

function toLook(
  { objectId, at, snapshot, decision }: KeptDecision,
  isFirst: boolean,
): RecordedLook {
  // No tagged value lies on the way to these, and to look for one in all of it would take as long again.
  const { state } = JSON.parse(decision) as Decision<AnalysisState>;
  const { phase, because, endedAt } = state;
  return {
    key: objectId.slice('analysis/'.length),
    now: at,
    look: isFirst ? (journalValue(snapshot) as AnalysisLook) : laterLook(snapshot),
    after: { phase, because, endedAt },
  };
}

/** Of what it looked at the state is by far the most, and only that of the first look is judged from. */
function laterLook(snapshot: string): AnalysisLook {
  const { state, ...rest } = JSON.parse(snapshot) as AnalysisLook;
  return { ...(journalValue(JSON.stringify(rest)) as Omit<AnalysisLook, 'state'>), state };
}
