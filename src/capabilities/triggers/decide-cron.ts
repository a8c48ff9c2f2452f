import { Cron } from 'croner';
import type { Trigger } from '../../contract/kinds/pipeline-trigger.ts';
import type { Occasion } from './decide-run.ts';
import type { CronMemory, TriggerMemory } from './types.ts';

type CronTrigger = NonNullable<Trigger['cron']>;

export type CronMove = {
  readonly memory: CronMemory;
  /** Oldest first. */
  readonly occasions: readonly Occasion[];
  readonly wakeAt: Date | null;
};

/** Times that are made up for after an outage, at most. */
export const mostMissed = 24;
/** Milliseconds after which a time counts as missed. */
const onTime = 60_000;

/**
 * A time that the clock leaves out (it is put forward over it) is taken when the gap is over; of an hour that comes
 * twice, a fixed time is taken the first time only. The croner library knows the rules of the zones.
 */
export function decideCron(
  trigger: Trigger,
  { schedule, timezone, missed }: CronTrigger,
  known: TriggerMemory | undefined,
  now: Date,
): CronMove {
  const plan = `${schedule} ${timezone}`;
  const same = known?.on === 'cron' && known.plan === plan ? known : null;
  const last = known?.last ?? null;
  const cron = cronOf(schedule, timezone);
  const since = same?.since ?? now.toISOString();
  if (typeof cron === 'string') {
    return {
      memory: { on: 'cron', plan, since, problem: cron, last },
      occasions: [],
      wakeAt: null,
    };
  }
  const due = dueTimes(cron, new Date(since), now);
  const newest = due.at(-1);
  const settled = newest ?? new Date(since);
  const memory: CronMemory = {
    ...{ on: 'cron', plan, last, problem: null },
    since: settled.toISOString(),
  };
  const chosen = chooseTimes(due, missed, now);
  return {
    memory,
    occasions: chosen.map((at, index) => {
      const left = index === 0 ? due.length - chosen.length : 0;
      return occasionOf(trigger.name, { schedule, timezone }, at, left, now);
    }),
    wakeAt: cron.nextRun(new Date(Math.max(settled.getTime(), now.getTime()))),
  };
}

/** Whatever the policy, the newest time runs when it is on time; what is late is made up for or not. */
function chooseTimes(
  due: readonly Date[],
  missed: CronTrigger['missed'],
  now: Date,
): readonly Date[] {
  if (missed === 'all') return due.slice(-mostMissed);
  const newest = due.slice(-1);
  return missed === 'once' ? newest : newest.filter((at) => now.getTime() - at.getTime() <= onTime);
}

type Plan = Pick<CronTrigger, 'schedule' | 'timezone'>;

/** `left`: times that were missed and that this one stands for; at `mostMissed` or above nobody counted on. */
function occasionOf(name: string, plan: Plan, at: Date, left: number, now: Date): Occasion {
  const late = Math.max(0, now.getTime() - at.getTime());
  const lateWords = late > onTime ? `, ${Math.round(late / 60_000)} minutes late` : '';
  const count = left >= mostMissed ? `${mostMissed} or more` : String(left);
  const leftWords = left > 0 ? ` Earlier times that were missed and do not run: ${count}.` : '';
  return {
    on: 'cron',
    key: at.toISOString(),
    event: { on: 'cron', at: at.toISOString(), ...plan, missed: left, late },
    because: `${name} was due at ${at.toISOString()}${lateWords}.${leftWords}`,
    commit: null,
  };
}

/** Times after `since` and up to now, oldest first: the newest of them, one more than are made up for at most. */
function dueTimes(cron: Cron, since: Date, now: Date): readonly Date[] {
  const first = cron.nextRun(since);
  if (first === null || first > now) return [];
  // Of a long outage only its end counts, so it is walked from ever further back.
  for (let span = 30 * 60_000; ; span *= 8) {
    const from = new Date(Math.max(since.getTime(), now.getTime() - span));
    const found = walk(cron, from, now);
    if (found.length > mostMissed || from <= since) return found.slice(-mostMissed - 1);
  }
}

function walk(cron: Cron, from: Date, now: Date): readonly Date[] {
  const found: Date[] = [];
  for (let at = cron.nextRun(from); at !== null && at <= now; at = cron.nextRun(at)) found.push(at);
  return found;
}

/** Why a schedule or a timezone is none, as a sentence; else what knows its times. */
export function cronOf(schedule: string, timezone: string): Cron | string {
  if (schedule.trim().split(/\s+/).length !== 5) {
    return `"${schedule}" does not have five fields: minute hour day month weekday.`;
  }
  try {
    const cron = new Cron(schedule.trim(), {
      ...{ timezone, mode: '5-part', fixedTimeRule: 'no-wildcard' },
      paused: true,
    });
    // A zone that nobody knows is found out with the first question only.
    return cron.nextRun(new Date(0)) === null ? `"${schedule}" never comes.` : cron;
  } catch {
    return `"${schedule}" in the timezone ${timezone} is no schedule.`;
  }
}
