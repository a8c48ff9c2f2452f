import type { Json } from '../../platform/ids/types.ts';
import { iso } from '../../platform/text/times.ts';
import { over } from './decide-attempt.ts';
import { sameJson } from './decide-equal.ts';
import { gravestInstance } from './decide-gravity.ts';
import type { Declared } from './decide-plan.ts';
import { fillFor } from './decide-scope.ts';
import { advance, isWanted, shown } from './decide-step.ts';
import { largestState, mostInstances, storable } from './decide-storable.ts';
import { listed, sentenceOf } from './decide-words.ts';
import { instanceName, isOver, isUnderWay, put, stepOf, type Work } from './decide-work.ts';
import type { StepState } from './types.ts';

/** A step as it is before anything happened to it. */
export const pendingStep = (
  { name, section, kind }: Pick<Declared, 'name' | 'section' | 'kind'>,
  index: number | null,
  item: Json,
): StepState => ({
  step: name,
  index,
  section,
  kind,
  status: 'pending',
  because: 'it has not begun',
  attempt: 0,
  failures: 0,
  rounds: 0,
  item,
  memory: null,
  settings: null,
  answers: [],
  isBusy: false,
  outputs: {},
  since: null,
  startedAt: null,
  endedAt: null,
  wakeAt: null,
  stopping: null,
});

/** Its needs are met: `when`, as far as it does not speak of the item, then the list, then an instance for each. */
export function beginForEach(work: Work, declared: Declared): StepState {
  const { name, step } = declared;
  const parent = stepOf(work, name);
  const when = speaksOfItem(step.when) ? 'yes' : isWanted(work, declared, parent);
  if (when === 'no') return over(work, name, 'skipped', `${step.when} is false`);
  if (when !== 'yes') return over(work, name, 'errored', when.because);
  const items = itemsOf(work, declared);
  if ('because' in items) return over(work, name, 'errored', items.because);
  if (items.list.length === 0) return over(work, name, 'skipped', 'its list is empty');
  const now = iso(work.now);
  put(work, name, { status: 'running', attempt: 1, since: now, startedAt: now });
  work.size += items.size;
  expand(work, declared, items.list);
  return stepOf(work, name);
}

export const speaksOfItem = (when: string | undefined): boolean =>
  when !== undefined && /\b(item|index)\b/.test(when);

type Items =
  | { readonly list: readonly Json[]; readonly size: number }
  | { readonly because: string };

/** Characters of JSON of an instance beside its item. */
const instanceSize = 500;

function itemsOf(work: Work, declared: Declared): Items {
  const { forEach } = declared.step;
  const raw = forEach?.matrix ?? forEach?.items ?? [];
  const filled = fillFor(work, declared, null, raw as Json);
  if (!filled.ok) return { because: `forEach has no value: ${filled.detail} (TG1906)` };
  const list = forEach?.matrix === undefined ? filled.value : combinations(filled.value);
  if (!Array.isArray(list))
    return { because: `forEach is no list: ${shown(filled.value)} (TG1906)` };
  const found = storable(list);
  if (found === null) return { because: 'forEach has no JSON (TG1906)' };
  const instances = [...work.instances.values()].reduce((sum, names) => sum + names.length, 0);
  if (instances + list.length > mostInstances) {
    return {
      because: `its list has ${list.length} items, and a run has at most ${mostInstances} instances (TG1908)`,
    };
  }
  const size = found.size + list.length * instanceSize;
  if (work.size + size > largestState) {
    return { because: 'the run has become too large for its list (TG1908)' };
  }
  return { list: found.value as readonly Json[], size };
}

/** Every combination, the last key fastest; keys by name, since stored maps have no order of their own. */
function combinations(matrix: Json): Json {
  const rows = Object.entries(matrix as { readonly [key: string]: readonly Json[] }).sort(
    ([one], [other]) => (one < other ? -1 : 1),
  );
  const total = rows.reduce((product, [, values]) => product * values.length, 1);
  // Too many to be made only to be counted.
  if (total > mostInstances) return Array.from({ length: Math.min(total, 100_000) }, () => null);
  return rows.reduce<{ readonly [key: string]: Json }[]>(
    (made, [key, values]) =>
      made.flatMap((one) => values.map((value) => ({ ...one, [key]: value }))),
    [{}],
  );
}

/** Instances that an earlier run ended well are kept, as long as they were for the same item. */
function expand(work: Work, declared: Declared, list: readonly Json[]): void {
  const { name } = declared;
  const names = list.map((item, index) => {
    const instance = instanceName(name, index);
    const before = work.steps.get(instance);
    if (!before || !sameJson(before.item, item)) {
      work.steps.set(instance, pendingStep(declared, index, item));
    }
    return instance;
  });
  for (const stale of (work.instances.get(name) ?? []).slice(list.length)) work.steps.delete(stale);
  work.instances.set(name, names);
}

/** Lets as many go on as may, and sums them up. True when something moved. */
export function advanceForEach(work: Work, declared: Declared): boolean {
  const { name, step } = declared;
  const names = work.instances.get(name) ?? [];
  const most = step.forEach?.maxParallel ?? 1;
  let moved = false;
  for (const instance of names) {
    if (isUnderWay(stepOf(work, instance)) && advance(work, instance)) moved = true;
  }
  let room = most - names.filter((instance) => isUnderWay(stepOf(work, instance))).length;
  for (const instance of names) {
    if (room <= 0) break;
    if (stepOf(work, instance).status !== 'pending') continue;
    advance(work, instance);
    moved = true;
    if (isUnderWay(stepOf(work, instance))) room -= 1;
  }
  sumUp(work, name, names);
  return moved;
}

/**
 * Over when all are: skipped when all were, succeeded when all succeeded or were skipped, else the gravest. Until then
 * it says how far it is.
 */
export function sumUp(work: Work, name: string, names: readonly string[]): StepState {
  const all = names.map((instance) => ({ instance, step: stepOf(work, instance) }));
  const open = all.filter(({ step }) => !isOver(step.status));
  if (open.length > 0) {
    const active = all.filter(({ step }) => isUnderWay(step));
    const doing = active.map(({ instance, step }) => `${instance}: ${step.because}`);
    const because = `${all.length - open.length} of ${all.length} are over; ${listed(doing)}`;
    return put(work, name, { because: sentenceOf(because) });
  }
  const statuses = all.map(({ step }) => step.status);
  const gravest = gravestInstance(statuses);
  if (gravest === null) {
    const isSkipped = statuses.every((status) => status === 'skipped');
    const because = isSkipped ? `all ${all.length} were skipped` : `all ${all.length} are through`;
    return over(work, name, isSkipped ? 'skipped' : 'succeeded', because);
  }
  const those = all.filter(({ step }) => step.status === gravest);
  const words = those.map(({ instance, step }) => `${instance}: ${step.because}`);
  return over(work, name, gravest, `${those.length} of ${all.length} ${gravest}: ${listed(words)}`);
}
