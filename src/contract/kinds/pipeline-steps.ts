import type { PipelineSpec } from './pipeline.ts';
import type { PipelineStep, StepKindName } from './pipeline-step.ts';
import { stepKindNames } from './pipeline-step.ts';

/** The parts of a pipeline that steps stand in, in the order in which they run. */
export const sections = ['steps', 'onFailure', 'finally'] as const;
export type Section = (typeof sections)[number];

type Path = readonly PropertyKey[];
export type Ending = Extract<
  PipelineStep['needs'][number],
  { readonly step: string }
>['is'][number];

/** `is` is null for a bare need. */
export type StepNeed = {
  readonly step: string;
  readonly is: readonly Ending[] | null;
  readonly path: Path;
};

/** A step with the place where it is written. */
export type PlacedStep = {
  readonly name: string;
  readonly section: Section;
  readonly kind: StepKindName;
  readonly step: PipelineStep;
  readonly path: Path;
  readonly needs: readonly StepNeed[];
};

export function placedSteps(spec: Pick<PipelineSpec, Section>): readonly PlacedStep[] {
  return sections.flatMap((section) =>
    spec[section].map((step, index): PlacedStep => {
      const path = ['spec', section, index];
      const needs = step.needs.map((need, at): StepNeed => {
        const here = [...path, 'needs', at];
        return typeof need === 'string'
          ? { step: need, is: null, path: here }
          : { step: need.step, is: need.is, path: [...here, 'step'] };
      });
      return { name: step.name, section, kind: kindOfStep(step), step, path, needs };
    }),
  );
}

/** A step has one kind; of one that is not read to its end, the first. */
export const kindOfStep = (step: PipelineStep): StepKindName =>
  stepKindNames.find((kind) => step[kind] !== undefined) ?? 'wait';

/** By name; of two with one name, the first. */
export function stepsByName(placed: readonly PlacedStep[]): ReadonlyMap<string, PlacedStep> {
  const found = new Map<string, PlacedStep>();
  for (const one of placed) if (!found.has(one.name)) found.set(one.name, one);
  return found;
}

/** Steps whose results a step sees: those that it needs, directly or not, and all of earlier sections. */
export function seenFrom(
  one: PlacedStep,
  placed: readonly PlacedStep[],
  byName: ReadonlyMap<string, PlacedStep>,
): ReadonlySet<string> {
  const earlier = sections.slice(0, sections.indexOf(one.section));
  const seen = new Set(
    placed.filter((other) => earlier.includes(other.section)).map(({ name }) => name),
  );
  const open = [one];
  for (let next = open.pop(); next; next = open.pop()) {
    for (const { step } of next.needs) {
      const needed = byName.get(step);
      if (!needed || seen.has(step)) continue;
      seen.add(step);
      open.push(needed);
    }
  }
  return seen;
}

/** How many instances a step has; null where only a run can tell. */
export function instancesOf({ forEach }: PipelineStep): number | null {
  if (forEach === undefined) return 1;
  if (forEach.matrix !== undefined) {
    return Object.values(forEach.matrix).reduce((product, { length }) => product * length, 1);
  }
  return Array.isArray(forEach.items) ? forEach.items.length : null;
}
