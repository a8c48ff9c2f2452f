import type { Fault } from './fault.ts';
import { nearest } from './nearest.ts';
import {
  type Ending,
  instancesOf,
  type PlacedStep,
  type StepNeed,
  stepsByName,
} from './pipeline-steps.ts';

/** What is wrong with how steps hang together. Lazy: whoever has seen enough stops asking. */
export function* graphFaults(placed: readonly PlacedStep[]): Generator<Fault> {
  const byName = stepsByName(placed);
  yield* nameFaults(placed, byName);
  for (const one of placed) {
    for (const need of one.needs) yield* needFaults(one, need, byName);
  }
  // More are of no use to a reader, and each names up to all steps.
  const circles = circleFaults(placed, byName).take(50).toArray();
  yield* circles;
  if (circles.length === 0) yield* unreachableFaults(placed, byName);
}

type ByName = ReadonlyMap<string, PlacedStep>;

function* nameFaults(placed: readonly PlacedStep[], byName: ByName): Generator<Fault> {
  for (const one of placed) {
    const first = byName.get(one.name);
    if (first === undefined || first === one) continue;
    yield {
      path: [...one.path, 'name'],
      code: 'TG1006',
      detail: `A step ${one.name} is there already, under ${first.section}.`,
      hint: 'Steps are told apart by their names, in all sections; rename one.',
      needs: [[...first.path, 'name']],
    };
  }
}

function* needFaults(one: PlacedStep, need: StepNeed, byName: ByName): Generator<Fault> {
  const needed = byName.get(need.step);
  const at = { path: need.path, needs: [[...one.path, 'name']] };
  if (needed === undefined) {
    const near = nearest(need.step, [...byName.keys()]);
    yield {
      ...at,
      code: 'TG1007',
      detail: `${one.name} needs ${need.step}, and there is no such step.`,
      hint: near ? `Did you mean ${near}?` : 'Add the step, or remove the need.',
    };
    return;
  }
  if (needed.section === one.section) return;
  const detail = `${one.name} is under ${one.section} and needs ${need.step}, which is under ${needed.section}.`;
  yield {
    ...at,
    code: 'TG1012',
    detail,
    hint:
      one.section === 'steps'
        ? 'A step under steps can need only other steps there.'
        : `Remove the need: ${one.section} begins when what is before it is over, and sees its statuses and outputs.`,
  };
}

/** Every need that closes a circle, with the circle. Needs across sections are none: they have been told. */
function* circleFaults(placed: readonly PlacedStep[], byName: ByName): Generator<Fault> {
  const done = new Set<PlacedStep>();
  const trail: PlacedStep[] = [];
  const onTrail = new Set<PlacedStep>();
  function* visit(one: PlacedStep): Generator<Fault> {
    trail.push(one);
    onTrail.add(one);
    for (const need of one.needs) {
      const needed = byName.get(need.step);
      if (needed === undefined || needed.section !== one.section || done.has(needed)) continue;
      if (onTrail.has(needed)) yield circleFault(trail.slice(trail.indexOf(needed)), need);
      else yield* visit(needed);
    }
    trail.pop();
    onTrail.delete(one);
    done.add(one);
  }
  for (const one of placed) if (!done.has(one)) yield* visit(one);
}

const mostNamed = 10;

function circleFault(circle: readonly PlacedStep[], need: StepNeed): Fault {
  const names = circle.map(({ name }) => name);
  const shown =
    names.length > mostNamed ? [...names.slice(0, mostNamed - 1), '…', names.at(-1)] : names;
  return {
    path: need.path,
    code: 'TG1011',
    detail:
      names.length === 1
        ? `${names[0]} needs itself.`
        : `Steps need each other in a circle: ${[...shown, names[0]].join(' needs ')}.`,
    needs: circle.map((one) => [...one.path, 'needs']),
  };
}

const bare: readonly Ending[] = ['succeeded', 'skipped'];
const forgiven: readonly Ending[] = ['failed', 'errored'];
const answers: readonly Ending[] = ['succeeded', 'failed', 'errored', 'cancelled'];

