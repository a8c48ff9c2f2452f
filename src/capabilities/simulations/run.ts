import type { ActionRequest } from '../../engine/types.ts';
import type { MetricAnswer } from '../../integrations/metric-source/port.ts';
import type { AnalysisState, MetricState } from '../analysis/types.ts';
import type { Judges } from '../backtests/types.ts';
import { matchedShare } from './course.ts';
import type { Random } from './random.ts';
import { createTraffic, routerAnswer, type Seen } from './traffic.ts';
import type { Course, JudgedBy, Load, RunEnd } from './types.ts';

/** An analysis that nothing has ended after so many looks came to no verdict. */
const mostLooks = 5_000;
/** The same where no request goes to the candidate, so that no look can say anything. */
const mostIdle = 100;

type Watch = {
  state: AnalysisState;
  /** What the router had counted at each metric's last look. */
  readonly before: (Seen | null)[];
  /** When every metric can have compared (ms): it is not asked to end before. */
  readonly worthFrom: number;
};

/**
 * One rollout of one wave under synthetic traffic, judged by the product's own judges, from one seed. Yields after
 * each look, so that whoever drives it may pause. Simplified: there is one wave and one target, the candidate is ready
 * and weights are served at once, people answer at once, a rollout that goes back exposes nobody any more, and only the
 * router's metrics are looked at. Steps, and when analyses begin, look and are asked to end, are as rollouts have them.
 */
export function* simulateRun(
  course: Course,
  load: Load,
  random: Random,
  judges: Judges,
): Generator<undefined, RunEnd> {
  return yield* new Run(course, load, random, judges).go();
}

class Run {
  private readonly course: Course;
  private readonly judges: Judges;
  private readonly traffic;
  private readonly exposed: number[] = [];
  private readonly watches: Watch[] = [];
  private background: Watch | null = null;
  private now = 0;
  private weight = 0;
  private matched = 0;
  private looks = 0;
  private ended: RunEnd['is'] | null = null;

  constructor(course: Course, load: Load, random: Random, judges: Judges) {
    this.course = course;
    this.judges = judges;
    this.traffic = createTraffic(random, load, course.isFresh);
  }

  *go(): Generator<undefined, RunEnd> {
    const { steps, soak } = this.course;
    for (const index of steps.keys()) {
      yield* this.step(index);
      this.note();
      if (this.ended) return this.end(index);
    }
    this.weight = 1;
    this.watchBackground(steps.length, true);
    yield* this.wait(this.now + soak);
    if (this.background) yield* this.finish(this.background);
    this.note();
    this.ended ??= 'passed';
    return this.end(steps.length);
  }

  private *step(index: number): Generator<undefined, void> {
    const one = this.course.steps[index];
    if (!one) return;
    const { step, judged } = one;
    const isShift = step.do === 'weight' || step.do === 'route';
    this.watchBackground(index, !isShift);
    if (step.do === 'weight') this.weight = step.weight / 100;
    if (step.do === 'route') this.matched = step.match.length > 0 ? matchedShare : 0;
    if (isShift) this.watchBackground(index, true);
    if (step.do === 'pause' && step.duration !== null) yield* this.wait(this.now + step.duration);
    if (step.do === 'analysis' && judged) {
      // A rollout refuses to open what nobody would end, and holds.
      if (judged.endless) this.ended = 'unclear';
      else yield* this.until(this.watch(judged, false), Number.POSITIVE_INFINITY);
    }
    if (step.do === 'test') {
      const until = this.now + step.duration;
      const watch = judged && this.watch(judged, false);
      yield* this.wait(until);
      if (watch) yield* this.finish(watch);
    }
  }

  /** A background analysis begins at its step, once there is something to measure. */
  private watchBackground(index: number, isPast: boolean): void {
    const { background } = this.course;
    if (!background || this.background || index < background.startingStep) return;
    if (this.share > 0 || isPast) this.background = this.watch(background.judged, true);
  }

  private watch({ specs, args }: JudgedBy, untilEnded: boolean): Watch {
    const at = dateOf(this.now);
    const metrics = specs.flatMap((spec) => this.judges.open(spec, at));
    const firsts = metrics.map(({ metric }) => metric.initialDelay + (metric.interval ?? 0));
    const watch: Watch = {
      state: { ...beginning, args, metrics, startedAt: at.toISOString(), untilEnded },
      before: metrics.map(() => null),
      worthFrom: this.now + Math.max(...firsts),
    };
    this.watches.push(watch);
    return watch;
  }

