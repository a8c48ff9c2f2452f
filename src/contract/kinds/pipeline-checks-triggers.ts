import { Cron } from 'croner';
import type { Fault } from './fault.ts';
import { windowFault } from './freeze.ts';
import { nearest } from './nearest.ts';
import type { PipelineSpec } from './pipeline.ts';
import { secretFaults } from './pipeline-checks-settings.ts';
import type { Trigger } from './pipeline-trigger.ts';
import { sentence } from './shape.ts';

type Path = readonly PropertyKey[];

/** What is wrong with what begins runs, beside expressions. */
export function* triggerFaults(spec: PipelineSpec): Generator<Fault> {
  const seen = new Set<string>();
  for (const [index, trigger] of spec.triggers.entries()) {
    const path = ['spec', 'triggers', index];
    if (seen.has(trigger.name)) {
      yield {
        path: [...path, 'name'],
        code: 'TG1006',
        detail: `A trigger ${trigger.name} is there already.`,
        hint: 'Its memory is kept by its name; rename one.',
      };
    }
    seen.add(trigger.name);
    if (trigger.cron) yield* cronFaults(trigger.cron, [...path, 'cron']);
    const secret = trigger.webhook?.secret ?? trigger.cdevents?.secret;
    const kind = trigger.webhook ? 'webhook' : 'cdevents';
    if (secret !== undefined) yield* secretFaults(spec, [...path, kind, 'secret'], secret);
    yield* givenFaults(spec, trigger, path);
  }
}

/** Inputs that a trigger gives and there are not, or that there are and it does not give. */
function* givenFaults(spec: PipelineSpec, trigger: Trigger, path: Path): Generator<Fault> {
  for (const name of Object.keys(trigger.inputs)) {
    if (Object.hasOwn(spec.inputs, name)) continue;
    const near = nearest(name, Object.keys(spec.inputs));
    yield {
      path: [...path, 'inputs', name],
      code: 'TG1007',
      detail: `There is no input ${name.slice(0, 100)}.`,
      hint: near ? `Did you mean ${near}?` : 'Declare it under spec.inputs, or remove it.',
    };
  }
  for (const [name, { default: fallback }] of Object.entries(spec.inputs)) {
    if (fallback !== undefined || Object.hasOwn(trigger.inputs, name)) continue;
    yield {
      path,
      code: 'TG1007',
      detail: `Trigger ${trigger.name} does not give the input ${name}, which has no default.`,
      hint: `Add inputs: { ${name}: … } to the trigger, or a default to the input.`,
      needs: [
        ['spec', 'inputs', name],
        [...path, 'inputs'],
      ],
    };
  }
}

type CronSettings = NonNullable<Trigger['cron']>;

function* cronFaults({ schedule, timezone }: CronSettings, at: Path): Generator<Fault> {
  const zone = windowFault({ rrule: 'FREQ=DAILY', timezone });
  if (zone) {
    const hint = 'Use a name such as Europe/Berlin or UTC.';
    yield { path: [...at, 'timezone'], code: 'TG1004', detail: sentence(zone.detail), hint };
  }
  const why = scheduleFault(schedule);
  if (why === null) return;
  yield {
    path: [...at, 'schedule'],
    code: 'TG1004',
    detail: `"${schedule}" ${why}.`,
    hint: 'Use five fields, minute hour day month weekday, such as 0 3 * * 1-5.',
  };
}

function scheduleFault(schedule: string): string | null {
  if (schedule.trim().split(/\s+/).length !== 5) return 'does not have five fields';
  try {
    const cron = new Cron(schedule.trim(), { mode: '5-part', timezone: 'UTC', paused: true });
    return cron.nextRun(new Date(0)) === null ? 'never comes' : null;
  } catch {
    return 'is no schedule';
  }
}
