import type { Environment } from '../../../src/contract/kinds/environment.ts';
import { type FreezeWindow, freezeAt } from '../../../src/contract/kinds/freeze.ts';
import type { DocumentRow, EventRow, Tables } from '../database/tables.ts';
import { type Change, type ObjectRow, type Report, rolloutState } from './types.ts';

const name = 'a freeze holds what goes forward, and never what goes back';

/** `n` counts commits, as everywhere. */
type Version = { readonly n: number; readonly windows: readonly FreezeWindow[] };

export type FreezeHit = 'freezeHeld' | 'freezeOverridden' | 'freezeExempt';

export type FreezeChecks = {
  /** A document as this transaction put it. */
  readonly declare: (row: DocumentRow) => void;
  readonly hear: (event: EventRow) => void;
  /** Ends the transaction. */
  readonly check: (change: Change, now: number, report: Report) => void;
};

const windowsOf = (row: DocumentRow): readonly FreezeWindow[] =>
  (row.spec as Environment | null)?.spec.freeze ?? [];

/**
 * Looks at waves as they begin and at rollouts as they wait. What was declared may change between a look and its write,
 * so a wave is wrong only when every declaration since its rollout was claimed froze it, from the claim to the decision.
 */
export function freezeChecks(tables: Tables, hit: (what: FreezeHit) => void): FreezeChecks {
  const versions = new Map<string, Version[]>();
  const claimed = new Map<string, { readonly n: number; readonly at: number }>();
  const rollbacks = new Set<string>();
  const overridden = new Set<string>();
  let n = 0;

  const declare = (row: DocumentRow) => {
    if (row.kind === 'Release' && row.commitInfo.trailers) noteRollback(row);
    if (row.kind !== 'Environment') return;
    const [known, windows] = [versions.get(row.name), windowsOf(row)];
    if (known) known.push({ n: n + 1, windows });
    else if (windows.length > 0) versions.set(row.name, [{ n: n + 1, windows }]);
  };
  const noteRollback = ({ commit, commitInfo }: DocumentRow) => {
    if ('Tidegate-Rollback' in (commitInfo.trailers as object)) rollbacks.add(commit);
  };
  for (const row of tables.documents.rows.values()) declare(row);

  /** Declarations that a look may have gone by: the one at the claim, if there was one, and those after it. */
  const since = (environment: string, id: string) => {
    const [all, { n: at }] = [versions.get(environment) ?? [], claimed.get(id) ?? { n: -1 }];
    const first = all.findLast((one) => one.n <= at);
    const later = all.filter((one) => one.n > at);
    return { known: first ? [first, ...later] : later, isSure: first !== undefined };
  };

  /** Frozen by every one of them, at the claim and at the decision: no gap is short enough to fit in between. */
  const isFrozen = (row: ObjectRow, at: number): boolean => {
    const { known, isSure } = since(rolloutState(row).plan.environment, row.id);
    const times = [claimed.get(row.id)?.at ?? at, at];
    return (
      isSure &&
      known.every(({ windows }) => times.every((time) => freezeAt(windows, new Date(time)).frozen))
    );
  };

  const checkBegin = (row: ObjectRow, report: Report) => {
    const { plan, stepSince, retreat } = rolloutState(row);
    const going = retreat !== null;
    if (!isFrozen(row, Date.parse(going ? retreat.since : stepSince))) return;
    if (going || plan.isRollback) hit('freezeExempt');
    else if (overridden.has(row.id)) hit('freezeOverridden');
    else report(name, `${row.id} begins a wave in ${plan.environment}, which is frozen`);
  };

  const checkWait = (row: ObjectRow, report: Report) => {
    const { plan, retreat } = rolloutState(row);
    hit('freezeHeld');
    if (plan.isRollback || retreat || overridden.has(row.id))
      report(name, `${row.id} is exempt and waits: ${row.because}`);
    const names = since(plan.environment, row.id).known.flatMap(({ windows }) => windows);
    const known = names.some((window) => row.because.includes(`by window ${window.name},`));
    if (!known) report(name, `${row.id} waits for no window that is declared: ${row.because}`);
  };

  const checkOpened = (row: ObjectRow, change: Change, report: Report) => {
    const { plan } = rolloutState(row);
    if (!plan.isRollback || rollbacks.has(plan.commit.id)) return;
    const wasStable = [...change.tables.stables.rows.values()].some(
      ({ application, environment, release }) =>
        application === plan.application &&
        environment === plan.environment &&
        release === plan.candidate,
    );
    if (!wasStable) report(name, `${row.id} counts as a rollback to what was never stable`);
  };

  return {
    declare,
    hear: ({ type, outcome, objectId }) => {
      if (type === 'rollout.overrideFreezeRequested' && outcome === 'done' && objectId !== null)
        overridden.add(objectId);
    },
    check: (change, now, report) => {
      n += 1;
      if (versions.size === 0) return;
      for (const { before, after } of change.objects) {
        if (after.kind !== 'rollout') continue;
        if (after.leasedBy !== null && before?.leasedBy !== after.leasedBy)
          claimed.set(after.id, { n, at: now });
        if (!before) checkOpened(after, change, report);
        if (!before || before.state === after.state) continue;
        const [was, is] = [rolloutState(before), rolloutState(after)];
        const begins = is.begun && (!was.begun || was.wave !== is.wave);
        if (begins || (is.retreat && !was.retreat)) checkBegin(after, report);
        const isNew = after.because !== before.because || overridden.has(after.id);
        if (isNew && /^frozen until/i.test(after.because)) checkWait(after, report);
      }
    },
  };
}
