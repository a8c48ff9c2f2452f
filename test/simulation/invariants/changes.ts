import type { AnalysisState } from '../../../src/capabilities/analysis/types.ts';
import type { PromotionState } from '../../../src/capabilities/releases/types.ts';
import { refusalOf } from '../../../src/capabilities/rollouts/actions.ts';
import type { EffectRow, RequestRow, Tables } from '../database/tables.ts';
import { hasNumber } from '../metrics.ts';
import {
  type Change,
  type ObjectRow,
  type Report,
  rolloutState,
  rowsOf,
  type StatusRow,
} from './types.ts';

/** What one transaction did to objects, effects and statuses. */
export function checkChange(
  change: Change,
  report: Report,
  data: ReadonlyMap<string, number>,
): void {
  for (const { before, after } of change.objects) {
    checkGeneration(before, after, report);
    if (after.kind === 'rollout') checkRollout(change, before, after, report);
    if (after.kind === 'analysis') checkVerdict(after, report, data);
    if (after.kind === 'promotion' && !before) checkRollback(change.tables, after, report);
  }
  for (const { before, after } of rowsOf<EffectRow>(change, 'effects')) {
    if (before && before.doneAt !== null && before.outcome !== after.outcome)
      report(
        'every effect is delivered at least once and recorded once',
        `${after.key} was recorded again`,
      );
    const restore = (after.payload as { readonly restore?: string | null }).restore;
    if (!before && typeof restore === 'string') checkTarget(change.tables, after, restore, report);
  }
  for (const { before, after } of rowsOf<StatusRow>(change, 'statuses')) {
    if (before && before.generation > after.generation)
      report(
        'a stale generation changes nothing',
        `a status of ${after.target} went from generation ${before.generation} to ${after.generation}`,
      );
  }
}

function checkGeneration(before: ObjectRow | undefined, after: ObjectRow, report: Report): void {
  if (!before) return;
  const changed = before.state !== after.state || before.phase !== after.phase;
  const grown = after.generation - before.generation;
  if (grown < 0 || grown > 1 || (changed && grown !== 1))
    report(
      'a stale generation changes nothing',
      `${after.id} went from generation ${before.generation} to ${after.generation}`,
    );
}

function checkRollout(
  change: Change,
  before: ObjectRow | undefined,
  after: ObjectRow,
  report: Report,
): void {
  const state = rolloutState(after);
  const { application, environment, stable } = state.plan;
  if (!before) {
    if (stable !== null && isBarred(change.tables, application, environment, stable))
      report(
        'a quarantined release is never a rollback target',
        `${after.id} would go back to ${stable}`,
      );
  }
  if (after.terminal) return;
  const active = [...change.tables.objects.rows.values()].filter((row) => {
    if (row.kind !== 'rollout' || row.terminal) return false;
    const { plan } = rolloutState(row);
    return plan.application === application && plan.environment === environment;
  });
  if (active.length > 1)
    report(
      'one active rollout per application and environment',
      active.map(({ id }) => id).join(', '),
    );
  const refusal = refusalOf(state, 'abort', 'user:eve');
  if (refusal !== null)
    report(
      'abort is accepted in every non-terminal state',
      `${after.id} (${state.phase}): ${refusal}`,
    );
  checkAborted(change, before, after, report);
}

/** An abort that was seen has begun the way back in the same transaction. */
function checkAborted(
  change: Change,
  before: ObjectRow | undefined,
  after: ObjectRow,
  report: Report,
): void {
  const seen = rowsOf<RequestRow>(change, 'requests').some(
    (request) =>
      request.after.objectId === after.id &&
      request.after.action === 'abort' &&
      request.before?.takenAt === null &&
      request.after.takenAt !== null,
  );
  if (seen && before && rolloutState(after).retreat === null)
    report(
      'abort is accepted in every non-terminal state',
      `${after.id} saw an abort and goes on as ${after.phase}`,
    );
}

function checkVerdict(after: ObjectRow, report: Report, data: ReadonlyMap<string, number>): void {
  const state = after.state as unknown as AnalysisState;
  for (const { metric, successes, recent } of state.metrics) {
    const source = Object.keys(metric.provider)[0] ?? '';
    const given = data.get(`${state.subject.rollout}/${source}`) ?? 0;
    const empty = recent.find(
      ({ verdict, value }) => verdict === 'success' && !hasNumber(resultOf(value)),
    );
    if (empty || successes > given)
      report(
        'no verdict passes without data',
        `${after.id}: ${metric.name} has ${successes} successes of ${given} answers with data`,
      );
    if (state.phase === 'successful' && successes === 0)
      report(
        'no verdict passes without data',
        `${after.id}: successful, and ${metric.name} never was`,
      );
  }
}

const resultOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? (value as { readonly result?: unknown }).result
    : null;

function checkRollback(tables: Tables, after: ObjectRow, report: Report): void {
  const { kind, application, environment, release } = after.state as unknown as PromotionState;
  if (kind === 'rollback' && isBarred(tables, application, environment, release))
    report(
      'a quarantined release is never a rollback target',
      `${after.id} goes back to ${release}`,
    );
}

function checkTarget(tables: Tables, effect: EffectRow, restore: string, report: Report): void {
  const { application, environment } = effect.payload as {
    readonly application: string;
    readonly environment: string;
  };
  if (isBarred(tables, application, environment, restore))
    report('a quarantined release is never a rollback target', `${effect.key} restores ${restore}`);
}

export const isBarred = (
  tables: Tables,
  application: string,
  environment: string,
  release: string,
): boolean =>
  tables.quarantines.rows.get(`${application}@${environment}/${release}`)?.liftedAt === null;
