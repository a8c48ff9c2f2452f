/*
 * What an analyze step reads and does, out of what analysis, rollouts and sources have.
 */
import { metricStates } from './capabilities/analysis/open.ts';
import { readAnalysisViews } from './capabilities/analysis/reads.ts';
import type { AnalysisState, AnalysisSubject } from './capabilities/analysis/types.ts';
import type { DeliveryState } from './capabilities/rollouts/types.ts';
import { readDocument, readDocuments } from './capabilities/sources/reads.ts';
import { isEndless } from './contract/kinds/analysis-template.ts';
import { readObject } from './engine/reads.ts';
import { openObject } from './engine/store.ts';
import { leaveRequestOnce } from './engine/store-once.ts';
import type { AnalysisWish, AnalyzeDeps } from './integrations/step/analyze/analyze.ts';
import type { Database, Sql } from './platform/db/types.ts';
import type { Json } from './platform/ids/types.ts';

export function analyzeDeps(db: Database, now: () => Date): AnalyzeDeps {
  return {
    openAnalysis: (wish) => openAnalysis(db, wish, now()),
    readAnalysis: async (key) => (await readAnalysisViews(db, [key]))[0] ?? null,
    cancelAnalysis: async ({ analysis, actor, because, key }) => {
      await db.transaction((tx) =>
        leaveRequestOnce(tx, {
          ...{ objectId: `analysis/${analysis}`, action: 'cancel', actor, because },
          requestId: key,
        }),
      );
    },
  };
}

const unfit = (because: string) => ({ is: 'unfit', because }) as const;

/** A missing judge, or one that would never come to an end, is refused: neither ever passes. */
async function openAnalysis(
  db: Sql,
  wish: AnalysisWish,
  now: Date,
): ReturnType<AnalyzeDeps['openAnalysis']> {
  const found = await readDocuments(
    db,
    wish.templates.map((name) => ({ kind: 'AnalysisTemplate' as const, name })),
  );
  const specs = found.map((one) => (one && !one.deleted ? (one.spec?.spec ?? null) : null));
  const missing = wish.templates.filter((_name, at) => (specs[at]?.metrics ?? []).length === 0);
  if (missing.length > 0) {
    return unfit(`AnalysisTemplate ${missing.join(', ')} not declared or without a metric`);
  }
  const metrics = specs.flatMap((spec) => (spec ? metricStates(spec, now) : []));
  const endless = metrics.find(({ metric }) => isEndless(metric));
  if (endless) return unfit(`metric ${endless.metric.name} has no count and would never end`);
  const subject = await subjectOf(db, wish);
  if (typeof subject === 'string') return unfit(subject);
  const state: AnalysisState = {
    subject,
    args: wish.args,
    metrics,
    phase: 'running',
    because: 'No measurement was taken yet.',
    startedAt: now.toISOString(),
    endedAt: null,
    endRequested: false,
    wakes: `run/${wish.subject.run}`,
  };
  await openObject(db, {
    ...{ kind: 'analysis', key: wish.key, phase: state.phase, because: state.because },
    state: state as unknown as Json,
  });
  return { is: 'opened', analysis: wish.key };
}

/** What runs there: the candidate of a rollout under way beside the stable release, else the stable release alone. */
async function subjectOf(db: Sql, wish: AnalysisWish): Promise<AnalysisSubject | string> {
  const { application, environment } = wish;
  const [document, delivery] = await Promise.all([
    readDocument(db, 'Environment', environment),
    readObject<DeliveryState>(db, `delivery/${application}@${environment}`),
  ]);
  if (!document?.spec || document.deleted) return `environment ${environment} is not declared`;
  const { active = null, activeRelease = null, stable = null } = delivery?.state ?? {};
  const candidate = activeRelease ?? stable;
  if (candidate === null) return `nothing of ${application} runs in ${environment}`;
  return {
    application,
    environment,
    rollout: active ?? '',
    targets: document.spec.spec.waves.flatMap((wave) => wave.targets),
    candidate,
    stable: candidate === stable ? null : stable,
  };
}
