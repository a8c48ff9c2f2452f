import { renderDuration } from '../kinds/common.ts';
import type { Pipeline } from '../kinds/pipeline.ts';
import type { StepKindName } from '../kinds/pipeline-step.ts';
import {
  instancesOf,
  type PlacedStep,
  placedSteps,
  type Section,
  sections,
} from '../kinds/pipeline-steps.ts';

/** A step as a picture shows it. Texts are as they were written: whoever draws makes them harmless. */
export type GraphNode = {
  readonly name: string;
  readonly section: Section;
  readonly kind: StepKindName;
  readonly icon: string;
  /** What it does, in a few words: `deploy to staging`. */
  readonly about: string;
  /** What else is to be known: conditions, loops, tries. */
  readonly notes: readonly string[];
};

/** `is` is empty for a bare need, else the statuses that are asked for. */
export type GraphEdge = {
  readonly from: string;
  readonly to: string;
  readonly is: readonly string[];
};

export type PipelineGraph = {
  readonly name: string;
  readonly sections: readonly Section[];
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
};

export const kindIcons: Readonly<Record<StepKindName, string>> = {
  deploy: '▲',
  analyze: '≈',
  approve: '✓',
  wait: '◷',
  http: '⇄',
  shell: '$',
  container: '□',
  git: '±',
  notify: '»',
  state: '○',
  pipeline: '▶',
};

/**
 * The steps of a pipeline and what leads to what. It can be drawn whatever is wrong with it: of two steps with one name
 * the first is meant, needs that lead nowhere are left out.
 */
export function pipelineGraph({
  metadata,
  spec,
}: Pick<Pipeline, 'metadata' | 'spec'>): PipelineGraph {
  const placed = new Map<string, PlacedStep>();
  for (const one of placedSteps(spec)) if (!placed.has(one.name)) placed.set(one.name, one);
  const all = [...placed.values()];
  return {
    name: metadata.name,
    sections: sections.filter((section) => all.some((one) => one.section === section)),
    nodes: all.map(nodeOf),
    edges: all.flatMap((one) => edgesTo(one, placed)),
  };
}

function edgesTo(one: PlacedStep, placed: ReadonlyMap<string, PlacedStep>): GraphEdge[] {
  const found = new Map<string, GraphEdge>();
  for (const { step, is } of one.needs) {
    if (placed.get(step)?.section !== one.section || step === one.name) continue;
    const before = found.get(step)?.is ?? [];
    found.set(step, { from: step, to: one.name, is: [...new Set([...before, ...(is ?? [])])] });
  }
  return [...found.values()];
}

function nodeOf(one: PlacedStep): GraphNode {
  const { name, section, kind, step } = one;
  const asked = one.needs.filter(({ is }) => is !== null);
  return {
    name,
    section,
    kind,
    icon: kindIcons[kind],
    about: aboutStep(one),
    notes: [
      ...asked.map((need) => `if ${need.step} ${need.is?.join(' or ')}`),
      ...(step.when === undefined ? [] : [`when ${step.when}`]),
      ...(step.forEach === undefined ? [] : [`for each of ${instancesOf(step) ?? 'a list'}`]),
      ...(step.repeat === undefined ? [] : [`until ${step.repeat.until}`]),
      ...(step.retry === undefined ? [] : [`retry ${step.retry.limit}`]),
      ...(step.continueOnError ? ['may fail'] : []),
    ],
  };
}

function aboutStep({ kind, step }: PlacedStep): string {
  const { deploy, analyze, approve, wait, http, shell, container, git, notify, state, pipeline } =
    step;
  if (deploy) return `deploy to ${deploy.environment}`;
  if (analyze) return `analyze ${analyze.environment}: ${analyze.templates.join(', ')}`;
  if (approve) {
    const who = [...approve.approvers, ...approve.roles].join(', ');
    return `approve: ${approve.count} of ${who || 'any deployer'}`;
  }
  if (wait) return `wait ${waitFor(wait)}`;
  if (http) return `http ${http.method} ${http.url}`;
  if (shell)
    return `shell ${shell.command?.join(' ') ?? shell.script?.trim().split('\n')[0] ?? ''}`;
  if (container) return `container ${container.image}`;
  if (git) return `git ${git.pullRequest ? 'pull request' : 'commit'}`;
  if (notify) return `notify ${notify.channels.join(', ')}`;
  if (state) return `state of ${state.environment ?? state.http?.url ?? ''}`;
  return pipeline ? `pipeline ${pipeline.name}` : kind;
}

function waitFor({
  duration,
  until,
  window,
  environment,
}: NonNullable<PlacedStep['step']['wait']>) {
  if (typeof duration === 'number') return renderDuration(duration);
  if (window) return `for a window (${window.kind})`;
  if (environment) return `while ${environment} is frozen`;
  return duration ?? `until ${until ?? ''}`;
}
