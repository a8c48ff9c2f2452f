import type { Trigger } from '../../contract/kinds/pipeline-trigger.ts';
import type { Decision, NewEffect, NewEvent } from '../../engine/types.ts';
import { decideCron } from './decide-cron.ts';
import { deliveredOf, occasionOf, wants } from './decide-hook.ts';
import { decidePush } from './decide-push.ts';
import { type Fired, fire, type Occasion } from './decide-run.ts';
import type {
  Begin,
  Declared,
  HookMemory,
  TriggerMemory,
  TriggerSnapshot,
  TriggerState,
  TriggerWrite,
} from './types.ts';

type Made = Decision<TriggerState, TriggerWrite>;

/** Milliseconds between two looks for deliveries that need not be remembered any more, and at once when there are more. */
const pruneEvery = 6 * 3_600_000;
const pruneAtOnce = 1_000;
/** Deliveries that one decision forgets. */
const prunedAtOnce = 2_000;

type Work = {
  readonly snapshot: TriggerSnapshot;
  readonly declared: Declared;
  readonly now: Date;
  readonly memory: Map<string, TriggerMemory>;
  readonly effects: NewEffect[];
  readonly events: NewEvent[];
  readonly wakes: Date[];
};

/**
 * What follows from one look at what is declared, what came in and what time it is. Every occasion becomes at most one
 * effect `trigger.begin`, written together with the memory that it was seen: so none is lost, and none begins twice.
 */
export function decideTrigger(snapshot: TriggerSnapshot, now: Date): Made {
  const { declared, requests, effects } = snapshot;
  const taken = {
    requests: requests.map((one) => one.id),
    effects: effects.map((one) => one.id),
  };
  if ('none' in declared) return { ...idle(snapshot, declared.none), taken };
  const work: Work = {
    ...{ snapshot, declared, now, memory: new Map(), effects: [], events: [], wakes: [] },
  };
  for (const trigger of declared.triggers) lookAt(work, trigger);
  for (const request of requests) takeRequest(work, request);
  takeOutcomes(work);
  return { ...outcome(work), taken };
}

/** What was acknowledged and finds no trigger any more is told. */
function idle(snapshot: TriggerSnapshot, none: string): Made {
  const { state, requests } = snapshot;
  return {
    state: { pipeline: null, memory: {} },
    phase: 'idle',
    terminal: false,
    because: none,
    wakeAt: null,
    events: [
      ...requests.flatMap((one) => {
        const delivered = deliveredOf(one);
        return delivered ? [lost(delivered.trigger, delivered.delivery, none)] : [];
      }),
      ...failures(snapshot).map(({ event }) => event),
    ],
    wake: ownPipeline(snapshot.id, state.pipeline, null),
  };
}

const lost = (trigger: string, delivery: string, why: string): NewEvent => ({
  type: 'trigger.refused',
  actor: 'tidegate',
  because: `Delivery ${delivery.slice(0, 60)} for the trigger ${trigger} begins nothing: ${why}`,
  outcome: 'refused',
});

function lookAt(work: Work, trigger: Trigger): void {
  const { snapshot, now } = work;
  const known = snapshot.state.memory[trigger.name];
  if (trigger.push) {
    const look = snapshot.looks[trigger.name];
    const move = decidePush(trigger, trigger.push, known, look, now);
    if (move.memory) work.memory.set(trigger.name, move.memory);
    work.wakes.push(move.wakeAt);
    if (move.occasion) happen(work, trigger, move.occasion);
  } else if (trigger.cron) {
    const move = decideCron(trigger, trigger.cron, known, now);
    work.memory.set(trigger.name, move.memory);
    if (move.wakeAt) work.wakes.push(move.wakeAt);
    for (const occasion of move.occasions) happen(work, trigger, occasion);
  } else {
    const on: HookMemory['on'] = trigger.webhook ? 'webhook' : 'cdevents';
    const problem = known?.on === on ? known.problem : null;
    work.memory.set(trigger.name, { on, problem, last: known?.last ?? null });
    work.wakes.push(new Date(now.getTime() + (snapshot.isStale ? pruneAtOnce : pruneEvery)));
  }
}

