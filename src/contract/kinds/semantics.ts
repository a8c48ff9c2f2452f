import { checkCondition } from '../../platform/cel/condition.ts';
import type { AnalysisTemplate } from './analysis-template.ts';
import { channelFaults } from './channel-checks.ts';
import type { Fault } from './fault.ts';
import { windowFault } from './freeze.ts';
import { nearest } from './nearest.ts';
import { pipelineFaults } from './pipeline-checks.ts';
import {
  callFaults,
  circularPipelines,
  type PipelineFacts,
  pipelineFacts,
} from './pipeline-references.ts';
import { conditionsOf, referencesOf } from './references.ts';
import type { KindDocument, KindName } from './registry.ts';
import { scheduleFaults } from './schedules.ts';
import { sentence } from './shape.ts';

/** Faults that one document shows by itself: schedules, windows, conditions. A document with any is not used. */
export function documentFaults(document: KindDocument): readonly Fault[] {
  switch (document.kind) {
    case 'Application':
      return [...scheduleFaults(document), ...pathFaults(document)];
    case 'Environment':
      return environmentFaults(document);
    case 'AnalysisTemplate':
      return [...templateFaults(document), ...conditionFaults(document)];
    case 'Pipeline':
      return pipelineFaults(document);
    case 'Channel':
      return channelFaults(document);
    default:
      return [];
  }
}

function pathFaults(document: KindDocument<'Application'>): Fault[] {
  const { pipeline } = document.spec;
  const names = document.spec.environments.map((one) => one.name);
  const approve = pipeline !== undefined && 'approve' in pipeline ? pipeline.approve : [];
  const strays = approve.flatMap((name, index): Fault[] => {
    if (names.includes(name)) return [];
    const near = nearest(name, names);
    return [
      {
        path: ['spec', 'pipeline', 'approve', index],
        code: 'TG1007',
        detail: `${name} is not on the path.`,
        hint: near ? `Did you mean ${near}?` : `Name one of ${names.slice(0, 10).join(', ')}.`,
        needs: [['spec', 'environments']],
      },
    ];
  });
  return [...strays, ...repeatedFaults(document)];
}

function repeatedFaults(document: KindDocument<'Application'>): Fault[] {
  return repeats(document.spec.environments.map((one) => one.name)).map((index) => ({
    path: ['spec', 'environments', index, 'name'],
    code: 'TG1006',
    detail: `${document.spec.environments[index]?.name} is on the path twice.`,
    hint: 'A release goes through an environment once; remove one entry.',
  }));
}

const windowHints = {
  timezone: 'Use a name such as Europe/Berlin or UTC.',
  rrule: 'Use a rule of RFC 5545 such as FREQ=WEEKLY;BYDAY=FR;BYHOUR=17.',
} as const;

function environmentFaults(document: KindDocument<'Environment'>): Fault[] {
  const faults: Fault[] = document.spec.freeze.flatMap((window, index) => {
    const fault = windowFault(window);
    // A rule is tried in its zone; in one that there is not, it is tried in UTC, so that both are told.
    const rule =
      fault?.field === 'timezone' ? windowFault({ rrule: window.rrule, timezone: 'UTC' }) : null;
    return [fault, rule]
      .filter((one) => one !== null)
      .map(({ field, detail }) => ({
        path: ['spec', 'freeze', index, field],
        code: 'TG1004' as const,
        detail: sentence(detail),
        hint: windowHints[field],
      }));
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

function conditionFaults(document: AnalysisTemplate): Fault[] {
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

/** What a template asks of those who refer to it, as far as it can be read. */
type TemplateFacts = {
  readonly name: string;
  readonly args: readonly string[];
  readonly endless: readonly string[];
};

/** What is declared, by kind and name; a template also with what it asks for, an environment with its targets. */
export type Declared = {
  readonly names: { readonly [K in KindName]?: ReadonlySet<string> };
  readonly templates: ReadonlyMap<string, TemplateFacts>;
  readonly targets: ReadonlyMap<string, readonly string[]>;
  readonly pipelines: ReadonlyMap<string, PipelineFacts>;
  readonly circular: ReadonlySet<string>;
};

/** A document that says its kind and name. Of a wrong one, `document` is null or partly not as it was written. */
export type Declaration = {
  readonly kind: KindName;
  readonly name: string;
  readonly document: KindDocument | null;
  readonly asWritten: (fault: Fault) => Fault | null;
};

export function declare(declarations: readonly Declaration[]): Declared {
  const names: Partial<Record<KindName, Set<string>>> = {};
  const templates = new Map<string, TemplateFacts>();
  const targets = new Map<string, readonly string[]>();
  const pipelines = new Map<string, PipelineFacts>();
  for (const { kind, name, document, asWritten } of declarations) {
    const known = names[kind] ?? new Set<string>();
    names[kind] = known.add(name);
    const written = (...path: PropertyKey[]): boolean =>
      asWritten({ path, code: 'TG1007', detail: '' }) !== null;
    if (document?.kind === 'AnalysisTemplate') {
      templates.set(name, templateFacts(document, written));
    }
    if (document?.kind === 'Pipeline') pipelines.set(name, pipelineFacts(document, written));
    if (document?.kind === 'Environment') {
      const all = document.spec.waves.flatMap((wave, index) =>
        wave.targets.filter((_target, at) => written('spec', 'waves', index, 'targets', at)),
      );
      targets.set(name, all);
    }
  }
  return { names, templates, targets, pipelines, circular: circularPipelines(pipelines) };
}

function templateFacts(
  { metadata, spec }: AnalysisTemplate,
  written: (...path: PropertyKey[]) => boolean,
): TemplateFacts {
  const args = spec.args.filter(
    (one, at) => one.value === undefined && written('spec', 'args', at),
  );
  const endless = spec.metrics.filter(
    (one, at) => one.count === undefined && written('spec', 'metrics', at, 'count'),
  );
  return {
    name: metadata.name,
    args: args.map((one) => one.name),
    endless: endless.map((one) => one.name),
  };
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
  const calls =
    document.kind === 'Pipeline'
      ? callFaults(document, declared.pipelines, declared.circular).take(50).toArray()
      : [];
  return [...dangling, ...shared, ...calls];
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

function endlessFaults(path: readonly PropertyKey[], template: TemplateFacts): Fault[] {
  return template.endless.map((name) => ({
    path,
    code: 'TG1008',
    detail: `Metric ${name} of AnalysisTemplate ${template.name} has no count, so this step would never end.`,
    hint: `Add count to the metric, or use the template as backgroundAnalysis.`,
  }));
}

function argumentFaults(
  path: readonly PropertyKey[],
  template: TemplateFacts,
  given: Readonly<Record<string, string>>,
): Fault[] {
  const missing = template.args.filter((name) => !Object.hasOwn(given, name));
  return missing.map((name) => ({
    path,
    code: 'TG1007',
    detail: `AnalysisTemplate ${template.name} needs the argument ${name}.`,
    hint: `Add args: { ${name}: … } beside templates.`,
    needs: [[...path.slice(0, -2), 'args']],
  }));
}
