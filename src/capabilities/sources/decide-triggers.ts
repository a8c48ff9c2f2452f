import type { NewObject, ObjectId } from '../../engine/types.ts';
import type { Changed } from './decide-files.ts';
import type { Routes } from './types.ts';

/**
 * What begins runs by itself lives from the first time that Git speaks of it: all triggers of one application's pipeline
 * are one object, and so are those of a pipeline that no application names. Which of the two holds is theirs to find out.
 */
export function triggerOpenings(changes: readonly Changed[]): readonly NewObject[] {
  const keys = changes.filter((one) => !one.gone).flatMap(ownTriggers);
  return [...new Set(keys)].sort().map((key) => ({
    kind: 'trigger',
    key,
    phase: 'idle',
    state: { pipeline: null, memory: {} },
    because: 'Declared; not looked at yet.',
  }));
}

/** Triggers that a change may concern; those that are not there are passed over. */
export function triggersOf(changes: readonly Changed[], routes: Routes): readonly ObjectId[] {
  const own = changes.flatMap(ownTriggers);
  const followers = (routes.followers ?? []).map((name) => `application:${name}`);
  return [...new Set([...own, ...followers])].sort().map((key) => `trigger/${key}`);
}

function ownTriggers({ kind, name, triggers }: Changed): readonly string[] {
  if (!triggers) return [];
  if (kind === 'Application') return [`application:${name}`];
  return kind === 'Pipeline' ? [`pipeline:${name}`] : [];
}
