import { setTimeout as sleep } from 'node:timers/promises';
import type { EventView } from '../../src/contract/api/events.ts';
import type { PromotionView } from '../../src/contract/api/releases.ts';
import type { RolloutRowView } from '../../src/contract/api/rollouts.ts';
import type { App } from '../e2e/support/app.ts';
import { publish } from '../e2e/support/services.ts';
import type { Random } from '../simulation/random.ts';
import type { Acknowledged, Delivery, Quality } from './types.ts';

/** Those who bring one application's versions out, one after the other, whatever happens to the system. */
export type People = {
  readonly deliveries: readonly Delivery[];
  readonly acknowledged: Acknowledged;
  /** One version, from the push to the end of its rollout; a first one has to be good. */
  deliver(quality: Quality): Promise<Delivery>;
  /** One after the other until asked to stop; what is under way then is brought to its end. */
  work(random: Random): Promise<void>;
  stop(): void;
  /** Lets go of what is under way, too. */
  quit(): void;
};

export type PeopleWish = {
  readonly app: App;
  readonly environment: string;
  readonly onRelease: (release: string, quality: Quality) => void;
  readonly say: (line: string) => void;
};

const badShare = 0.4;
const errorPercent = 50;
/** Milliseconds for one rollout and all that happens to it. */
const patience = 150_000;
const pause = 250;

type Page<T> = { readonly items: readonly T[] };

export function openPeople({ app, environment, onRelease, say }: PeopleWish): People {
  const { api } = app.world;
  const deliveries: Delivery[] = [];
  const promotions: string[] = [];
  const releases: string[] = [];
  const state = { version: 0, isOver: false };
  const quitting = new AbortController();
  const insist = <T>(ask: () => Promise<T>): Promise<T> => insistOn(ask, quitting.signal);
  const newest = async (): Promise<readonly RolloutRowView[]> =>
    (await api.get<Page<RolloutRowView>>(`/rollouts?application=${app.name}&limit=5`)).items;

  /** The release that was asked for. An answer that was lost is looked for among the events before asking again. */
  const promote = async (release: string): Promise<string> => {
    const answered = await insist(() => askOnce(app, environment, release));
    if (answered.id !== null) promotions.push(answered.id);
    return answered.release;
  };

  const deliver = async (quality: Quality): Promise<Delivery> => {
    state.version += 1;
    const version = `${app.name}-${state.version}`;
    const wish = quality === 'bad' ? { version, errorPercent } : { version };
    const commit = await publish(app.world.serviceOf(app.name), wish);
    const known = new Set((await insist(newest)).map(({ id }) => id));
    const made = (await insist(() => api.release(app.name))).id;
    releases.push(made);
    onRelease(made, quality);
    const release = await promote(made);
    onRelease(release, quality);
    const rollout = await untilEnded(newest, release, known, quitting.signal);
    const delivery: Delivery = {
      ...{ application: app.name, version, quality, commit, release },
      rollout: rollout?.id ?? null,
      phase: rollout?.phase ?? 'never opened',
      ended: rollout?.terminal ?? false,
      because: rollout?.because ?? '',
    };
    deliveries.push(delivery);
    say(`${version} (${quality}): ${delivery.phase}`);
    return delivery;
  };
  return {
    deliveries,
    acknowledged: { promotions, releases },
    deliver,
    work: async (random) => {
      for (let turn = 0; !state.isOver; turn += 1) {
        const isBad = turn === 0 || random.chance(badShare);
        const { ended } = await deliver(isBad ? 'bad' : 'good');
        if (!ended) return;
        await sleep(random.int(0, 500));
      }
    },
    stop: () => {
      state.isOver = true;
    },
    quit: () => {
      state.isOver = true;
      quitting.abort();
    },
  };
}

async function untilEnded(
  newest: () => Promise<readonly RolloutRowView[]>,
  release: string,
  known: ReadonlySet<string>,
  quit: AbortSignal,
): Promise<RolloutRowView | undefined> {
  const deadline = performance.now() + patience;
  for (;;) {
    const all = await newest().catch(() => []);
    const found = all.find((one) => one.release === release && !known.has(one.id));
    if (found?.terminal || quit.aborted || performance.now() > deadline) return found;
    await sleep(pause);
  }
}

/** Asks until there is an answer; a refusal is none here, since nothing is asked that should be refused. */
async function insistOn<T>(ask: () => Promise<T>, quit: AbortSignal): Promise<T> {
  const deadline = performance.now() + patience;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (quit.aborted || performance.now() > deadline) throw error;
      await sleep(pause);
    }
  }
}

async function askOnce(
  app: App,
  environment: string,
  release: string,
): Promise<{ readonly id: string | null; readonly release: string }> {
  const { api } = app.world;
  const asked = await api
    .get<Page<EventView>>(`/events?application=${app.name}&type=promotion.requested&limit=20`)
    .then(({ items }) => items.find((event) => releaseOf(event) === release));
  if (asked) return { id: null, release };
  try {
    const made: PromotionView = await api.promote(app.name, { environment, release });
    return { id: made.id, release: made.release };
  } catch (error) {
    // Whatever was begun is committed or gone by the time of the next look.
    await sleep(1_500);
    throw error;
  }
}

function releaseOf({ after }: EventView): unknown {
  return typeof after === 'object' && after && !Array.isArray(after) ? after.release : null;
}
