import type { Fault } from './fault.ts';
import { strategiesOf } from './references.ts';
import type { KindDocument } from './registry.ts';
import type { Strategy } from './strategy.ts';

type Path = readonly PropertyKey[];
type Canary = NonNullable<Strategy['canary']>;

/** Schedules that could not work, found before anything starts: weights that do not rise, steps that lead nowhere. */
export function scheduleFaults(document: KindDocument<'Application'>): readonly Fault[] {
  return strategiesOf(document).flatMap(({ path, strategy }) => [
    ...(strategy.canary ? canaryFaults([...path, 'canary'], strategy.canary) : []),
    ...baselineFaults(path, strategy),
    ...(strategy.progressive
      ? risingFaults(
          strategy.progressive.steps.map((step, index) => ({
            path: [...path, 'progressive', 'steps', index, 'percent'],
            value: step.percent,
          })),
          'percent',
        )
      : []),
  ]);
}

function canaryFaults(path: Path, canary: Canary): Fault[] {
  const weights = canary.steps.flatMap((step, index) =>
    'setWeight' in step
      ? [{ path: [...path, 'steps', index, 'setWeight'], value: step.setWeight }]
      : [],
  );
  const faults: Fault[] = [];
  if (weights.length === 0) {
    faults.push({
      path: [...path, 'steps'],
      code: 'TG1008',
      detail: 'A canary without a setWeight step never gives the candidate any traffic.',
      hint: 'Add a step such as - setWeight: 10 before the first pause or analysis.',
    });
  }
  faults.push(...risingFaults(weights, 'setWeight'));
  const start = canary.backgroundAnalysis?.startingStep ?? 0;
  if (start >= canary.steps.length) {
    faults.push({
      path: [...path, 'backgroundAnalysis', 'startingStep'],
      code: 'TG1008',
      detail: `startingStep ${start} is after the last step, so the analysis would never start.`,
      hint: `Steps count from 0; use at most ${canary.steps.length - 1}.`,
      needs: [[...path, 'steps']],
    });
  }
  return faults;
}

/** A copy costs replicas, so it is for those who look at it. */
function baselineFaults(path: Path, { canary, progressive }: Strategy): Fault[] {
  const [name, chosen] = canary ? ['canary', canary] : ['progressive', progressive];
  if (chosen?.baseline !== 'fresh' || chosen.backgroundAnalysis) return [];
  if (chosen.steps.some((step) => 'analysis' in step && step.analysis !== undefined)) return [];
  return [
    {
      path: [...path, name, 'baseline'],
      code: 'TG1008',
      detail:
        'A fresh copy of the stable release would run for nothing: no analysis compares with it.',
      hint: 'Add an analysis step or backgroundAnalysis, or leave baseline out.',
      needs: [
        [...path, name, 'steps'],
        [...path, name, 'backgroundAnalysis'],
      ],
    },
  ];
}

function risingFaults(
  steps: readonly { readonly path: Path; readonly value: number }[],
  field: string,
): Fault[] {
  let before: { readonly path: Path; readonly value: number } | null = null;
  const faults: Fault[] = [];
  for (const [index, step] of steps.entries()) {
    const least: number = before?.value ?? 0;
    // A first weight of 0 is how a candidate is started, warmed and tried by header before it gets traffic.
    if (step.value <= least && !(index === 0 && step.value === 0)) {
      faults.push({
        path: step.path,
        code: 'TG1008',
        detail: `${field} ${step.value} does not rise above the ${least} before it.`,
        hint:
          least < 100 ? `Use a number from ${least + 1} to 100.` : 'Remove the steps after 100.',
        needs: before === null ? [] : [before.path],
      });
    }
    if (before === null || step.value > before.value) before = step;
  }
  return faults;
}
