import type { ChannelKind } from '../../contract/kinds/channel.ts';

/** At most `most` deliveries within `ms` milliseconds. */
export type Limit = { readonly ms: number; readonly most: number };

export type Traits = {
  /** The first message of a subject is edited in place, and details go into its thread. */
  readonly edits: boolean;
  /** Later messages of a subject answer the first. */
  readonly threads: boolean;
  /** It knows alarms instead of messages. */
  readonly alarms: boolean;
  /** Each event is sent, and none but those that the filters let through; else details wait for what matters. */
  readonly everything: boolean;
  /** As many first messages as this at once become one. */
  readonly burst: number;
  /** Subjects that one delivery can be about. */
  readonly batch: number;
  /** Deliveries under way at once, each of other subjects. */
  readonly inFlight: number;
  /** All of them hold. */
  readonly limits: readonly Limit[];
};

const second = 1_000;
const minute = 60_000;
const hour = 3_600_000;

/**
 * What each kind of receiver can, and how much of it.
 *
 *   slack      one message a second a channel; chat.update is of Tier 3, 50 a minute (docs.slack.dev/apis/web-api/rate-limits)
 *   teams      4 in 1 s, 60 in 30 s, 100 in 1 h, 150 in 2 h, 1,800 in 24 h (learn.microsoft.com, "Rate limiting for connectors")
 *   pagerduty  adjusted by PagerDuty as it goes; 120 a minute is what its support names
 *   webhook    ours: 200 a second, evenly, each with news of up to 100 subjects
 *   mail       30 a minute, as Exchange Online allows one sender
 */
export const traitsOf: { readonly [K in ChannelKind]: Traits } = {
  slack: {
    edits: true,
    threads: true,
    alarms: false,
    everything: false,
    burst: 10,
    batch: 1,
    inFlight: 1,
    limits: [
      { ms: second, most: 1 },
      { ms: minute, most: 50 },
    ],
  },
  teams: {
    edits: false,
    threads: false,
    alarms: false,
    everything: false,
    burst: 6,
    batch: 1,
    inFlight: 1,
    limits: [
      { ms: second, most: 4 },
      { ms: 30 * second, most: 60 },
      { ms: hour, most: 100 },
      { ms: 2 * hour, most: 150 },
      { ms: 24 * hour, most: 1_800 },
    ],
  },
  pagerduty: {
    edits: false,
    threads: false,
    alarms: true,
    everything: false,
    burst: Number.POSITIVE_INFINITY,
    batch: 1,
    inFlight: 2,
    limits: [{ ms: minute, most: 120 }],
  },
  webhook: {
    edits: false,
    threads: false,
    alarms: false,
    everything: true,
    burst: Number.POSITIVE_INFINITY,
    batch: 100,
    inFlight: 4,
    limits: [{ ms: second / 10, most: 20 }],
  },
  mail: {
    edits: false,
    threads: true,
    alarms: false,
    everything: false,
    burst: 6,
    batch: 1,
    inFlight: 1,
    limits: [{ ms: minute, most: 30 }],
  },
};
