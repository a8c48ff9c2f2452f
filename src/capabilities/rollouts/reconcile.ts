import type { AnalysisTemplate } from '../../contract/kinds/analysis-template.ts';
import { freezeAt } from '../../contract/kinds/freeze.ts';
import type { AnalysisRef, Strategy } from '../../contract/kinds/strategy.ts';
import type { Reconciler } from '../../engine/types.ts';
import type { Sql } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import { readAnalysisViews } from '../analysis/reads.ts';
import type { MetricState } from '../analysis/types.ts';
import { readTargetViews } from '../fleet/reads.ts';
import { readReleases } from '../releases/reads.ts';
import type { Release } from '../releases/types.ts';
import { readDocuments } from '../sources/reads.ts';
import { applyWrites, type NeighbourWrites } from './apply.ts';
import { decideRollout } from './decide.ts';
import type { RolloutSnapshot, RolloutState, RolloutWrite } from './types.ts';

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
      const [releases, views, verdicts, declared] = await Promise.all([
        readReleases(deps.db, [plan.candidate, ...(plan.stable === null ? [] : [plan.stable])]),
        readTargetViews(deps.db, plan.application, plan.environment, targets),
        readAnalysisViews(
          deps.db,
          analyses.map((use) => use.key),
        ),
        readDeclared(deps, plan, inbox.now),
      ]);
      return {
        id: object.key,
        state: object.state,
        candidate: releaseOf(releases, plan.candidate),
        stable: plan.stable === null ? null : releaseOf(releases, plan.stable),
        targets: views,
        analyses: verdicts,
        ...declared,
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

function releaseOf(releases: ReadonlyMap<string, Release>, id: string): Release {
  const release = releases.get(id);
  if (release) return release;
  fail('TG1202', { detail: `Release ${id} of a rollout is not there.` });
}

type Declared = Pick<RolloutSnapshot, 'freeze' | 'templates'>;

/**
 * What is declared now, since an edit of it counts for a rollout under way: whether the environment's windows freeze, and
 * the templates that the strategy names. One that is not declared (any more) is left out, and the decision says so.
 */
async function readDeclared(
  deps: RolloutDeps,
  { strategy, environment }: RolloutState['plan'],
  now: Date,
): Promise<Declared> {
  const names = [...new Set(templateNames(strategy))];
  const [place, ...found] = await readDocuments(deps.db, [
    { kind: 'Environment', name: environment },
    ...names.map((name) => ({ kind: 'AnalysisTemplate' as const, name })),
  ]);
  const templates: Record<string, readonly MetricState[]> = {};
  for (const [index, name] of names.entries()) {
    const spec = found[index]?.spec?.spec;
    if (spec) templates[name] = deps.metricStates(spec, now);
  }
  return { freeze: freezeAt(place?.spec?.spec.freeze ?? [], now), templates };
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
