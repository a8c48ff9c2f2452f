import type { AnalysisPhase } from '../analysis/types.ts';
import type { IntentSpec } from '../fleet/types.ts';
import { decideRollout } from './decide.ts';
import {
  after,
  copy,
  fresh,
  intentsOf,
  type RolloutDecision,
  request,
  reverted,
  start,
  status,
  version,
} from './fixture.ts';
import type { RolloutSnapshot, TargetView } from './types.ts';

/** What may happen to a rollout from outside, one thing at a time. */
export type Happening =
  | { readonly is: 'time'; readonly ms: number }
  | { readonly is: 'sync'; readonly target: number }
  | { readonly is: 'syncAll' }
  | { readonly is: 'reach'; readonly target: number; readonly connected: boolean }
  | {
      readonly is: 'health';
      readonly target: number;
      readonly side: 'old' | 'new' | 'copy';
      readonly cap: number;
    }
  | { readonly is: 'verdict'; readonly phase: AnalysisPhase }
  | { readonly is: 'request'; readonly action: string; readonly actor: string }
  | { readonly is: 'freeze'; readonly frozen: boolean }
  | { readonly is: 'git'; readonly answer: 'commit' | 'overtaken' };

/** Targets that follow their intents when they sync, with replicas that may be capped at some number of ready ones. */
export class Simulator {
  now = start;
  snapshot: RolloutSnapshot;
  private revertAsked = false;
  private readonly caps = new Map<string, number>();

  constructor(from: RolloutSnapshot) {
    this.snapshot = from;
  }

  happen(what: Happening): void {
    switch (what.is) {
      case 'time':
        this.now = after(what.ms, this.now);
        return;
      case 'sync':
        this.change(what.target, (view) => this.synced(view));
        return;
      case 'syncAll':
        this.syncAll();
        return;
      case 'reach':
        this.change(what.target, (view) => ({ ...view, connected: what.connected }));
        return;
      case 'health':
        this.change(what.target, (view) => {
          this.caps.set(`${view.name}/${what.side}`, what.cap);
          return this.reported(view);
        });
        return;
      case 'verdict':
        this.judge(what.phase);
        return;
      case 'request':
        this.snapshot = {
          ...this.snapshot,
          requests: [request(what.action, { actor: what.actor })],
        };
        return;
      case 'freeze':
        this.snapshot = {
          ...this.snapshot,
          freeze: { frozen: what.frozen, window: 'night', until: null },
        };
        return;
      case 'git':
        this.answer(what.answer);
        return;
    }
  }

  /** One decision, written down as the engine would. */
  decide(): RolloutDecision {
    const decision = decideRollout(this.snapshot, this.now);
    const intents = intentsOf(decision);
    this.revertAsked ||= (decision.effects ?? []).length > 0;
    const opened = (decision.open ?? []).map(({ key }) => ({
      key,
      phase: 'running' as const,
      because: 'measuring',
      detail: null,
    }));
    this.snapshot = {
      ...this.snapshot,
      state: decision.state,
      requests: [],
      effects: [],
      targets: this.snapshot.targets.map((view) => told(view, intents[view.name])),
      analyses: [...this.snapshot.analyses, ...opened],
    };
    this.close(decision);
    return decision;
  }

  /** Faults stop: everything is in reach, healthy and synced, and nobody holds it. */
  heal(): void {
    this.caps.clear();
    this.snapshot = {
      ...this.snapshot,
      freeze: { frozen: false, window: '', until: null },
      targets: this.snapshot.targets.map((view) => this.synced({ ...view, connected: true })),
    };
    this.judge('successful');
    this.answer('commit');
  }

  private syncAll(): void {
    const targets = this.snapshot.targets.map((view) => this.synced(view));
    this.snapshot = { ...this.snapshot, targets };
  }

  private close(decision: RolloutDecision): void {
    const asked = new Map((decision.requests ?? []).map((one) => [one.objectId, one.action]));
    const analyses = this.snapshot.analyses.map((view) => {
      const action = asked.get(`analysis/${view.key}`);
      if (!action || view.phase !== 'running') return view;
      return {
        ...view,
        phase: action === 'end' ? ('successful' as const) : ('cancelled' as const),
      };
    });
    this.snapshot = { ...this.snapshot, analyses };
  }

  private change(index: number, how: (view: TargetView) => TargetView): void {
    const targets = this.snapshot.targets.map((view, at) => (at === index ? how(view) : view));
    this.snapshot = { ...this.snapshot, targets };
  }

  private judge(phase: AnalysisPhase): void {
    const analyses = this.snapshot.analyses.map((view) =>
      view.phase === 'running' ? { ...view, phase } : view,
    );
    this.snapshot = { ...this.snapshot, analyses };
  }

  private answer(how: 'commit' | 'overtaken'): void {
    if (!this.revertAsked) return;
    this.revertAsked = false;
    const value = how === 'commit' ? { commit: 'e'.repeat(40) } : ({ overtaken: true } as const);
    this.snapshot = { ...this.snapshot, effects: [reverted(value)] };
  }

  /** What its agent does with the newest intent, as far as it can, and says so. */
  private synced(view: TargetView): TargetView {
    if (!view.connected || !view.intent) return view;
    const { generation, spec } = view.intent;
    return this.reported({ ...view, status: status(view.name, generation, versionsOf(spec)) });
  }

  private reported(view: TargetView): TargetView {
    if (!view.connected || !view.status) return view;
    const versions = view.status.versions.map((one) => {
      const cap = this.caps.get(`${view.name}/${sideOf(one.release)}`) ?? one.replicas;
      return { ...one, ready: Math.min(one.replicas, cap) };
    });
    return { ...view, status: { ...view.status, versions } };
  }
}

const sideOf = (release: string) => (release === fresh ? 'new' : release === copy ? 'copy' : 'old');

const versionsOf = (spec: IntentSpec) =>
  spec.versions.map((one) =>
    version(one.release, one.replicas, one.weight, { replicas: one.replicas }),
  );

function told(view: TargetView, spec: IntentSpec | undefined): TargetView {
  if (!spec) return view;
  return { ...view, intent: { generation: (view.intent?.generation ?? 0) + 1, spec } };
}
