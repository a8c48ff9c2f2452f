import type { FindSource } from '../../src/capabilities/analysis/measure.ts';
import { readCounters } from '../../src/capabilities/fleet/reads.ts';
import type { MetricAnswer, MetricSource } from '../../src/integrations/metric-source/port.ts';
import { routerSource } from '../../src/integrations/metric-source/router/router.ts';
import type { Sql } from '../../src/platform/db/types.ts';
import { problem } from '../../src/platform/errors/problem.ts';
import type { Nature } from './machine.ts';
import type { Random } from './random.ts';

export const metricFaults = ['none', 'nan', 'error', 'flap', 'late'] as const;
export type MetricFault = (typeof metricFaults)[number];

export type MetricMood = {
  fault: MetricFault | null;
  until: number;
  /** Nobody answers when this application is asked about. */
  mute: string | null;
};

export type MetricDeps = {
  readonly db: Sql;
  readonly now: () => number;
  readonly natureOf: (release: string) => Nature;
  readonly random: Random;
  readonly hit: (what: `metric-${MetricFault}` | 'own-mute') => void;
  /** Told of each answer that held a number, by rollout and source. */
  readonly answered: (rollout: string, source: string) => void;
};

/** Metric sources: the product's own router source over reported counters, and one web source, both with moods. */
export function simulatedSources(deps: MetricDeps): {
  readonly sources: FindSource;
  readonly mood: MetricMood;
} {
  const mood: MetricMood = { fault: null, until: 0, mute: null };
  const router = routerSource({
    readCounters: (targets, application) => readCounters(deps.db, targets, application),
    clock: deps.now,
  });
  const web: MetricSource = {
    name: 'web',
    measure: async ({ subject }) => {
      const result = deps.natureOf(subject.candidate) === 'bad' ? 0.9 : 0.1;
      return { ok: true, value: { result }, query: 'slow', baseline: null };
    },
  };
  const moody = (source: MetricSource): MetricSource => {
    const earlier = new Map<string, MetricAnswer>();
    return {
      name: source.name,
      measure: async (question, signal) => {
        const { rollout, application } = question.subject;
        if (mood.mute === application) {
          deps.hit('own-mute');
          return silence;
        }
        const true_ = await source.measure(question, signal);
        const before = earlier.get(rollout);
        earlier.set(rollout, true_);
        const answer = changed(deps, mood, true_, before);
        if (answer.ok && hasNumber(answer.value?.result)) deps.answered(rollout, source.name);
        return answer;
      },
    };
  };
  const byName = new Map([moody(router), moody(web)].map((source) => [source.name, source]));
  return { sources: (name) => byName.get(name) ?? null, mood };
}

const silence: MetricAnswer = {
  ok: false,
  problem: problem('TG1401', { detail: 'No answer.' }),
  query: '',
};

function changed(
  { now, random, hit }: MetricDeps,
  mood: MetricMood,
  answer: MetricAnswer,
  before: MetricAnswer | undefined,
): MetricAnswer {
  const { fault } = mood;
  if (fault === null || now() >= mood.until || !answer.ok) return answer;
  const flaps = fault === 'flap' && random.chance(0.5);
  if (fault !== 'flap' || flaps) hit(`metric-${fault}`);
  switch (fault) {
    case 'none':
      return { ...answer, value: null };
    case 'nan':
      return { ...answer, value: { result: Number.NaN } };
    case 'error':
      return silence;
    case 'late':
      return before ?? { ...answer, value: null };
    case 'flap':
      return flaps && typeof answer.value?.result === 'number'
        ? { ...answer, value: { result: 1 - answer.value.result } }
        : answer;
  }
}

/** A finite number, or figures that hold one. */
export function hasNumber(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((part) => typeof part === 'number' && Number.isFinite(part));
}
