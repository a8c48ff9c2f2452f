import type { ContainerRunner } from './runner.ts';

/** Milliseconds that a container is left alone: its effect may just be on its way. */
const youngest = 60_000;

/**
 * Removes containers of this installation that nobody waits for any more: their effects are over or gone. Gives how many.
 * Throws TG1913 when the engine does not answer.
 */
export async function removeOrphans(
  deps: {
    readonly runner: Pick<ContainerRunner, 'list' | 'remove'>;
    readonly owner: string;
    readonly unfinished: (keys: readonly string[]) => Promise<ReadonlySet<string>>;
  },
  olderThan = youngest,
): Promise<number> {
  const found = await deps.runner.list([ownerLabel, deps.owner], olderThan);
  if (found.length === 0) return 0;
  const keyOf = (labels: { readonly [name: string]: string }) => labels[keyLabel] ?? '';
  const wanted = await deps.unfinished(found.map((one) => keyOf(one.labels)));
  const orphans = found.filter((one) => !wanted.has(keyOf(one.labels)));
  for (const { name } of orphans) await deps.runner.remove(name, 0);
  return orphans.length;
}

export const ownerLabel = 'tidegate.owner';
export const keyLabel = 'tidegate.key';