/** How a step can end; what it needs is looked at first. Nothing here goes in a circle. */
function* unreachableFaults(placed: readonly PlacedStep[], byName: ByName): Generator<Fault> {
  const endings = new Map<PlacedStep, ReadonlySet<Ending>>();
  const faults: Fault[] = [];
  const endingsOf = (one: PlacedStep): ReadonlySet<Ending> => {
    const known = endings.get(one);
    if (known) return known;
    const fault = neverMet(one, byName, endingsOf);
    if (fault) faults.push(fault);
    const found = new Set<Ending>(fault ? ['omitted'] : possible(one));
    endings.set(one, found);
    return found;
  };
  for (const one of placed) {
    endingsOf(one);
    yield* faults.splice(0);
  }
}

function possible({ step, needs }: PlacedStep): readonly Ending[] {
  const mayBeSkipped = step.when !== undefined || step.forEach !== undefined;
  return [
    ...answers,
    ...(mayBeSkipped ? (['skipped'] as const) : []),
    ...(needs.length > 0 ? (['omitted'] as const) : []),
  ];
}

function neverMet(
  one: PlacedStep,
  byName: ByName,
  endingsOf: (needed: PlacedStep) => ReadonlySet<Ending>,
): Fault | null {
  const left = new Map<string, readonly Ending[]>();
  for (const need of one.needs) {
    const needed = byName.get(need.step);
    if (needed === undefined || needed.section !== one.section) continue;
    const wanted = need.is ?? [...bare, ...(needed.step.continueOnError ? forgiven : [])];
    const ends = endingsOf(needed);
    const met = wanted.filter((status) => ends.has(status));
    const both = left.get(need.step)?.filter((status) => met.includes(status)) ?? met;
    left.set(need.step, both);
    if (both.length > 0) continue;
    const isTwice = met.length > 0;
    return {
      path: need.path,
      code: 'TG1012',
      detail: isTwice
        ? `${one.name} needs ${need.step} twice, with statuses that cannot both be.`
        : `${one.name} begins when ${need.step} ${wanted.join(' or ')}, and that never ends so.`,
      hint: isTwice
        ? 'Name all statuses in one need.'
        : `${need.step} can end ${[...ends].join(', ')}.`,
      needs: [needed.path, [...one.path, 'name']],
    };
  }
  return null;
}

const mostInstances = 256;
const mostInAll = 1_000;
const mostRounds = 10_000;

/** Loops that are too large to be run, or never come to an end by what they ask. */
export function* loopFaults(placed: readonly PlacedStep[]): Generator<Fault> {
  let inAll = 0;
  for (const { name, path, step } of placed) {
    const instances = instancesOf(step);
    inAll += Math.min(instances ?? 1, mostInstances);
    if (step.forEach?.matrix !== undefined && (instances ?? 0) > mostInstances) {
      yield {
        path: [...path, 'forEach', 'matrix'],
        code: 'TG1014',
        detail: `${name} has ${instances} combinations; a step has at most ${mostInstances} instances.`,
        hint: 'Shorten the lists, or make two steps of it.',
      };
    }
    const rounds = (instances ?? 1) * (step.repeat?.limit ?? 1) * ((step.retry?.limit ?? 0) + 1);
    if (rounds > mostRounds && (instances ?? 0) <= mostInstances) {
      yield {
        path: [...path, step.repeat ? 'repeat' : 'retry', 'limit'],
        code: 'TG1014',
        detail: `${name} could be done ${rounds} times, with its instances, rounds and tries; at most ${mostRounds}.`,
        hint: 'Give a smaller limit, or a longer interval between fewer rounds.',
      };
    }
  }
  if (inAll > mostInAll) {
    yield {
      path: ['spec', 'steps'],
      code: 'TG1014',
      detail: `All steps together have ${inAll} instances; a run has at most ${mostInAll}.`,
      hint: 'Split the pipeline; a step of kind pipeline runs another one.',
      needs: placed.flatMap(({ step, path }) => (step.forEach ? [[...path, 'forEach']] : [])),
    };
  }
}
