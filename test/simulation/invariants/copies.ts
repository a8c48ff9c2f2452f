import { copyIdOf } from '../../../src/contract/kinds/strategy.ts';
import type { EffectRow, Tables } from '../database/tables.ts';
import {
  type Change,
  type IntentRow,
  type Report,
  readyIn,
  rolloutState,
  rowsOf,
  type StatusRow,
} from './types.ts';

const name = 'a fresh copy is there to be compared with, and for nothing else';

const ending = copyIdOf('', '');
export const isCopy = (release: string): boolean => release.includes(ending);

/**
 * By some status since its writer was claimed the copy is in its place: beside its stable release in a rollout that
 * goes forward, no busier than that or the candidate, or all that is left of the stable release on this target.
 */
export function checkCopies(
  tables: Tables,
  statuses: readonly (StatusRow | null)[],
  intent: IntentRow,
  report: Report,
): void {
  const { spec, target, writtenBy } = intent;
  const copy = spec.versions.find(({ release }) => isCopy(release));
  if (!copy) return;
  const weightOf = (id: string) => spec.versions.find(({ release }) => release === id)?.weight ?? 0;
  const [stable = ''] = copy.release.split(ending);
  const isAllThatIsLeft = statuses.some(
    (status) => readyIn(status, copy.release) > 0 && readyIn(status, stable) === 0,
  );
  if (isAllThatIsLeft) return;
  const writer = tables.objects.rows.get(writtenBy);
  if (writer?.kind !== 'rollout') {
    report(name, `${writtenBy} asks ${target} for ${copy.release}`);
    return;
  }
  const { plan, retreat, phase, weight, wave, copy: trouble } = rolloutState(writer);
  const isCompared = retreat === null && phase !== 'completing' && weight < 100;
  const isHere = plan.stable === stable && plan.waves[wave]?.targets.includes(target);
  if (!isCompared || !isHere || trouble?.givenUp)
    report(name, `${writtenBy} (${phase}, ${weight} %) asks ${target} for ${copy.release}`);
  if (copy.weight > weightOf(stable) || copy.weight > weightOf(plan.candidate))
    report(name, `${writtenBy} gives ${copy.release} on ${target} ${copy.weight} %`);
}

/** It is no release: nothing becomes stable, goes back to it, or is set aside by its name. */
export function checkNames(change: Change, report: Report): void {
  for (const table of ['stables', 'quarantines', 'releases']) {
    for (const { after } of rowsOf<{ readonly release?: string; readonly id?: unknown }>(
      change,
      table,
    )) {
      const named = after.release ?? after.id;
      if (typeof named === 'string' && isCopy(named)) report(name, `${table} name ${named}`);
    }
  }
  for (const { after } of rowsOf<EffectRow>(change, 'effects')) {
    const { restore } = after.payload as { readonly restore?: string | null };
    if (typeof restore === 'string' && isCopy(restore))
      report(name, `${after.key} goes back to ${restore}`);
  }
}
