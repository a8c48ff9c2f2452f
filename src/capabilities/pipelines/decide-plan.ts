import type { PipelineSpec } from '../../contract/kinds/pipeline.ts';
import type {
  PipelineStep,
  StepKindName,
  StepSettings,
} from '../../contract/kinds/pipeline-step.ts';
import { stepKindNames } from '../../contract/kinds/pipeline-step.ts';
import type { Section, StepStatus } from './types.ts';

export type Need = { readonly step: string; readonly is: readonly StepStatus[] | null };

/** One declared step with what follows from the whole pipeline. */
export type Declared = {
  readonly name: string;
  readonly section: Section;
  readonly kind: StepKindName;
  readonly step: PipelineStep;
  readonly settings: StepSettings;
  readonly needs: readonly Need[];
  /** Steps whose results its expressions see: those that it needs, directly or not, and all of earlier sections. */
  readonly sees: readonly string[];
};

/** A specification made ready to be decided by: the same for all runs of it. */
export type Plan = {
  /** In the order of the declaration, section by section. */
  readonly declared: readonly Declared[];
  readonly byName: ReadonlyMap<string, Declared>;
  readonly readsLive: boolean;
};

export const sections = ['steps', 'onFailure', 'finally'] as const satisfies readonly Section[];

export function planOf(spec: PipelineSpec): Plan {
  const flat = sections.flatMap((section) => spec[section].map((step) => ({ section, step })));
  const needs = new Map(flat.map(({ step }) => [step.name, step.needs.map(needOf)]));
  const declared = flat.map(({ section, step }): Declared => {
    const kind = kindOf(step);
    return {
      name: step.name,
      section,
      kind,
      step,
      settings: step[kind] as StepSettings,
      needs: needs.get(step.name) ?? [],
      sees: seenBy(step.name, section, needs, flat),
    };
  });
  return {
    declared,
    byName: new Map(declared.map((one) => [one.name, one])),
    readsLive: readsLive(spec),
  };
}

/** Whether anything in a pipeline speaks of `live`; a word in a message costs a read, and no more. */
export const readsLive = (spec: PipelineSpec): boolean => /\blive\b/.test(JSON.stringify(spec));

function needOf(need: PipelineStep['needs'][number]): Need {
  return typeof need === 'string'
    ? { step: need, is: null }
    : { step: need.step, is: need.is satisfies readonly StepStatus[] };
}

export function kindOf(step: PipelineStep): StepKindName {
  const kind = stepKindNames.find((name) => step[name] !== undefined);
  if (kind === undefined) throw new Error(`step ${step.name} has no kind`);
  return kind;
}

/** A circle of needs cannot be declared; one that is met all the same ends the search. */
function seenBy(
  name: string,
  section: Section,
  needs: ReadonlyMap<string, readonly Need[]>,
  flat: readonly { readonly section: Section; readonly step: PipelineStep }[],
): readonly string[] {
  const seen = new Set<string>();
  const earlier = sections.slice(0, sections.indexOf(section));
  for (const other of flat) if (earlier.includes(other.section)) seen.add(other.step.name);
  const open = [name];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { step } of needs.get(next) ?? []) {
      if (seen.has(step)) continue;
      seen.add(step);
      open.push(step);
    }
  }
  seen.delete(name);
  return [...seen];
}