function takeRequest(work: Work, request: TriggerSnapshot['requests'][number]): void {
  const delivered = deliveredOf(request);
  if (!delivered) return;
  const trigger = work.declared.triggers.find((one) => one.name === delivered.trigger);
  if (!trigger || !wants(trigger, delivered.type)) {
    const why = trigger
      ? `it does not ask for ${delivered.type} any more.`
      : 'the pipeline has no such trigger any more.';
    work.events.push(lost(delivered.trigger, delivered.delivery, why));
    return;
  }
  happen(work, trigger, occasionOf(trigger, delivered));
}

function happen(work: Work, trigger: Trigger, occasion: Occasion): void {
  const fired = fire(work.snapshot.id, work.declared, trigger, occasion, work.now);
  if (fired.effect) work.effects.push(fired.effect);
  work.events.push(fired.event);
  remember(work, trigger.name, fired);
}

function remember(work: Work, name: string, { last, problem }: Pick<Fired, 'last' | 'problem'>) {
  const known = work.memory.get(name);
  if (known) work.memory.set(name, { ...known, last: last ?? known.last, problem });
}

function takeOutcomes(work: Work): void {
  for (const { event, trigger, because } of failures(work.snapshot)) {
    work.events.push(event);
    remember(work, trigger, { last: null, problem: because });
  }
}

/** Runs that could not be begun. */
function failures({ effects }: TriggerSnapshot) {
  return effects.flatMap(({ payload, outcome: came }) => {
    if (came.ok) return [];
    const { trigger, run, application, because: why } = payload as unknown as Begin;
    const { code, title, detail } = came.problem;
    const because = `${run} could not be begun: ${code} ${title}: ${detail}`;
    const event: NewEvent = {
      ...{ type: 'trigger.failed', actor: 'tidegate', outcome: 'failed' },
      because: `${because} (${why})`,
      ...(application === null ? {} : { application }),
      after: { trigger, run, problem: came.problem },
    };
    return [{ event, trigger, because }];
  });
}

/** A pipeline of its own has to know whether an application has taken it over, or let it go. */
function ownPipeline(id: string, before: string | null, now: string | null): readonly string[] {
  if (before === now || id.startsWith('trigger/pipeline:')) return [];
  return [before, now].flatMap((name) => (name === null ? [] : [`trigger/pipeline:${name}`]));
}

function outcome(work: Work): Made {
  const { snapshot, declared, memory, wakes } = work;
  const entries = [...memory].sort(([a], [b]) => (a < b ? -1 : 1));
  const wrong = entries.find(([, one]) => one.problem !== null);
  const soonest = Math.min(...wakes.map((one) => one.getTime()));
  return {
    state: { pipeline: declared.pipeline, memory: Object.fromEntries(entries) },
    phase: wrong ? 'failing' : 'watching',
    terminal: false,
    because: wrong ? `${wrong[0]}: ${wrong[1].problem}` : watching(entries, declared),
    wakeAt: Number.isFinite(soonest) ? new Date(soonest) : null,
    events: work.events,
    effects: work.effects,
    wake: ownPipeline(snapshot.id, snapshot.state.pipeline, declared.pipeline),
    ...(snapshot.isStale ? { writes: [{ prune: prunedAtOnce }] } : {}),
  };
}

function watching(entries: readonly (readonly [string, TriggerMemory])[], { pipeline }: Declared) {
  const parts = entries.map(([name, one]) => {
    if (one.on === 'push') return `${name} (${one.watch} is at ${one.head.slice(0, 12)})`;
    return one.on === 'cron' ? `${name} (${one.plan})` : `${name} (${one.on})`;
  });
  return `Watching for ${parts.join(', ') || 'nothing yet'} to begin runs of ${pipeline}.`;
}
