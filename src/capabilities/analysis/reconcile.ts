import type { Reconciler } from '../../engine/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import { decideAnalysis } from './decide.ts';
import { dueMetrics, isOver } from './due.ts';
import { type FindSource, measureAll } from './measure.ts';
import type { AnalysisSnapshot, Answers } from './snapshot.ts';
import type { AnalysisState } from './types.ts';

export type AnalysisDeps = { readonly sources: FindSource };

const schema = 1;

/**
 * Measuring happens while loading and changes nothing; what it found is written with the decision. A worker that
 * dies in between has recorded nothing, and the next one measures again: each measurement counts exactly once.
 */
export function analysisReconciler(
  deps: AnalysisDeps,
): Reconciler<AnalysisState, AnalysisSnapshot> {
  return {
    kind: 'analysis',
    schema,
    journal: true,
    upgrade(state, from) {
      if (from > schema) fail('TG1702', { detail: `An analysis has state of version ${from}.` });
      return state as AnalysisState;
    },
    async load({ id, state }, { now, requests }) {
      const asked = new Set(requests.map(({ action }) => action));
      const due = asked.has('cancel') ? [] : dueMetrics(state, asked.has('end'), now);
      const snapshotOf = (answers: Answers): AnalysisSnapshot => ({
        id,
        state,
        at: now.toISOString(),
        answers,
        requests,
      });
      const decides = (answers: Answers) =>
        isOver(decideAnalysis({ ...snapshotOf(answers), requests: [] }, now).state.phase);
      return snapshotOf(await measureAll(deps.sources, state, due, now, decides));
    },
    decide: decideAnalysis,
  };
}
