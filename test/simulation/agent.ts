import { backoff } from '../../src/agent/backoff.ts';
import { type Memory, remember } from '../../src/agent/memory.ts';
import { reportLedger } from '../../src/agent/report-ledger.ts';
import { reporterTuning } from '../../src/agent/reporter.ts';
import { sortIntents } from '../../src/agent/wire.ts';
import { followIntents } from '../../src/capabilities/fleet/reads.ts';
import {
  saveStatuses,
  subjectsOf,
  touchAgent,
  wakeSubjects,
} from '../../src/capabilities/fleet/store.ts';
import type { Intent, Status } from '../../src/capabilities/fleet/types.ts';
import type { SimulatedDatabase } from './database/database.ts';
import { wordsOf } from './status.ts';

export type AgentDeps = {
  readonly name: string;
  readonly db: SimulatedDatabase;
  readonly now: () => number;
  readonly isCut: () => boolean;
  /** What its driver says of these applications. */
  readonly statusesOf: (applications: readonly string[]) => readonly Status[];
};

export type AgentRestart = 'restart' | 'amnesia';

const longPoll = 25_000;
/** Where nothing is compared only its silence would be news, after 15 s: more signs of life would change nothing. */
const quietHeartbeat = 12_000;
const { heartbeat, longestBackoff } = reporterTuning;
const nothing: Memory = { revision: 0, spec: null, intents: [] };

/** As it reads its own files again: with one that is not valid among them it starts from nothing. */
function readBack(target: string, kept: Memory): Memory {
  const { intents, refused } = sortIntents(target, JSON.parse(JSON.stringify(kept.intents)));
  return refused.length > 0 ? nothing : { ...kept, intents };
}

/**
 * The agent of one target. Which generation of an intent counts, what of the statuses is to be told, how long to wait
 * after a failure and whether what it kept is valid is decided by the agent's own code; when is up to the scheduler.
 */
export function simulatedAgent({ name, db, now, isCut, statusesOf }: AgentDeps) {
  let memory = nothing;
  /** What an agent finds that starts anew: it died after it kept the intents and before it kept the revision. */
  let kept = nothing;
  let ledger = reportLedger();
  let said = new Map<string, string>();
  let failures = 0;
  let reportAt = now();
  let followAt = now();

  const statuses = () => statusesOf(memory.intents.map(({ application }) => application));
  const deliver = (some: readonly Status[]) =>
    db.transaction(async (tx) => {
      const returned = await touchAgent(tx, `agent-${name}`, '1');
      await saveStatuses(tx, `agent-${name}`, some);
      if (returned) await wakeSubjects(tx, await subjectsOf(tx, [name]));
    });
  /** Counters alone are worth telling only while somebody compares two versions. */
  const areCompared = (): boolean => {
    for (const row of db.tables.rollouts.rows.values()) if (!row[7]) return true;
    return false;
  };
  const notice = (all: readonly Status[]) => {
    for (const status of all) {
      const words = wordsOf(status);
      if (said.get(status.application) !== words) ledger.changed(status.application);
      said.set(status.application, words);
    }
    if (reportAt <= now() && areCompared()) ledger.compare(all);
  };

  return {
    ...{ statuses, deliver },
    intents: (): readonly Intent[] => memory.intents,
    due: () => (isCut() ? reportAt : Math.min(followAt, reportAt)),
    poke: (at: number) => {
      followAt = Math.min(followAt, Math.max(at, now()));
    },
    follow: async () => {
      if (isCut() || followAt > now()) return;
      const { revision, target, intents } = await followIntents(db, name, memory.revision);
      followAt = now() + longPoll;
      const taken = remember(memory, { revision, target, intents });
      kept = { ...taken.memory, revision: memory.revision };
      memory = taken.memory;
    },
    speak: async () => {
      const all = statuses();
      notice(all);
      // After a failure it waits, whatever happens meanwhile.
      if (reportAt > now() && (isCut() || !ledger.isDue())) return;
      const { batch } = ledger.take(all);
      if (isCut()) {
        failures += 1;
        ledger.lost();
        reportAt = now() + backoff(failures, longestBackoff, 0.5);
        return;
      }
      await deliver(batch);
      ledger.told(batch);
      failures = 0;
      reportAt = now() + (areCompared() ? heartbeat : quietHeartbeat);
    },
    restart: (how: AgentRestart) => {
      memory = how === 'amnesia' ? nothing : readBack(name, kept);
      kept = memory;
      ledger = reportLedger();
      said = new Map();
      followAt = now();
    },
  };
}
