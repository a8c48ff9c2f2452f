import { readStrategy } from '../../contract/simulate/input.ts';
import type { Harm, Simulated } from '../../contract/simulate/schema.ts';
import { figures } from '../../integrations/metric-source/router/figures.ts';
import { decideAnalysis } from '../analysis/decide.ts';
import { metricStates } from '../analysis/open.ts';
import type { Judges } from '../backtests/types.ts';
import { backgroundOf, stepsOf } from '../rollouts/decide-strategy.ts';
import { courseOf } from './course.ts';
import { type Asked, simulate } from './simulate.ts';
import type { Course } from './types.ts';

export const judges: Judges = { decide: decideAnalysis, open: metricStates, figures };

export const template = (name: string, metric: string): string => `---
apiVersion: tidegate.dev/v1
kind: AnalysisTemplate
metadata: { name: ${name} }
spec: { metrics: [{ name: ${name}, provider: { router: {} }, interval: 10s, ${metric} }] }
`;

/** `strategy` as YAML, with templates behind it. */
export function course(strategy: string, soak = 0): Course {
  const read = readStrategy([{ path: 'strategy.yaml', text: strategy }]);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return courseOf(read.input, soak, { stepsOf, backgroundOf });
}

export function simulated(
  of: Course,
  harms: readonly Harm[],
  more: Partial<Asked> = {},
  spent: () => number = () => 0,
): readonly Simulated[] {
  const asked: Asked = {
    traffic: 50,
    baseline: { errorRate: 0.005, latency: 0.05 },
    harms: [...harms],
    seeds: 30,
    seed: 1,
    ...more,
  };
  const work = simulate(of, asked, judges, spent);
  for (;;) {
    const next = work.next();
    if (next.done) return next.value;
  }
}

export const canary = `canary:
  steps: [{ setWeight: 10 }, { pause: { duration: 1m } }, { setWeight: 50 }, { pause: { duration: 2m } }]
`;
export const watched = `${canary}  backgroundAnalysis: { templates: [errors] }\n`;
