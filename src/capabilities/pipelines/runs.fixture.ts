import { type PipelineSpec, pipelineSpecSchema } from '../../contract/kinds/pipeline.ts';
import type { StepKindName } from '../../contract/kinds/pipeline-step.ts';
import type { ActionRequest, Decision, EffectOutcome, NewEvent } from '../../engine/types.ts';
import { approveStep } from '../../integrations/step/approve/approve.ts';
import { type FakeScript, type FakeStep, fakeStep } from '../../integrations/step/fake.ts';
import type { StepAdapter } from '../../integrations/step/port.ts';
import type { Json } from '../../platform/ids/types.ts';
import { decideRun } from './decide.ts';
import type { Adapters } from './decide-work.ts';
import { openState } from './open.ts';
import type { NewRun, RunSnapshot, RunState, RunWrite, StepEffect, StepState } from './types.ts';

/*
 * One run in a world without PostgreSQL: state goes through JSON between two looks, as it does in the engine, and time
 * stands still until it is told to go on.
 */

export const start = Date.parse('2026-03-02T10:00:00.000Z');

export const specOf = (spec: Json): PipelineSpec => pipelineSpecSchema.parse(spec);

/** A step that its script decides about; `more` is what every step may have. */
export const step = (name: string, more: { readonly [key: string]: Json } = {}): Json => ({
  name,
  notify: { channels: ['room'], message: `says ${name}` },
  ...more,
});

export type Pending = {
  readonly id: number;
  readonly kind: string;
  readonly payload: StepEffect;
  readonly tag: string;
  isStopped: boolean;
};

export type WorldOptions = {
  readonly adapters?: readonly StepAdapter[];
  readonly scripts?: { readonly [step: string]: FakeScript };
  readonly run?: Partial<NewRun>;
};

/** The fake stands for `notify` and `shell`; approvals are the real ones. */
export function adaptersOf(fake: FakeStep, more: readonly StepAdapter[] = []): Adapters {
  const named = (kind: StepKindName): StepAdapter => ({ ...fake, kind });
  const all = [named('notify'), named('shell'), approveStep(), ...more];
  return new Map(all.map((adapter) => [adapter.kind, adapter]));
}

export function openWorld(spec: PipelineSpec, options: WorldOptions = {}) {
  const fake = fakeStep('notify');
  for (const [name, script] of Object.entries(options.scripts ?? {})) fake.script(name, script);
  const decide = decideRun(adaptersOf(fake, options.adapters));
  const run: NewRun = { ...newRun(spec), ...options.run };
  const at = { now: start, id: 0 };
  const kept = { state: json(openState(run, 'digest', new Date(start))) };
  const world = {
    at,
    fake,
    run,
    decide,
    rivals: [] as RunSnapshot['rivals'],
    live: null as RunSnapshot['live'],
    facts: {} as Record<string, Json>,
    unread: {} as Record<string, string>,
    /** Under way, or over and not yet taken. */
    effects: [] as Pending[],
    outcomes: [] as EffectOutcome[],
    requests: [] as ActionRequest[],
    events: [] as NewEvent[],
    looks: 0,
    wakeAt: new Date(start) as Date | null,
    last: null as Decision<RunState, RunWrite> | null,
    get state(): RunState {
      return kept.state;
    },
    set state(state: RunState) {
      kept.state = json(state);
    },
    step: (name: string): StepState => {
      const found = kept.state.steps[name];
      if (!found) throw new Error(`no step ${name}`);
      return found;
    },
    snapshot: (): RunSnapshot => ({
      id: run.id,
      state: kept.state,
      spec,
      rivals: world.rivals,
      seq: world.rivals.find((rival) => rival.id === run.id)?.seq ?? 0,
      facts: world.facts,
      unread: world.unread,
      live: world.live,
      effects: world.outcomes,
      requests: world.requests,
    }),
    look: () => look(world),
    /** Looks as long as there is something to do at once; at most 50 times. */
    settle: () => settle(world),
    /** Goes on in time, and settles. */
    pass: (ms: number) => {
      at.now += ms;
      return settle(world);
    },
    ask: (action: string, payload: { readonly [key: string]: Json } = {}, actor = 'user:ada') => {
      at.id += 1;
      const because = `so says ${actor}`;
      const wish = { id: at.id, action, actor, because, payload, requestId: null };
      world.requests.push({ ...wish, at: new Date(at.now) });
      return settle(world);
    },
    /** An effect comes to its end. */
    come: (name: string, outcome: EffectOutcome['outcome'] = { ok: true, value: null }) => {
      const found = world.effects.find(({ payload }) => payload.instance === name);
      if (!found) throw new Error(`no effect of ${name}`);
      world.effects.splice(world.effects.indexOf(found), 1);
      world.outcomes.push(outcomeOf(found, outcome));
      return settle(world);
    },
  };
  return world;
}

export type World = ReturnType<typeof openWorld>;

export const outcomeOf = (
  { id, kind, payload }: Pending,
  outcome: EffectOutcome['outcome'],
): EffectOutcome => ({
  id,
  key: `effect-${id}`,
  kind,
  payload: payload as unknown as Json,
  outcome,
});

export const newRun = (spec: PipelineSpec): NewRun => ({
  id: 'run-1',
  pipeline: 'release',
  spec,
  application: 'shop',
  release: 'r-1',
  commit: 'c'.repeat(40),
  author: 'Grace <grace@example.com>',
  inputs: {},
  origin: { trigger: 'manual', actor: 'user:linus', because: '', parent: null, event: null },
});

function look(world: World): Decision<RunState, RunWrite> {
  const decision = world.decide(deepFreeze(world.snapshot()), new Date(world.at.now));
  world.looks += 1;
  world.last = decision;
  world.state = decision.state;
  world.wakeAt = decision.wakeAt;
  world.events.push(...(decision.events ?? []));
  const { effects = [], requests = [] } = decision.taken ?? {};
  world.outcomes = world.outcomes.filter(({ id }) => !effects.includes(id));
  world.requests = world.requests.filter(({ id }) => !requests.includes(id));
  // What is stopped are effects of earlier looks; what this one asks for has not begun.
  for (const effect of world.effects) {
    if (decision.stop?.includes(effect.tag)) effect.isStopped = true;
  }
  for (const { kind, payload, tag = '' } of decision.effects ?? []) {
    world.at.id += 1;
    const asked = json(payload) as unknown as StepEffect;
    world.effects.push({ id: world.at.id, kind, payload: asked, tag, isStopped: false });
  }
  return decision;
}

function settle(world: World): World {
  for (let count = 0; count < 50; count += 1) {
    look(world);
    if (world.wakeAt === null || world.wakeAt.getTime() > world.at.now) return world;
  }
  throw new Error('does not come to rest');
}

export const json = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

export function deepFreeze<T>(value: T): T {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}

/** `build succeeded, test failed`: every instance with its status. */
export const statuses = ({ state }: World): { readonly [name: string]: string } =>
  Object.fromEntries(Object.entries(state.steps).map(([name, { status }]) => [name, status]));

export const typesOf = ({ events }: World): readonly string[] => events.map(({ type }) => type);
