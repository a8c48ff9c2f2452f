import type { Log } from '../platform/log/log.ts';
import type { ClaimedObject, EngineStore } from './engine-store.ts';
import { startTicker } from './ticker.ts';

/** One object in hand. It is dropped without a trace when the lease went to somebody else. */
export type Work = { readonly object: ClaimedObject; lost: boolean };

export type Leases = {
  size(): number;
  take(objects: readonly ClaimedObject[]): readonly Work[];
  /** Done with this object; a later claim of the same object stays in hand. */
  end(object: ClaimedObject): void;
  drop(work: Work): void;
  /** Stops the heartbeat and gives back what is still in hand. */
  giveBack(): Promise<void>;
};

/** What one worker has in hand, and the heartbeat that keeps it: a lease is a few seconds, a load may be longer. */
export function holdLeases(deps: {
  readonly store: Pick<EngineStore, 'extend' | 'release'>;
  readonly duration: number;
  readonly log: Log;
}): Leases {
  const { store, duration, log } = deps;
  const inHand = new Map<string, Work>();
  const leasesOf = (works: readonly Work[]) =>
    works.map(({ object }) => ({ id: object.id, lease: object.lease }));

  const drop = (work: Work) => {
    work.lost = true;
    if (inHand.get(work.object.id) === work) inHand.delete(work.object.id);
  };

  const extend = async () => {
    const works = [...inHand.values()];
    if (works.length === 0) return duration / 3;
    const held = new Set(await store.extend(leasesOf(works), duration));
    for (const work of works) if (!held.has(work.object.id)) drop(work);
    return duration / 3;
  };
  const heart = startTicker({ run: extend, longest: duration / 3, log, name: 'leases' });

  return {
    size: () => inHand.size,
    take: (objects) =>
      objects.map((object) => {
        // Claimed again by ourselves: the lease had run out, and what is being worked on is stale.
        const before = inHand.get(object.id);
        if (before) before.lost = true;
        const work = { object, lost: false };
        inHand.set(object.id, work);
        return work;
      }),
    end: (object) => {
      if (inHand.get(object.id)?.object === object) inHand.delete(object.id);
    },
    drop,
    giveBack: async () => {
      await heart.stop();
      const rest = [...inHand.values()];
      for (const work of rest) drop(work);
      await store
        .release(leasesOf(rest))
        .catch((error) => log.warn({ err: error }, 'leases could not be given back'));
    },
  };
}
