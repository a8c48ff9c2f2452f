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
    'runs.durable.rate',
    'runs.durable.dbos',
    'runs.durable.overDbos',
  ],
  run: async (context) => [
    ...(await benchOverhead(context)),
    ...(await benchConcurrentRuns(context)),
    ...(await benchDurable(context)),
  ],
};
