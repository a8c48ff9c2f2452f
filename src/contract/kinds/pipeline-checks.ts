import type { Fault } from './fault.ts';
import type { Pipeline } from './pipeline.ts';
import { expressionFaults } from './pipeline-checks-expressions.ts';
import { graphFaults, loopFaults } from './pipeline-checks-graph.ts';
import { settingFaults } from './pipeline-checks-settings.ts';
import { triggerFaults } from './pipeline-checks-triggers.ts';
import { placedSteps } from './pipeline-steps.ts';

/** More are of no use to a reader, and a hostile document could have a hundred thousand. */
const mostFaults = 50;

/** What a pipeline shows to be wrong by itself, before it ever runs. */
export function pipelineFaults({ spec }: Pipeline): readonly Fault[] {
  const placed = placedSteps(spec);
  return [
    ...some(graphFaults(placed)),
    ...some(loopFaults(placed)),
    ...some(settingFaults(spec, placed)),
    ...some(triggerFaults(spec)),
    ...some(expressionFaults(spec, placed)),
  ];
}

const some = (faults: Generator<Fault>): readonly Fault[] => faults.take(mostFaults).toArray();
