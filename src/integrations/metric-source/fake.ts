import { problem } from '../../platform/errors/problem.ts';
import type { MetricAnswer, MetricQuestion, MetricSource } from './port.ts';

export type FakeMetricSource = MetricSource & {
  /** What it was asked, in order. */
  readonly asked: readonly MetricQuestion[];
  /** What it answers from now on. */
  set(answer: MetricAnswer): void;
};

/** A source that answers what it was told, for tests of those that ask. It says no data until then. */
export function fakeMetricSource(name: string): FakeMetricSource {
  const asked: MetricQuestion[] = [];
  const answers: MetricAnswer[] = [{ ok: true, value: null, query: 'fake', baseline: null }];
  return {
    name,
    asked,
    set: (answer) => {
      answers[0] = answer;
    },
    measure: async (question, signal) => {
      asked.push(question);
      if (!signal.aborted && answers[0]) return answers[0];
      const late = problem('TG1401', { detail: 'The fake was asked with an ended signal.' });
      return { ok: false, problem: late, query: 'fake' };
    },
  };
}
