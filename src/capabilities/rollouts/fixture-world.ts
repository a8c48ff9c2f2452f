import type { ActionRequest, EffectOutcome, NewObject } from '../../engine/types.ts';
import type { AnalysisPhase, AnalysisView } from '../analysis/types.ts';
import type { IntentSpec } from '../fleet/types.ts';
import { decideMove } from './decide.ts';
import {
  after,
  fresh,
  intentsOf,
  type RolloutDecision,
  request,
  spec,
  start,
  status,
  version,
  words,
} from './fixture.ts';
import type { RolloutSnapshot, RolloutWrite, TargetView } from './types.ts';

/** A small world: it applies decisions, and its targets do at once what they are asked unless a test holds them back. */
export class World {
  now = start;
  snapshot: RolloutSnapshot;
  last: RolloutDecision | null = null;
  /** Everything that was ever emitted. */
  readonly events: string[] = [];
  readonly effects: { readonly kind: string; readonly payload: unknown }[] = [];
  readonly asked: string[] = [];
  readonly writes: RolloutWrite[] = [];
  readonly opened: NewObject[] = [];
  /** Ready replicas of the candidate on a target, when not all; of another release by `target/release`. */
  readonly unready = new Map<string, number>();
  follow = true;

  constructor(from: RolloutSnapshot) {
    this.snapshot = from;
  }

  /** One move, written down, and the targets' answer to it. */
  decide(): RolloutDecision {
    const decision = decideMove(this.snapshot, this.now);
    this.last = decision;
    this.events.push(...(decision.events ?? []).map((event) => event.type));
    this.effects.push(...(decision.effects ?? []));
    this.asked.push(...(decision.requests ?? []).map((one) => `${one.action} ${one.objectId}`));
    this.writes.push(...(decision.writes ?? []));
    this.opened.push(...(decision.open ?? []));
    const opened: AnalysisView[] = (decision.open ?? []).map((one) => ({
      key: one.key,
      phase: 'running',
      because: 'measuring',
      detail: null,
    }));
    const intents = intentsOf(decision);
    this.snapshot = {
      ...this.snapshot,
      state: decision.state,
      requests: [],
      effects: [],
      analyses: [...this.snapshot.analyses, ...opened],
      targets: this.snapshot.targets.map((view) => told(view, intents[view.name])),
    };
    if (this.follow) this.report();
    return decision;
  }

  /** Every connected target reports that it does what is asked of it. */
  report(): void {
    const targets = this.snapshot.targets.map((view) =>
      view.connected && view.intent ? reported(view, this.unready) : view,
    );
    this.snapshot = { ...this.snapshot, targets };
  }

  /** Decides until it waits. */
  settle(): RolloutDecision {
    for (let round = 0; round < 100; round += 1) {
      const decision = this.decide();
      const wrote = (decision.writes ?? []).some((write) => write.table === 'intents');
      const again = decision.wakeAt !== null && decision.wakeAt.getTime() <= this.now.getTime();
      if (decision.terminal || (!again && !wrote)) return decision;
    }
    throw new Error(`never settled: ${this.last?.because}`);
  }

  advance(ms: number): this {
    this.now = after(ms, this.now);
    return this;
  }

  ask(action: string, over: Partial<ActionRequest> = {}): RolloutDecision {
    this.snapshot = { ...this.snapshot, requests: [request(action, over)] };
    return this.decide();
  }

  verdict(phase: AnalysisPhase, because = `it was ${phase}`): this {
    const analyses = this.snapshot.analyses.map((view) =>
      view.phase === 'running' ? { ...view, phase, because } : view,
    );
    this.snapshot = { ...this.snapshot, analyses };
    return this;
  }

  outcome(effect: EffectOutcome): RolloutDecision {
    this.snapshot = { ...this.snapshot, effects: [effect] };
    return this.settle();
  }

  patch(name: string, over: Partial<TargetView>): this {
    const targets = this.snapshot.targets.map((view) =>
      view.name === name ? { ...view, ...over } : view,
    );
    this.snapshot = { ...this.snapshot, targets };
    return this;
  }

  intent(name: string): string | undefined {
    return words(this.snapshot.targets.find((view) => view.name === name)?.intent?.spec);
  }
}

function told(view: TargetView, next: IntentSpec | undefined): TargetView {
  if (!next) return view;
  return { ...view, intent: { generation: (view.intent?.generation ?? 0) + 1, spec: next } };
}

function reported(view: TargetView, unready: ReadonlyMap<string, number>): TargetView {
  const { generation, spec: asked } = view.intent ?? { generation: 0, spec: spec() };
  const versions = asked.versions.map((one) => {
    const ready = unready.get(one.release === fresh ? view.name : `${view.name}/${one.release}`);
    return version(one.release, ready ?? one.replicas, one.weight, {
      replicas: one.replicas,
      message: ready === undefined ? '' : 'waiting for /readyz',
    });
  });
  return { ...view, status: status(view.name, generation, versions) };
}