  /** Until this time, or until something ended the rollout. */
  private wait(until: number): Generator<undefined, void> {
    return this.until(null, until);
  }

  /** Asks it to come to its verdict, as soon as it can have one. */
  private *finish(watch: Watch): Generator<undefined, void> {
    yield* this.until(watch, watch.worthFrom);
    if (this.ended || watch.state.phase !== 'running') return;
    this.look(watch, [endRequest(dateOf(this.now))]);
    yield;
  }

  private *until(watch: Watch | null, until: number): Generator<undefined, void> {
    while (!this.ended && (watch === null || watch.state.phase === 'running')) {
      const next = Math.min(...this.watches.map(nextLook));
      if (next > until) {
        this.pass(until);
        return;
      }
      if (!Number.isFinite(next) || this.looks >= (this.share > 0 ? mostLooks : mostIdle)) {
        this.ended = 'unclear';
        return;
      }
      this.pass(next);
      for (const one of this.watches) if (nextLook(one) <= next) this.look(one, []);
      yield;
    }
  }

  /** Of all requests: those that match, and the weight's share of the others. */
  private get share(): number {
    return this.weight + (1 - this.weight) * this.matched;
  }

  private pass(at: number): void {
    if (at > this.now) this.traffic.pass(at, this.share);
    this.now = Math.max(this.now, at);
  }

  private look(watch: Watch, requests: readonly ActionRequest[]): void {
    this.looks += 1;
    const now = dateOf(this.now);
    const seen = this.traffic.seen();
    const answers: Record<number, MetricAnswer> = {};
    for (const [position, metric] of watch.state.metrics.entries()) {
      if (!isDue(metric, this.now, requests.length > 0)) continue;
      const value = routerAnswer(watch.before[position] ?? null, seen, this.judges.figures);
      answers[position] = { ok: true, value, query: 'simulated', baseline: null };
      watch.before[position] = seen;
    }
    const look = { id: 'analysis/simulated', state: watch.state, at: now.toISOString(), answers };
    watch.state = this.judges.decide({ ...look, requests }, now).state;
    const { phase } = watch.state;
    if (phase === 'failed') this.ended = 'caught';
    else if (phase !== 'running' && phase !== 'successful') this.ended ??= 'unclear';
  }

  /** Requests of the candidate since the last note belong to the step that ends. */
  private note(): void {
    const before = this.exposed.reduce((sum, one) => sum + one, 0);
    this.exposed.push(this.traffic.seen().candidate.requests - before);
  }

  private end(step: number): RunEnd {
    const { length } = this.course.steps;
    const exposed = Array.from({ length: length + 1 }, (_, at) => this.exposed[at] ?? 0);
    return { is: this.ended ?? 'passed', at: this.now, step, exposed };
  }
}

const dateOf = (ms: number): Date => new Date(ms);

function nextLook(watch: Watch): number {
  if (watch.state.phase !== 'running') return Number.POSITIVE_INFINITY;
  const times = watch.state.metrics.flatMap(({ nextAt }) => (nextAt === null ? [] : [nextAt]));
  return Math.min(...times, Number.POSITIVE_INFINITY);
}

/** As the worker asks: a metric without a success is looked at a last time when the analysis is to end. */
const isDue = ({ nextAt, successes }: MetricState, now: number, ending: boolean): boolean =>
  nextAt !== null && (nextAt <= now || (ending && successes === 0));

const beginning: AnalysisState = {
  subject: {
    application: 'simulated',
    environment: 'simulated',
    rollout: 'simulated',
    targets: ['simulated'],
    candidate: 'candidate',
    stable: 'stable',
  },
  args: {},
  metrics: [],
  phase: 'running',
  because: '',
  startedAt: '',
  endedAt: null,
  endRequested: false,
  wakes: 'rollout/simulated',
};

const endRequest = (at: Date): ActionRequest => ({
  ...{ id: 1, action: 'end', actor: 'tidegate', because: 'What it watched is over.' },
  ...{ payload: {}, requestId: null, at },
});
