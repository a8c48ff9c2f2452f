import type { ActionRequest, EffectOutcome, NewEffect } from '../../engine/types.ts';
import type { AnalysisPhase, AnalysisView } from '../analysis/types.ts';
import type { IntentSpec } from '../fleet/types.ts';
import type { Quarantine } from '../releases/types.ts';
import { decideRollout } from './decide.ts';
import { decideDelivery } from './decide-delivery.ts';
import {
  after,
  metricState,
  release,
  request,
  reverted,
  start,
  status,
  version,
} from './fixture.ts';
import { commit, delivery } from './fixture-delivery.ts';
import { openDelivery } from './open.ts';
import type {
  DeliverySnapshot,
  DeliveryWrite,
  DesiredRelease,
  RolloutRow,
  RolloutState,
  TargetView,
} from './types.ts';

/** How a release behaves, by the end of its name: bad ones fail analyses, sick ones never become ready. */
const isBad = (id: string) => id.endsWith('-bad');
const isSick = (id: string) => id.endsWith('-sick');

const commitId = (n: number) => `c${n}`.padStart(40, '0');

/** A delivery with its rollouts, its targets, and Git with one Release document. */
export class DeliverySimulator {
  now = start;
  state = openDelivery('checkout', 'production');
  readonly opened: { readonly id: string; readonly release: string; readonly commit: string }[] =
    [];
  readonly rows = new Map<string, RolloutRow>();
  readonly quarantines = new Map<string, Quarantine>();
  targets: readonly TargetView[] = ['eu-1', 'us-1'].map((name) => ({
    name,
    connected: true,
    silentAt: null,
    status: null,
    intent: null,
  }));
  git: {
    readonly release: string;
    readonly id: string;
    readonly trailers: DesiredRelease['commit']['trailers'];
  } | null = null;
  private commits = 0;
  private readonly stables: string[] = [];
  private readonly states = new Map<string, RolloutState>();
  private analyses: readonly AnalysisView[] = [];
  private requests: readonly ActionRequest[] = [];
  private effects: readonly NewEffect[] = [];
  private readonly base: Omit<DeliverySnapshot, 'state'>;

  constructor(from: DeliverySnapshot = delivery({})) {
    this.base = from;
  }

  push(id: string | null, trailers: DesiredRelease['commit']['trailers'] = {}): void {
    this.commits += 1;
    this.git = id === null ? null : { release: id, id: commitId(this.commits), trailers };
  }

  ask(action: string): void {
    this.requests = [request(action, { actor: 'user:eve' })];
  }

  /** Time passes; everything asked for is done, as well as each release can. */
  tick(ms: number): void {
    this.now = after(ms, this.now);
    this.targets = this.targets.map(synced);
    this.decideDelivery();
    this.decideActive();
  }

  private decideDelivery(): void {
    const decision = decideDelivery(this.look(), this.now);
    this.state = decision.state;
    for (const one of decision.open ?? []) {
      const state = one.state as unknown as RolloutState;
      this.states.set(one.key, state);
      this.opened.push({
        id: one.key,
        release: state.plan.candidate,
        commit: state.plan.commit.id,
      });
    }
    const asked = (decision.requests ?? []).map((one, at) =>
      request(one.action, { ...one, payload: one.payload ?? {}, id: at, requestId: null }),
    );
    this.requests = [...this.requests, ...asked];
    this.apply(decision.writes ?? []);
  }

  private look(): DeliverySnapshot {
    const { git, state } = this;
    const desired: DesiredRelease | null = git && {
      release: release(git.release),
      isNew: false,
      commit: { ...commit, id: git.id, trailers: git.trailers },
      repository: 'config',
      path: 'checkout.yaml',
    };
    return {
      ...this.base,
      state,
      desired,
      stable: state.stable === null ? null : release(state.stable),
      stables: this.stables,
      quarantine: (git && this.quarantines.get(git.release)) ?? null,
      active: (state.active === null ? undefined : this.rows.get(state.active)) ?? null,
      targets: this.targets,
      nextId: `ro-${this.opened.length + 1}`,
    };
  }

  private decideActive(): void {
    const id = this.state.active;
    const state = id === null ? undefined : this.states.get(id);
    if (id === null || !state) return;
    const { candidate, stable } = state.plan;
    const verdict: AnalysisPhase = isBad(candidate) ? 'failed' : 'successful';
    const decision = decideRollout(
      {
        id,
        state,
        candidate: release(candidate),
        stable: stable === null ? null : release(stable),
        targets: this.targets,
        analyses: this.analyses.map((view) => ({ ...view, phase: verdict })),
        templates: { errors: [metricState()] },
        freeze: { frozen: false, window: '', until: null },
        requests: this.requests,
        effects: this.outcomes(),
      },
      this.now,
    );
    this.requests = [];
    this.effects = decision.effects ?? [];
    this.states.set(id, decision.state);
    const fresh = (decision.open ?? []).map(({ key }) => ({
      key,
      phase: verdict,
      because: '',
      detail: null,
    }));
    this.analyses = [...this.analyses, ...fresh];
    this.apply(decision.writes ?? [], id);
  }

  /** A revert commits only what nobody pushed over. */
  private outcomes(): readonly EffectOutcome[] {
    return this.effects.map(({ payload }) => {
      const wish = payload as { readonly release: string; readonly restore: string | null };
      if (this.git?.release !== wish.release) return reverted({ overtaken: true });
      this.push(wish.restore, { 'Tidegate-Rollback': 'true' });
      return reverted({ commit: commitId(this.commits) });
    });
  }

  private apply(writes: readonly DeliveryWrite[], rollout = ''): void {
    for (const write of writes) {
      if (write.table === 'intents') this.tell(write.target, write.spec);
      if (write.table === 'rollouts') this.rows.set(write.row.id, write.row);
      if (write.table === 'stables') this.stables.push(write.release);
      if (write.table === 'quarantineLifts') this.quarantines.delete(write.release);
      if (write.table === 'quarantines') {
        const { release: id, because } = write;
        const { application, environment } = this.state;
        this.quarantines.set(id, {
          application,
          environment,
          release: id,
          rollout,
          because,
          at: this.now,
        });
      }
    }
  }

  private tell(name: string, spec: IntentSpec): void {
    this.targets = this.targets.map((view) =>
      view.name === name
        ? { ...view, intent: { generation: (view.intent?.generation ?? 0) + 1, spec } }
        : view,
    );
  }
}

function synced(view: TargetView): TargetView {
  if (!view.intent) return view;
  const { generation, spec } = view.intent;
  const versions = spec.versions.map((one) =>
    version(one.release, isSick(one.release) ? 0 : one.replicas, one.weight, {
      replicas: one.replicas,
    }),
  );
  return { ...view, status: status(view.name, generation, versions) };
}
