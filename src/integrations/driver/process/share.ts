import type { IntentVersion } from '../../../capabilities/fleet/types.ts';

/** Rounds shares to a millionth of a percent and lets the largest take what rounding left, so that the sum is exactly 100. */
function exact(shares: ReadonlyMap<string, number>): Map<string, number> {
  const rounded = new Map([...shares].map(([name, share]) => [name, Math.round(share * 1e6)]));
  const rest = 100e6 - [...rounded.values()].reduce((sum, share) => sum + share, 0);
  const [largest] = [...rounded].sort(([, a], [, b]) => b - a);
  if (largest) rounded.set(largest[0], largest[1] + rest);
  return new Map([...rounded].map(([name, share]) => [name, share / 1e6]));
}

const evenly = (names: readonly string[]) =>
  exact(new Map(names.map((name) => [name, 100 / names.length])));

/**
 * The share of new requests per release. As asked while every version that shall have traffic has a ready
 * replica. A version without one gets none; its share goes to those that have, in proportion. When none of them
 * is ready, ready versions of weight 0 serve, and after these the ready ones that are on their way out: a
 * request is refused only when nothing at all could answer it. Empty when nothing is ready.
 */
export function shareOut(
  versions: readonly IntentVersion[],
  readyReleases: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  if (versions.length === 0) return new Map();
  const ready = versions.filter((version) => readyReleases.has(version.release));
  const weighted = ready.filter((version) => version.weight > 0);
  if (weighted.length > 0) {
    const sum = weighted.reduce((total, version) => total + version.weight, 0);
    return exact(new Map(weighted.map((v) => [v.release, (v.weight * 100) / sum])));
  }
  if (ready.length > 0) return evenly(ready.map((version) => version.release));
  const leaving = [...readyReleases].sort();
  return leaving.length > 0 ? evenly(leaving) : new Map();
}
