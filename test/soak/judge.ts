import type { Broken, Death, Delivery, RequestCount } from './types.ts';

/** What is there when everything has come to rest. */
export type Facts = {
  readonly deliveries: readonly Delivery[];
  readonly promotions: readonly {
    readonly id: string;
    readonly phase: string;
    readonly commit: string | null;
    readonly message: string;
  }[];
  /** Commits of the config repository's branch. */
  readonly commits: ReadonlySet<string>;
  readonly acknowledgedReleases: readonly string[];
  readonly releases: ReadonlySet<string>;
  readonly eventsSeen: ReadonlyMap<number, string>;
  readonly eventsDoubled: readonly number[];
  readonly events: ReadonlyMap<number, string>;
  readonly changesWithoutEvent: readonly { readonly what: string }[];
  readonly places: readonly Place[];
  readonly replicas: { readonly wanted: number; readonly alive: number };
  readonly effectsLeft: readonly { readonly key: string }[];
  readonly stuckObjects: readonly { readonly id: string }[];
  readonly requests: RequestCount;
  readonly deaths: readonly Death[];
};

/** One application: what Git asks for, what is stable, what clients get. Commits of the service. */
export type Place = {
  readonly application: string;
  readonly expected: Delivery | null;
  readonly state: string;
  readonly desiredCommit: string | null;
  readonly stableCommit: string | null;
  readonly file: string;
  readonly versionsServed: readonly string[];
};

const ends = { good: 'succeeded', bad: 'rolledBack' } as const;

/** What was promised and does not hold, in words. */
export function judge(facts: Facts): readonly Broken[] {
  return [
    ...about('an answered promotion leads to a commit or a told failure', promotionsOf(facts)),
    ...about('an answered release is kept', releasesOf(facts)),
    ...about('an event that was seen stays, as it was', eventsOf(facts)),
    ...about(
      'nothing changes without an event',
      facts.changesWithoutEvent.map(({ what }) => what),
    ),
    ...about('every rollout reaches the right end', rolloutsOf(facts)),
    ...about('Git, what is stable and what is served agree', facts.places.flatMap(placeOf)),
    ...about('no orphan replica', replicasOf(facts)),
    ...about(
      'every effect is delivered',
      facts.effectsLeft.map(({ key }) => key),
    ),
    ...about(
      'no object is left in hand',
      facts.stuckObjects.map(({ id }) => id),
    ),
    ...about('no request is lost but to the agent', facts.requests.firstLost),
    ...about('nothing dies but by a blow', facts.deaths.flatMap(deathOf)),
  ];
}

const about = (promise: string, details: readonly string[]): Broken[] =>
  details.map((detail) => ({ promise, detail }));

function promotionsOf({ promotions, commits }: Facts): string[] {
  return promotions.flatMap(({ id, phase, commit, message }) => {
    if (phase === 'failed' && message !== '') return [];
    if (phase !== 'committed') return [`${id} is ${phase}: ${message}`];
    return commit !== null && commits.has(commit) ? [] : [`${id}: ${commit} is not on the branch`];
  });
}

function releasesOf({ acknowledgedReleases, releases }: Facts): string[] {
  return acknowledgedReleases.filter((id) => !releases.has(id));
}

function eventsOf({ eventsSeen, eventsDoubled, events }: Facts): string[] {
  const changed = [...eventsSeen].filter(([id, text]) => events.get(id) !== text);
  const missed = [...events].filter(([id]) => !eventsSeen.has(id));
  return [
    ...changed.map(([id, text]) => `${text} is now ${events.get(id) ?? 'gone'}`),
    ...missed.map(([, text]) => `a reader who went on from its cursor never saw ${text}`),
    ...eventsDoubled.map((id) => `event ${id} was shown twice`),
  ];
}

function rolloutsOf({ deliveries }: Facts): string[] {
  return deliveries
    .filter(({ phase, quality }) => phase !== ends[quality])
    .map(
      (one) => `${one.version} (${one.quality}, ${one.rollout}) is ${one.phase}: ${one.because}`,
    );
}

function placeOf(place: Place): string[] {
  const { application, expected, state, desiredCommit, stableCommit, file } = place;
  if (!expected) return [`${application} never had a good version`];
  const { commit, version } = expected;
  const served = place.versionsServed.filter((one) => one !== version);
  const found: readonly (readonly [boolean, string])[] = [
    [state === 'steady', `is ${state}`],
    [desiredCommit === commit, `is asked to run ${desiredCommit}`],
    [stableCommit === commit, `says that ${stableCommit} is stable`],
    [file.includes(commit), 'has another commit in its file'],
    [place.versionsServed.length > 0 && served.length === 0, `serves ${place.versionsServed}`],
  ];
  return found
    .filter(([isSo]) => !isSo)
    .map(([, words]) => `${application} ${words}; it should be ${version} at ${commit}`);
}

function replicasOf({ replicas: { wanted, alive } }: Facts): string[] {
  return wanted === alive ? [] : [`${alive} replicas run, ${wanted} are asked for`];
}

function deathOf({ name, how, lived, meant, excused, lastWords }: Death): string[] {
  if (meant || excused) return [];
  return [`${name} ${how} after ${lived.toFixed(1)} s:\n${lastWords}`];
}
