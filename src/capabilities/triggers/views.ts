import type { TriggerView } from '../../contract/api/hooks.ts';
import { cronOf } from './decide-cron.ts';
import type { TriggerView as TriggerObject } from './reads.ts';
import type { TriggerMemory } from './types.ts';

/** One row for each trigger of each object. */
export function triggerViews(objects: readonly TriggerObject[], now: Date): readonly TriggerView[] {
  return objects.flatMap(({ key, state }) =>
    Object.entries(state.memory).map(([name, memory]) => ({
      pipeline: state.pipeline ?? '',
      application: key.startsWith('application:') ? key.slice('application:'.length) : null,
      name,
      on: memory.on,
      watch: watchOf(memory),
      head: memory.on === 'push' && memory.head !== '' ? memory.head : null,
      problem: memory.problem,
      last: memory.last,
      next: nextOf(memory, now),
    })),
  );
}

function watchOf(memory: TriggerMemory): string | null {
  if (memory.on === 'push') return memory.watch;
  return memory.on === 'cron' ? memory.plan : null;
}

function nextOf(memory: TriggerMemory, now: Date): string | null {
  if (memory.on !== 'cron') return null;
  const fields = memory.plan.split(' ');
  const cron = cronOf(fields.slice(0, -1).join(' '), fields.at(-1) ?? '');
  return typeof cron === 'string' ? null : (cron.nextRun(now)?.toISOString() ?? null);
}
