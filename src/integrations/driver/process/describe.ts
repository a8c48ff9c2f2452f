import type { IntentVersion } from '../../../capabilities/fleet/types.ts';
import type { BundleState, Replica } from './types.ts';

const times = (count: number) => (count > 1 ? ` (${count} times)` : '');

function percent(share: number): string {
  return `${Math.round(share * 100) / 100} %`;
}

function describeReplica(replica: Replica): string {
  const { index, reason, failures, health } = replica;
  const failure = failures > 0 ? `replica ${index} ${reason}${times(failures)}` : '';
  switch (replica.state) {
    case 'starting': {
      const waits = `waiting for ${health.readiness.path}`;
      return failure ? `${failure}, ${waits}` : `replica ${index}: ${waits}`;
    }
    case 'unready':
      return `replica ${index} does not pass ${health.readiness.path}`;
    case 'draining':
      return `replica ${index} drains ${replica.inFlight} requests`;
    case 'stopping':
      return failure || `replica ${index} is ending`;
    case 'down':
      return failure || `replica ${index} is down`;
    case 'ready':
      return '';
  }
}

/** Failures first, since these are what a person has to act on. */
const urgency: readonly Replica['state'][] = [
  'down',
  'stopping',
  'starting',
  'unready',
  'draining',
];

function worst(replicas: readonly Replica[]): string {
  const failed = replicas.filter((replica) => replica.failures > 0 && replica.state !== 'ready');
  for (const group of [failed, replicas]) {
    for (const state of urgency) {
      const found = group.find((replica) => replica.state === state);
      if (found) return describeReplica(found);
    }
  }
  return '';
}

function describeBundle(bundle: BundleState): string {
  if (bundle.phase === 'failed') return `bundle cannot be fetched: ${bundle.reason}`;
  return bundle.phase === 'ready' ? '' : 'fetching the bundle';
}

/** Why a version is not as asked, most telling first; empty when it is. */
export function describeVersion(
  version: IntentVersion,
  replicas: readonly Replica[],
  weight: number,
  bundle: BundleState,
): string {
  const ready = replicas.filter((replica) => replica.state === 'ready').length;
  const parts: string[] = [];
  if (version.replicas > replicas.length && bundle.phase !== 'ready')
    parts.push(describeBundle(bundle));
  parts.push(worst(replicas));
  if (ready < version.replicas) parts.push(`${ready} of ${version.replicas} replicas ready`);
  if (Math.abs(weight - version.weight) >= 1e-5)
    parts.push(`serves ${percent(weight)} of ${percent(version.weight)} asked`);
  return parts.filter((part) => part !== '').join('; ');
}

/** A version that nobody asks for any more. */
export function describeLeaving(replicas: readonly Replica[], weight: number): string {
  if (weight > 0)
    return `kept for ${percent(weight)} of the traffic until a version asked for is ready`;
  return worst(replicas) || 'is ending';
}
