import type { Intent, IntentVersion, Status } from '../../../capabilities/fleet/types.ts';
import { decideProcess } from './decide.ts';
import type { Entrance } from './entrance.ts';
import { startProber } from './probe.ts';
import type { ReplicaRecord } from './records.ts';
import { reportOf, sameReport } from './report.ts';
import type { Router } from './router/router.ts';
import {
  enter,
  markFailed,
  markGone,
  newSlot,
  observe,
  type Slot,
  slotKey,
  upstreamOf,
} from './slot.ts';
import type { ReplicaProcess } from './spawn.ts';
import type { Action, BundleState, ProcessDecision } from './types.ts';

/** What an application needs of its surroundings: everything that touches the world. */
export type Surroundings = {
  readonly target: string;
  readonly router: Router;
  readonly entrance: Entrance;
  readonly bundle: (version: IntentVersion) => BundleState;
  readonly fetch: (version: IntentVersion) => void;
  /** Starts a replica and writes its record; rejects when that cannot be. */
  readonly start: (
    intent: Intent,
    version: IntentVersion,
    index: number,
    onExit: (reason: string) => void,
  ) => Promise<{ readonly process: ReplicaProcess; readonly port: number }>;
  readonly adopt: (
    record: ReplicaRecord,
    onExit: (reason: string) => void,
  ) => ReplicaProcess | null;
  readonly forget: (release: string, index: number) => void;
  readonly onChange: () => void;
};

/**
 * Keeps one application as its newest intent asks. Every piece of news (a probe, an exit, the last answer of a
 * draining replica, a bundle, a new intent, the clock) leads to the same step: look, decide, route, act.
 */
export class Supervisor {
  readonly #world: Surroundings;
  readonly #slots = new Map<string, Slot>();
  #intent: Intent | null = null;
  /** A status is told for the intent that was decided on, never for one that has only arrived. */
  #decided: { readonly intent: Intent; readonly decision: ProcessDecision } | null = null;
  #reported: Status | null = null;
  #timer: NodeJS.Timeout | undefined;
  #due: NodeJS.Immediate | undefined;
  #closed = false;

  constructor(world: Surroundings) {
    this.#world = world;
  }

  get intent(): Intent | null {
    return this.#intent;
  }

  apply(intent: Intent): void {
    if (this.#intent && intent.generation <= this.#intent.generation) return;
    this.#intent = intent;
    this.news();
  }

  /** Something may have changed: decides once, after all that is happening now. */
  news(): void {
    if (this.#due || this.#closed) return;
    this.#due = setImmediate(() => {
      this.#due = undefined;
      this.#step();
    });
  }

  /** Takes over a replica that an earlier agent left; false when it is gone. */
  adopt(record: ReplicaRecord): boolean {
    const slot = newSlot(record.release, record.index, record.health);
    const process = this.#world.adopt(record, (reason) => this.#gone(slot, reason));
    if (!process) return false;
    slot.startedAt = record.startedAt;
    enter(slot, 'unready', Date.now());
    this.#slots.set(slotKey(slot), slot);
    this.#run(slot, process, record.port, true);
    return true;
  }

  /** A replica refused a connection: it gets no traffic until its probe says otherwise. */
  refused(release: string, index: number): void {
    const slot = this.#slots.get(slotKey({ release, index }));
    if (slot?.state === 'ready') enter(slot, 'unready', Date.now());
    slot?.prober?.poke();
    this.news();
  }

