import type { AnyReconciler, EngineStore, Write } from '../../../src/engine/engine-store.ts';
import { decideAgain, decisionText, snapshotText } from '../../../src/engine/journal.ts';
import type { EffectHandler } from '../../../src/engine/types.ts';
import type { SimulatedDatabase } from '../database/database.ts';
import type { ObjectRow, Put } from '../database/tables.ts';
import { checkChange } from './changes.ts';
import { checkNames } from './copies.ts';
import { checkEvents } from './events.ts';
import { intentChecks } from './intents.ts';
import { runChecks } from './runs.ts';
import {
  byTable,
  type Change,
  type InvariantName,
  type Report,
  type RowChange,
  type Violation,
} from './types.ts';

/** Looks at everything that is committed, and at what is run and written, and keeps what should not have been. */
export function guard(deps: {
  readonly db: SimulatedDatabase;
  readonly now: () => number;
  readonly begin: number;
  /** Worlds of unlike seeds look twice at unlike decisions. */
  readonly seed: number;
  readonly check: (change: Change, report: Report) => void;
  /** Whether somebody put what need not come to rest. */
  readonly isAside: (put: Put) => boolean;
}) {
  const { db, now } = deps;
  const violations: Violation[] = [];
  const data = new Map<string, number>();
  const runs = new Map<string, number>();
  const intents = intentChecks();
  const pipelineRuns = runChecks(db.tables);
  const isReplayed = oneIn(replayed, deps.seed);
  let changedAt = now();
  const report = (invariant: InvariantName, detail: string) => {
    violations.push({ invariant, detail, at: now() - deps.begin });
  };
  db.onCommit((puts) => {
    const rows = byTable(puts);
    const change: Change = { rows, tables: db.tables, objects: objectsOf(rows) };
    intents.note(change);
    deps.check(change, report);
    if (puts.every(isLease)) return;
    if (puts.some((put) => isNews(put) && !deps.isAside(put))) changedAt = now();
    checkChange(change, report, data);
    checkEvents(change, report);
    checkNames(change, report);
    intents.check(change, report);
    pipelineRuns.check(change, report);
  });
  return {
    violations,
    runs: runs as ReadonlyMap<string, number>,
    report,
    /** When something last changed that people would call a change. */
    changedAt: () => changedAt,
    answered: (rollout: string, source: string) => {
      const key = `${rollout}/${source}`;
      data.set(key, (data.get(key) ?? 0) + 1);
    },
    handler: (handler: EffectHandler): EffectHandler => ({
      kind: handler.kind,
      run: (payload, key, signal) => {
        const isThere = [...db.tables.effects.rows.values()].some((row) => row.key === key);
        if (!isThere)
          report(
            'every effect is delivered at least once and recorded once',
            `${key} was run before its row was committed`,
          );
        runs.set(key, (runs.get(key) ?? 0) + 1);
        pipelineRuns.run(handler.kind, payload, key, report);
        return handler.run(payload, key, signal);
      },
    }),
    objects: (
      store: EngineStore,
      reconcilers: ReadonlyMap<string, AnyReconciler>,
    ): EngineStore => ({
      ...store,
      write: async (writes) => {
        const checked = writes.map((write) =>
          isJournalled(write) && isReplayed() ? replay(write, reconcilers, report) : forget(write),
        );
        const stale = writes.filter((write) => isStale(db, write));
        const before = stale.map(({ object }) => db.tables.objects.rows.get(object.id));
        try {
          return await store.write(checked);
        } finally {
          for (const [n, { object }] of stale.entries()) {
            if (db.tables.objects.rows.get(object.id) !== before[n])
              report(
                'a stale generation changes nothing',
                `${object.id} was written from generation ${object.generation}, lease ${object.lease}`,
              );
          }
        }
      },
    }),
  };
}

/** One in so many, which is 2,000 of a run of CI: to decide all of it twice would take a quarter of the time. */
const replayed = 61;

function oneIn(many: number, from: number): () => boolean {
  let n = from;
  return () => {
    n += 1;
    return n % many === 0;
  };
}

type Journalled = Extract<Write, { type: 'decided' }>;

const isJournalled = (write: Write): write is Journalled =>
  write.type === 'decided' && write.seenAs !== null;

/** Makes a decision once more, from what its journal would say. */
function replay(
  write: Journalled,
  reconcilers: ReadonlyMap<string, AnyReconciler>,
  report: Report,
): Write {
  const { object, decision, seenAs } = write;
  const reconciler = reconcilers.get(object.kind);
  if (reconciler && seenAs) {
    const snapshot = snapshotText(seenAs.snapshot);
    if (decideAgain(reconciler, { at: seenAs.at, snapshot }) !== decisionText(decision))
      report('what was seen decides the same again', `${object.id} #${object.generation}`);
  }
  return forget(write);
}

/** The journal stays empty: nobody in this world reads it. */
const forget = (write: Write): Write => (isJournalled(write) ? { ...write, seenAs: null } : write);

function isStale(db: SimulatedDatabase, { object }: Write): boolean {
  const row = db.tables.objects.rows.get(object.id);
  return row?.generation !== object.generation || row.leasedBy !== object.lease;
}

const quietTables = new Set(['statuses', 'agents', 'requests']);

/** Leases, heartbeats and looks that found nothing are no news. */
function isNews({ table, before, after }: Put): boolean {
  if (table !== 'objects') return !quietTables.has(table);
  const [was, is] = [before as ObjectRow | undefined, after as ObjectRow];
  return was?.generation !== is.generation && is.kind !== 'source';
}

/** A claim, a heartbeat or a look that found nothing. */
function isLease({ table, before, after }: Put): boolean {
  if (table === 'agents') return true;
  if (table !== 'objects') return false;
  return (before as ObjectRow | undefined)?.generation === (after as ObjectRow).generation;
}

/** Each object once, from its first row of the transaction to its last. */
function objectsOf(rows: Change['rows']): Change['objects'] {
  const all = (rows.get('objects') ?? []) as readonly RowChange<ObjectRow>[];
  if (all.length < 2) return all;
  const objects = new Map<string, RowChange<ObjectRow>>();
  for (const one of all) {
    const first = objects.get(one.after.id);
    objects.set(one.after.id, first ? { before: first.before, after: one.after } : one);
  }
  return [...objects.values()];
}
