import { isEndless } from '../../contract/kinds/analysis-template.ts';
import { renderDuration } from '../../contract/kinds/common.ts';
import type { AnalysisRef, Strategy } from '../../contract/kinds/strategy.ts';
import type { StrategyInput } from '../../contract/simulate/input.ts';
import type { RolloutPlan } from '../rollouts/types.ts';
import type { Course, CourseStep, JudgedBy, PlannedStep, Strategies } from './types.ts';

/** Share of the requests that a header or cookie route is taken to match. */
export const matchedShare = 0.1;

/** The wave that every simulated rollout goes through, in the steps that rollouts make of the strategy. */
export function courseOf(
  { strategy, templates }: StrategyInput,
  soak: number,
  { stepsOf, backgroundOf }: Strategies,
): Course {
  const plan = planOf(strategy);
  const isFresh = (strategy.canary ?? strategy.progressive)?.baseline === 'fresh';
  const notes: string[] = [];
  const judgedBy = (ref: AnalysisRef | null | undefined): JudgedBy | null => {
    const found = ref ? simulated(ref, templates) : null;
    for (const note of found?.notes ?? []) if (!notes.includes(note)) notes.push(note);
    return found?.judged ?? null;
  };
  const steps = stepsOf(plan).map((step): CourseStep => {
    const judged = step.do === 'analysis' || step.do === 'test' ? judgedBy(step.ref) : null;
    return { step, words: wordsOf(step), judged };
  });
  const declared = backgroundOf(plan);
  const judged = judgedBy(declared?.ref);
  const background = declared && judged ? { judged, startingStep: declared.startingStep } : null;
  const all = [...steps.flatMap((one) => one.judged ?? []), ...(background ? [judged] : [])];
  return {
    steps,
    background,
    soak,
    isFresh,
    notes: [
      ...assumptions(
        steps.map(({ step }) => step),
        isFresh,
      ),
      ...notes,
    ],
    needsLatency: all.some((one) => /"latency"|\bp\d\d\b|latency/.test(JSON.stringify(one))),
  };
}

/** Metrics of the router; what other sources would answer nobody knows. */
function simulated(ref: AnalysisRef, templates: StrategyInput['templates']) {
  const named = ref.templates.flatMap((name) =>
    templates.filter(({ metadata }) => metadata.name === name),
  );
  const specs = named
    .map(({ spec }) => ({
      ...spec,
      metrics: spec.metrics.filter(({ provider }) => 'router' in provider),
    }))
    .filter(({ metrics }) => metrics.length > 0);
  const left = named.flatMap(({ spec }) =>
    spec.metrics.filter(({ provider }) => !('router' in provider)),
  );
  const endless = specs.some(({ metrics }) => metrics.some(isEndless));
  return {
    judged: specs.length === 0 ? null : { specs, args: ref.args, endless },
    notes: [
      ...left.map(
        ({ name, provider }) =>
          `${name} is left out: what ${Object.keys(provider)[0]} would answer cannot be simulated`,
      ),
      ...(specs.length === 0
        ? [`the analysis by ${ref.templates.join(', ')} passes: nothing of it can be simulated`]
        : []),
    ],
  };
}

function assumptions(steps: readonly PlannedStep[], isFresh: boolean): readonly string[] {
  const has = (...kinds: readonly PlannedStep['do'][]) =>
    steps.some((step) => kinds.includes(step.do));
  const waits = steps.some((step) => step.do === 'pause' && step.duration === null);
  return [
    'one wave; the candidate is ready and the router has its weights at once',
    isFresh
      ? 'the fresh copy of the stable release is ready at once'
      : 'the stable release has served for an hour',
    ...(has('approval') || waits ? ['people approve and promote at once'] : []),
    ...(has('route')
      ? [`${matchedShare * 100} % of the requests match a header or cookie route`]
      : []),
    ...(has('preview') ? ['nobody visits the preview address'] : []),
  ];
}

function wordsOf(step: PlannedStep): string {
  switch (step.do) {
    case 'weight':
      return `weight ${step.weight} %`;
    case 'route':
      return 'route by header';
    case 'pause':
      return step.duration === null ? 'pause' : `pause ${renderDuration(step.duration)}`;
    case 'analysis':
      return `analysis ${step.ref.templates.join(', ')}`;
    case 'test':
      return `test ${renderDuration(step.duration)}`;
    case 'approval':
    case 'preview':
      return step.do;
  }
}

/** A rollout of which only the strategy matters. */
const planOf = (strategy: Strategy): RolloutPlan => ({
  application: 'simulated',
  environment: 'simulated',
  candidate: 'candidate',
  stable: 'stable',
  strategy,
  waves: [{ name: 'simulated', targets: ['simulated'], soak: 0 }],
  maxUnavailable: 0,
  replicas: 1,
  progressDeadline: 0,
  onInconclusive: 'hold',
  approvers: [],
  fastTrack: false,
  isRollback: false,
  commit: { id: '', author: '', subject: '' },
  repository: '',
  path: '',
});
