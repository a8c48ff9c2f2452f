import type { RolloutRowView } from '../../../../src/contract/api/rollouts.ts';

/** What became of one release in one environment: its newest rollout there. */
export type Stop = {
  readonly id: string;
  readonly phase: string;
  readonly because: string;
  readonly at: string;
  readonly tries: number;
};

/** By `RELEASE ENVIRONMENT`; rollouts come newest first. */
export function stopsOf(rollouts: readonly RolloutRowView[]): ReadonlyMap<string, Stop> {
  const stops = new Map<string, Stop>();
  for (const { id, release, environment, phase, because, updatedAt } of rollouts) {
    const key = `${release} ${environment}`;
    const newer = stops.get(key);
    stops.set(
      key,
      newer
        ? { ...newer, tries: newer.tries + 1 }
        : { id, phase, because, at: updatedAt, tries: 1 },
    );
  }
  return stops;
}
