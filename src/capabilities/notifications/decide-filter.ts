import type { ChannelSpec, ChannelTopic, Severity } from '../../contract/kinds/channel.ts';
import { channelTopics, severities } from '../../contract/kinds/channel.ts';
import type { Told } from './decide-classify.ts';
import type { ChannelEvent } from './types.ts';

type Filters = Pick<
  ChannelSpec,
  'topics' | 'events' | 'applications' | 'environments' | 'outcomes' | 'severity'
>;

const rank = (severity: Severity): number => severities.indexOf(severity);

export const isAtLeast = (severity: Severity, least: Severity): boolean =>
  rank(severity) >= rank(least);

/** `rollout.opened` is named by itself, by `rollout.*`, `rollout*` and `*`. */
export function isNamed(patterns: readonly string[], type: string): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern,
  );
}

/** It happened to what the channel is for, and is of a name that it asks for. Nothing else ever comes through. */
export function isForChannel(spec: Filters, event: ChannelEvent): boolean {
  const { applications, environments, events } = spec;
  const isThere = (names: readonly string[], name: string | null): boolean =>
    names.length === 0 || (name !== null && names.includes(name));
  return (
    isThere(applications, event.application) &&
    isThere(environments, event.environment) &&
    (events.length === 0 || isNamed(events, event.type))
  );
}

/** Topics that hold: those that are given; without any, all of them, unless events are named. */
function topicsOf({ topics, events }: Filters): readonly ChannelTopic[] | null {
  if (topics.length > 0) return topics;
  return events.length > 0 ? null : channelTopics;
}

/** It begins to be told by itself: of a topic, grave enough, with an outcome that is asked for. */
export function wants(spec: Filters, event: ChannelEvent, told: Told): boolean {
  const topics = topicsOf(spec);
  return (
    isForChannel(spec, event) &&
    (topics === null || told.topics.some((topic) => topics.includes(topic))) &&
    (spec.outcomes.length === 0 || spec.outcomes.includes(event.outcome)) &&
    isAtLeast(told.severity, spec.severity)
  );
}

/** It may concern the channel: reason enough to look. What follows is decided when it looks. */
export function mayConcern(spec: Filters, event: ChannelEvent, told: Told): boolean {
  if (!isForChannel(spec, event)) return false;
  return spec.events.length > 0 || told.topics.length > 0 || told.alarms.length > 0;
}
