import type { PublicRow } from '../../contract/api/public-status.ts';
import type { PublicRead } from './reads-public.ts';

/** What anybody may know of an application in an environment. */
export function publicOf(read: PublicRead): PublicRow {
  const health = healthOf(read);
  const since = health === 'changing' ? read.changingAt : read.stableAt;
  return {
    application: read.application,
    environment: read.environment,
    version: read.version,
    commit: read.commit,
    health,
    since: since?.toISOString() ?? null,
  };
}

const rules: readonly ((read: PublicRead) => PublicRow['health'] | null)[] = [
  ({ changingAt }) => (changingAt === null ? null : 'changing'),
  ({ version, targets }) => (version === null || targets === 0 ? 'unknown' : null),
  ({ targets, converged, silent }) => (converged + silent < targets ? 'unhealthy' : null),
  ({ silent }) => (silent > 0 ? 'unknown' : null),
];

/** The first rule that fits says it. A target that is not heard of is never taken for a good one. */
function healthOf(read: PublicRead): PublicRow['health'] {
  for (const rule of rules) {
    const health = rule(read);
    if (health !== null) return health;
  }
  return 'healthy';
}
