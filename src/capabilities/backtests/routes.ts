import {
  type Backtest,
  type BacktestItem,
  backtestBodySchema,
  backtestSchema,
  summaryOf,
} from '../../contract/api/backtests.ts';
import type { AnalysisTemplate } from '../../contract/kinds/analysis-template.ts';
import type { AnalysisRef } from '../../contract/kinds/strategy.ts';
import { parseDocuments } from '../../contract/kinds/validate.ts';
import type { Database } from '../../platform/db/types.ts';
import { fail, ProblemError } from '../../platform/errors/problem.ts';
import type { Routes } from '../../platform/http/types.ts';
import { listRollouts, readRolloutState } from '../rollouts/reads.ts';
import type { AnalysisUse, RolloutPlan, RolloutRow, RolloutState } from '../rollouts/types.ts';
import { beginStory, endStory, tell } from './decide.ts';
import { readLooks } from './reads.ts';
import type { AnalysisPurpose, Judges } from './types.ts';

/** What a step of a strategy says about its analysis. */
type JudgedStep = { readonly do: string; readonly ref?: AnalysisRef | null };

export type BacktestRoutesDeps = {
  readonly db: Database;
  readonly judges: Judges;
  readonly stepsOf: (plan: RolloutPlan) => readonly JudgedStep[];
};

/** Of one rollout; a recording that is longer is judged up to here. */
const mostLooks = 5_000;
/** A page ends early once so many were judged, so that it is answered in time. */
const enoughLooks = 5_000;

/** What recorded rollouts would have come to under another policy. Nothing is changed. */
export function backtestRoutes({ db, judges, stepsOf }: BacktestRoutesDeps): Routes {
  return (app) => {
    app.post(
      '/api/v1/backtests',
      {
        schema: {
          summary: 'Judges recorded rollouts once more, by another policy.',
          description:
            'Newest first. The answers that were recorded then are judged by the templates of the policy; what was not recorded is said and left out. A policy that had not decided when the recording ended would still be looking.',
          body: backtestBodySchema,
          response: { 200: backtestSchema },
        },
      },
      async ({ body }): Promise<Backtest> => {
        const policy = templatesOf(body.policy);
        const { application, environment, limit, cursor, since } = body;
        const query = { application, environment, limit, cursor, active: false };
        const rows = await listRollouts(db, query);
        const items: BacktestItem[] = [];
        const from = since === undefined ? 0 : Date.parse(since);
        let looks = 0;
        for (const row of rows) {
          // Newest first: those that come after began earlier still.
          if (Date.parse(row.startedAt) < from) return pageOf(items, null);
          const item = await backtest({ db, judges, stepsOf }, policy, row);
          items.push(item);
          looks += item.analyses.reduce((sum, one) => sum + one.looks, 0);
          if (looks >= enoughLooks) return pageOf(items, row.id);
        }
        const last = rows.length === limit ? rows.at(-1) : undefined;
        return pageOf(items, last?.id ?? null);
      },
    );
  };
}

const pageOf = (items: BacktestItem[], cursor: string | null): Backtest => ({
  items,
  summary: summaryOf(items),
  cursor,
});

function templatesOf(text: string): readonly AnalysisTemplate[] {
  const { documents, problems } = parseDocuments(text, 'policy');
  const [first] = problems;
  if (first) throw new ProblemError(first);
  const templates = documents.flatMap(({ document }) =>
    document.kind === 'AnalysisTemplate' ? [document] : [],
  );
  if (templates.length > 0) return templates;
  fail('TG1603', {
    detail: 'The policy declares no AnalysisTemplate.',
    hint: 'Give documents of kind AnalysisTemplate.',
  });
}

async function backtest(
  { db, judges, stepsOf }: BacktestRoutesDeps,
  policy: readonly AnalysisTemplate[],
  row: RolloutRow,
): Promise<BacktestItem> {
  const { id, application, environment, release, phase, startedAt } = row;
  const about: About = { rollout: id, application, environment, release, phase, startedAt };
  const state = await readRolloutState(db, id);
  const purposes = state ? purposesOf(state, stepsOf(state.plan)) : [];
  const keys = purposes.map(({ key }) => key);
  let story = beginStory(policy, release, purposes);
  try {
    for await (const look of readLooks(db, keys, mostLooks)) story = tell(story, look, judges);
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    return { ...about, ...unreadable };
  }
  return { ...about, ...endStory(story) };
}

type About = Pick<
  BacktestItem,
  'rollout' | 'application' | 'environment' | 'release' | 'phase' | 'startedAt'
>;

const nothing = { outcome: 'none', at: null, because: '' } as const;

/** A snapshot of another version may lack what is read today. */
const unreadable: Omit<BacktestItem, keyof About> = {
  was: nothing,
  would: nothing,
  difference: 'notJudged',
  because: 'It was recorded by another version of the program, and cannot be judged by this one.',
  requests: { spared: null, added: null },
  analyses: [],
};

/** A verdict that a person went on without did not count then either. */
function purposesOf(
  { plan, analyses }: RolloutState,
  steps: readonly JudgedStep[],
): readonly AnalysisPurpose[] {
  return analyses
    .filter(({ mark }) => mark !== 'skipped')
    .map((use) => {
      const templates = refOf(plan, use, steps)?.templates ?? null;
      return { key: use.key, purpose: use.purpose, wave: use.wave, templates };
    });
}

function refOf(
  { strategy }: RolloutPlan,
  { purpose, step }: AnalysisUse,
  steps: readonly JudgedStep[],
): AnalysisRef | null {
  const { canary, progressive } = strategy;
  if (purpose === 'background') {
    return canary?.backgroundAnalysis ?? progressive?.backgroundAnalysis ?? null;
  }
  return step === null ? null : (steps[step]?.ref ?? null);
}
