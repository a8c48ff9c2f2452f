import type { Tables } from '../database/tables.ts';
import { type IntentRow, type Report, readyIn, rolloutState, type StatusRow } from './types.ts';

const name = 'who matches meets the candidate, and nobody else';

/** By every status since its writer was claimed: no route to what is not ready, and no share of a test for all. */
export function checkRoutes(
  tables: Tables,
  statuses: readonly (StatusRow | null)[],
  intent: IntentRow,
  report: Report,
): void {
  const { spec, target, writtenBy } = intent;
  for (const { release } of spec.routes) {
    if (statuses.every((status) => readyIn(status, release) === 0))
      report(name, `${writtenBy} routes to ${release} on ${target}, which is not ready there`);
  }
  const writer = tables.objects.rows.get(writtenBy);
  if (writer?.kind !== 'rollout') return;
  const { plan, retreat, full, wave, weight, phase } = rolloutState(writer);
  const isTest = plan.strategy.abTest && plan.stable !== null && !plan.fastTrack && !full;
  const isHere = plan.waves[wave]?.targets.includes(target);
  if (!isTest || !isHere || retreat || weight > 0 || phase === 'completing') return;
  const { stable, candidate } = plan;
  const share = spec.versions.find((version) => version.release === candidate)?.weight ?? 0;
  if (share > 0 && statuses.every((status) => readyIn(status, stable ?? '') > 0))
    report(name, `${writtenBy} gives ${share} % of everybody on ${target} to ${candidate}`);
}
