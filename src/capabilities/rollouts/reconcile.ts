import type { AnalysisTemplate } from '../../contract/kinds/analysis-template.ts';
import type { Environment } from '../../contract/kinds/environment.ts';
import { freezeAt } from '../../contract/kinds/freeze.ts';
import type { AnalysisRef, Strategy } from '../../contract/kinds/strategy.ts';
import type { Reconciler } from '../../engine/types.ts';
import type { Sql } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import { readAnalysisViews } from '../analysis/reads.ts';
import type { MetricState } from '../analysis/types.ts';
import { readTargetViews } from '../fleet/reads.ts';
import { readRelease } from '../releases/reads.ts';
import type { Release } from '../releases/types.ts';
import { readDocument } from '../sources/reads.ts';
import { applyWrites, type NeighbourWrites } from './apply.ts';
import { decideRollout } from './decide.ts';
import type { FreezeView, RolloutSnapshot, RolloutState, RolloutWrite } from './types.ts';

export type RolloutDeps = NeighbourWrites & {
  readonly db: Sql;
  readonly metricStates: (spec: AnalysisTemplate['spec'], now: Date) => readonly MetricState[];
};

const schema = 1;

export function rolloutReconciler(
  deps: RolloutDeps,
): Reconciler<RolloutState, RolloutSnapshot, RolloutWrite> {
  return {
    kind: 'rollout',
    schema,
    journal: true,
    upgrade: (state, from) => upgraded<RolloutState>('rollout', state, from),
    load: async (object, inbox) => {
      const { plan, analyses } = object.state;
      const targets = plan.waves.flatMap((wave) => wave.targets);
      const [candidate, stable, views, verdicts, templates, freeze] = await Promise.all([
        mustReadRelease(deps.db, plan.candidate),
        plan.stable === null ? null : mustReadRelease(deps.db, plan.stable),
        readTargetViews(deps.db, plan.application, plan.environment, targets),
        readAnalysisViews(
          deps.db,
          analyses.map((use) => use.key),
        ),
        readTemplates(deps, plan.strategy, inbox.now),
        readFreeze(deps.db, plan.environment, inbox.now),
      ]);
      return {
        id: object.key,
        state: object.state,
        candidate,
        stable,
        targets: views,
        analyses: verdicts,
        templates,
        freeze,
        requests: inbox.requests,
        effects: inbox.effects,
      };
    },
    decide: decideRollout,
    apply: async (tx, object, writes) => {
      const { application, environment } = object.state.plan;
      const subject = { application, environment, rollout: object.key };
      await applyWrites(tx, deps, subject, object.id, writes);
    },
  };
}

export function upgraded<S>(kind: string, state: unknown, from: number): S {
  if (from > schema) fail('TG1702', { detail: `A ${kind} has state of version ${from}.` });
  return state as S;
}

async function mustReadRelease(sql: Sql, id: string): Promise<Release> {
  const release = await readRelease(sql, id);
  if (release) return release;
  fail('TG1202', { detail: `Release ${id} of a rollout is not there.` });
}

/** Frozen now, by the environment's windows as they are declared now: an edit of them counts for a rollout under way. */
async function readFreeze(sql: Sql, environment: string, now: Date): Promise<FreezeView> {
  const document = await readDocument<Environment>(sql, 'Environment', environment);
  return freezeAt(document?.spec?.spec.freeze ?? [], now);
}

type Templates = RolloutSnapshot['templates'];

/** Templates that the strategy names. One that is not declared (any more) is left out, and the decision says so. */
async function readTemplates(deps: RolloutDeps, strategy: Strategy, now: Date): Promise<Templates> {
  const names = [...new Set(templateNames(strategy))];
  const found = await Promise.all(
    names.map((name) => readDocument<AnalysisTemplate>(deps.db, 'AnalysisTemplate', name)),
  );
  const templates: Record<string, readonly MetricState[]> = {};
  for (const [index, name] of names.entries()) {
    const spec = found[index]?.spec?.spec;
    if (!spec) continue;
    templates[name] = deps.metricStates(spec, now);
  }
  return templates;
}

function templateNames(strategy: Strategy): readonly string[] {
  const names: string[] = [];
  eachReference(strategy, (reference) => names.push(...reference.templates));
  return names;
}

/** Every reference to analysis templates in a strategy, wherever it stands. */
function eachReference(value: unknown, tell: (reference: AnalysisRef) => void): void {
  if (value === null || typeof value !== 'object') return;
  if (isReference(value)) tell(value);
  for (const key in value) eachReference(value[key as keyof typeof value], tell);
}

function isReference(value: object): value is AnalysisRef {
  return 'templates' in value && Array.isArray(value.templates) && 'args' in value;
}
