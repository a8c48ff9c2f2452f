import type { Problem } from '../../platform/errors/problem.ts';
import type { AnalysisTemplate } from './analysis-template.ts';
import { windowFault } from './freeze.ts';
import { nearest } from './nearest.ts';
import { conditionsOf, referencesOf } from './references.ts';
import { documentName, type KindDocument, type KindName } from './registry.ts';
import { type Fault, scheduleFaults } from './schedules.ts';

export type CheckCondition = (text: string) => Problem | null;

/** Faults that one document shows by itself: schedules, windows, conditions. A document with any is not used. */
export function documentFaults(
  document: KindDocument,
  checkCondition: CheckCondition | null,
): readonly Fault[] {
  switch (document.kind) {
    case 'Application':
      return [...scheduleFaults(document), ...pathFaults(document)];
    case 'Environment':
      return environmentFaults(document);
    case 'AnalysisTemplate':
      return [
        ...templateFaults(document),
        ...(checkCondition ? conditionFaults(document, checkCondition) : []),
      ];
    default:
      return [];
  }
}

function pathFaults(document: KindDocument<'Application'>): Fault[] {
  return repeats(document.spec.environments.map((one) => one.name)).map((index) => ({
    path: ['spec', 'environments', index, 'name'],
    code: 'TG1006',
    detail: `${document.spec.environments[index]?.name} is on the path twice.`,
    hint: 'A release goes through an environment once; remove one entry.',
  }));
}

function environmentFaults(document: KindDocument<'Environment'>): Fault[] {
  const faults: Fault[] = document.spec.freeze.flatMap((window, index) => {
    const fault = windowFault(window);
    return fault === null
      ? []
      : [
          {
            path: ['spec', 'freeze', index, fault.field],
            code: 'TG1004' as const,
            detail: fault.detail,
          },
        ];
  });
  const seen = new Set<string>();
  for (const [wave, { targets }] of document.spec.waves.entries()) {
    for (const [index, target] of targets.entries()) {
      if (seen.has(target)) {
        const path = ['spec', 'waves', wave, 'targets', index];
        const detail = `Target ${target} is in the waves twice.`;
        faults.push({ path, code: 'TG1006', detail, hint: 'A target rolls in one wave.' });
      }
      seen.add(target);
    }
  }
  return faults;
}

function templateFaults(document: AnalysisTemplate): Fault[] {
  return repeats(document.spec.metrics.map((one) => one.name)).map((index) => ({
    path: ['spec', 'metrics', index, 'name'],
    code: 'TG1006',
    detail: `A metric ${document.spec.metrics[index]?.name} is there already.`,
    hint: 'Metrics are told apart by their names; rename one.',
  }));
}

function conditionFaults(document: AnalysisTemplate, checkCondition: CheckCondition): Fault[] {
  return conditionsOf(document).flatMap(({ path, text }) => {
    const found = checkCondition(text);
    return found === null
      ? []
      : [{ path, code: found.code, detail: found.detail, hint: found.hint }];
  });
}

/** Indexes of the values that came before. */
const repeats = (values: readonly string[]): number[] =>
  values.flatMap((value, index) => (values.indexOf(value) < index ? [index] : []));

/** What is declared, by kind and name; a template also with the arguments it takes, an environment with its targets. */
export type Declared = {
  readonly names: { readonly [K in KindName]?: ReadonlySet<string> };
  readonly templates: ReadonlyMap<string, AnalysisTemplate>;
  readonly targets: ReadonlyMap<string, readonly string[]>;
};

export function declare(documents: readonly KindDocument[]): Declared {
  const names: Partial<Record<KindName, Set<string>>> = {};
  const templates = new Map<string, AnalysisTemplate>();
  const targets = new Map<string, readonly string[]>();
  for (const document of documents) {
    const known = names[document.kind] ?? new Set<string>();
    names[document.kind] = known.add(documentName(document));
    if (document.kind === 'AnalysisTemplate') templates.set(document.metadata.name, document);
    if (document.kind === 'Environment') {
      const all = document.spec.waves.flatMap((wave) => wave.targets);
      targets.set(document.metadata.name, all);
    }
  }
  return { names, templates, targets };
}

/** Faults that a document shows beside the others: it refers to what is not declared, or leaves out an argument. */
export function referenceFaults(document: KindDocument, declared: Declared): readonly Fault[] {
  const shared = document.kind === 'Application' ? sharedTargetFaults(document, declared) : [];
  const dangling = referencesOf(document).flatMap((reference): Fault[] => {
    const known = declared.names[reference.kind];
    if (!known?.has(reference.name)) {
      const near = nearest(reference.name, [...(known ?? [])]);
      return [
        {
          path: reference.path,
          code: 'TG1007',
          detail: `No ${reference.kind} ${reference.name} is declared.`,
          ...(near ? { hint: `Did you mean ${near}?` } : {}),
        },
      ];
    }
    const template = declared.templates.get(reference.name);
    if (reference.args === undefined || template === undefined) return [];
    return [
      ...argumentFaults(reference.path, template, reference.args),
      ...(reference.mustEnd ? endlessFaults(reference.path, template) : []),
    ];
  });
  return [...dangling, ...shared];
}

/** A target serves one version of an application: two environments that share one would take it from each other. */
function sharedTargetFaults(
  { metadata, spec }: KindDocument<'Application'>,
  declared: Declared,
): Fault[] {
  const holders = new Map<string, string>();
  return spec.environments.flatMap(({ name }, index) =>
    (declared.targets.get(name) ?? []).flatMap((target): Fault[] => {
      const holder = holders.get(target);
      if (holder === undefined) holders.set(target, name);
      if (holder === undefined || holder === name) return [];
      return [
        {
          path: ['spec', 'environments', index, 'name'],
          code: 'TG1006',
          detail: `Target ${target} is in ${holder} and in ${name}, and ${metadata.name} goes through both.`,
          hint: 'Give each environment targets of its own; one host may serve several targets.',
        },
      ];
    }),
  );
}

function endlessFaults(path: readonly PropertyKey[], template: AnalysisTemplate): Fault[] {
  const endless = template.spec.metrics.filter((one) => one.count === undefined);
  return endless.map((one) => ({
    path,
    code: 'TG1008',
    detail: `Metric ${one.name} of AnalysisTemplate ${template.metadata.name} has no count, so this step would never end.`,
    hint: `Add count to the metric, or use the template as backgroundAnalysis.`,
  }));
}

function argumentFaults(
  path: readonly PropertyKey[],
  template: AnalysisTemplate,
  given: Readonly<Record<string, string>>,
): Fault[] {
  const missing = template.spec.args.filter(
    (one) => one.value === undefined && !Object.hasOwn(given, one.name),
  );
  return missing.map((one) => ({
    path,
    code: 'TG1007',
    detail: `AnalysisTemplate ${template.metadata.name} needs the argument ${one.name}.`,
    hint: `Add args: { ${one.name}: … } beside templates.`,
  }));
}