  status(): Status | null {
    if (!this.#decided) return null;
    const { intent, decision } = this.#decided;
    return reportOf(intent, decision, this.#world, new Date());
  }

  /** Stops watching; replicas go on. Gives those that run. */
  close(): readonly Slot[] {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#due);
    const running = [...this.#slots.values()].filter((slot) => slot.process !== null);
    for (const slot of this.#slots.values()) {
      slot.prober?.stop();
      slot.process?.release();
    }
    return running;
  }

  #step(): void {
    const intent = this.#intent;
    if (!intent || this.#closed) return;
    const now = Date.now();
    const { versions } = intent.spec;
    const replicas = [...this.#slots.values()].map((slot) =>
      observe(slot, this.#world.router.inFlight(slot.release, slot.index)),
    );
    const bundles = Object.fromEntries(versions.map((v) => [v.release, this.#world.bundle(v)]));
    const decision = decideProcess({ intent, replicas, bundles }, now);
    this.#decided = { intent, decision };
    this.#serve(intent, decision);
    for (const action of decision.actions) this.#act(intent, action, now);
    if (decision.actions.length > 0) this.news();
    this.#wakeAt(decision.wakeAt, now);
    this.#tell();
  }

  #serve(intent: Intent, decision: ProcessDecision): void {
    const { spec } = intent;
    const leaving = new Set(
      decision.actions.flatMap((a) =>
        a.type === 'drain' || a.type === 'fail' ? [slotKey(a)] : [],
      ),
    );
    const open = [...this.#slots.values()].filter(
      (slot) => slot.state === 'ready' && !leaving.has(slotKey(slot)),
    );
    this.#world.router.serve({
      weights: decision.weights,
      upstreams: open.map(upstreamOf),
      routes: spec.routes,
      sticky: spec.sticky,
      preview: spec.preview,
    });
    const some = spec.versions.length > 0 || this.#slots.size > 0;
    this.#world.entrance.want(some, some && spec.preview !== null);
  }

  #act(intent: Intent, action: Action, now: number): void {
    const version = intent.spec.versions.find(({ release }) => release === action.release);
    if (action.type === 'fetch') {
      if (version) this.#world.fetch(version);
      return;
    }
    const slot = this.#slots.get(slotKey(action));
    if (action.type === 'start') {
      if (version) this.#start(intent, version, slot, action.index, now);
      return;
    }
    if (!slot) return;
    if (action.type === 'forget') {
      this.#slots.delete(slotKey(slot));
      this.#world.forget(slot.release, slot.index);
    } else if (action.type === 'drain') enter(slot, 'draining', now);
    else if (action.type === 'kill') {
      slot.killed = true;
      slot.process?.signal('SIGKILL');
    } else {
      if (action.type === 'fail') markFailed(slot, action.reason, now);
      slot.again = action.type === 'fail';
      enter(slot, 'stopping', now);
      slot.prober?.stop();
      slot.process?.signal('SIGTERM');
    }
  }

  #start(
    intent: Intent,
    version: IntentVersion,
    known: Slot | undefined,
    index: number,
    now: number,
  ): void {
    const slot = known ?? newSlot(version.release, index, version.config.health);
    this.#slots.set(slotKey(slot), slot);
    slot.startedAt = now;
    enter(slot, 'starting', now);
    const onExit = (reason: string) => this.#gone(slot, reason);
    this.#world.start(intent, version, index, onExit).then(
      ({ process, port }) => {
        this.#run(slot, process, port, false);
        // It was told to end while it was on its way.
        if (slot.state !== 'starting') process.signal('SIGTERM');
        if (this.#closed) slot.process?.release();
      },
      (error: unknown) => this.#gone(slot, error instanceof Error ? error.message : String(error)),
    );
  }

  #run(slot: Slot, process: ReplicaProcess, port: number, adopted: boolean): void {
    slot.process = process;
    slot.port = port;
    if (this.#closed) return;
    slot.prober = startProber({
      port,
      health: slot.health,
      adopted,
      onReadiness: (ready) => this.#readiness(slot, ready),
      onDead: () => {
        slot.alive = false;
        this.news();
      },
    });
  }

  #readiness(slot: Slot, ready: boolean): void {
    const watched = ['starting', 'ready', 'unready'].includes(slot.state);
    const next = ready ? 'ready' : 'unready';
    if (!watched || slot.state === next) return;
    enter(slot, next, Date.now());
    this.news();
  }

  #gone(slot: Slot, reason: string): void {
    markGone(slot, reason, Date.now());
    this.#world.forget(slot.release, slot.index);
    this.news();
  }

  #wakeAt(at: number | null, now: number): void {
    clearTimeout(this.#timer);
    if (at !== null) this.#timer = setTimeout(() => this.news(), Math.max(1, at - now));
  }

  #tell(): void {
    const status = this.status();
    if (!status || (this.#reported && sameReport(this.#reported, status))) return;
    this.#reported = status;
    this.#world.onChange();
  }
}
