import type { Suite } from '../types.ts';
import { benchConcurrentRuns } from './concurrent.ts';
import { benchDurable, benchOverhead } from './durable.ts';

export const runsSuite: Suite = {
  name: 'runs',
  figures: [
    'runs.step.overhead',
    'runs.concurrent',
    'runs.steps.rate',
    'runs.memory',
    'runs.status.p99',
  ],
  run: async (context) => [
    ...(await benchOverhead(context)),
    ...(await benchConcurrentRuns(context)),
  ],
};

/** In a database of its own: what ten thousand runs leave behind would burden one side of the comparison only. */
export const durableSuite: Suite = {
  name: 'durable',
  figures: ['runs.durable.rate', 'runs.durable.dbos', 'runs.durable.overDbos'],
  run: benchDurable,
};
