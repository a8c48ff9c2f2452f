import type { RequestMatch, Strategy } from '../../contract/kinds/strategy.ts';
import type { IntentSpec, IntentVersion, Route, Sticky, VersionStatus } from '../fleet/types.ts';
import type { Release } from '../releases/types.ts';
import type { TargetView } from './types.ts';

/** One version that is wanted on a target. The stable one comes first: it is where traffic goes in doubt. */
export type Wanted = {
  readonly release: Release;
  readonly replicas: number;
  readonly weight: number;
  /** Ready replicas before it gets its first traffic; to keep traffic, one is enough. */
  readonly needs: number;
};

export type Extras = {
  readonly candidate: string | null;
  readonly routes: readonly RequestMatch[];
  readonly sticky: Sticky | null;
  readonly preview: boolean;
};

export function statusOf(view: TargetView, release: string): VersionStatus | null {
  return view.status?.versions.find((version) => version.release === release) ?? null;
}

export const readyOf = (view: TargetView, release: string): number =>
  statusOf(view, release)?.ready ?? 0;

/**
 * What to ask of one target: the wanted versions with their weights, unless that would send traffic to a version
 * that is not ready while another one is. What is healthy wins over what is wanted, whatever role it has:
 *
 *   every wanted version with weight is fit   → as wanted
 *   another wanted version is ready           → all traffic to that one
 *   a version from before is ready            → it stays, with all traffic, until a wanted one is fit
 *   nothing is ready                          → all traffic to the first wanted one, as soon as it is
 *
 * With nothing wanted, a ready version from before stays; otherwise the application is removed.
 */
export function arrange(view: TargetView, wanted: readonly Wanted[], extras: Extras): IntentSpec {
  const split = splitOf(view, wanted);
  const versions = split.map((one) => one.version);
  const { candidate } = extras;
  const isThere = candidate !== null && versions.some((one) => one.release === candidate);
  return {
    versions,
    routes:
      isThere && readyOf(view, candidate) > 0
        ? extras.routes.map((match) => routeOf(match, candidate))
        : [],
    sticky: extras.sticky,
    preview: isThere && extras.preview ? candidate : null,
  };
}

type Share = { readonly version: IntentVersion };

function splitOf(view: TargetView, wanted: readonly Wanted[]): readonly Share[] {
  const leftover = leftoverOf(view, wanted);
  const only = (release: string | null) =>
    wanted.map((one) => share(one, one.release.id === release ? 100 : 0));
  if (wanted.length > 0 && wanted.every((one) => one.weight === 0 || isFit(view, one))) {
    return wanted.map((one) => share(one, one.weight));
  }
  const ready = readiest(view, wanted);
  if (ready) return only(ready);
  if (leftover) return [...only(null), { version: { ...leftover, weight: 100 } }];
  return only(wanted[0]?.release.id ?? null);
}

/** Fit for traffic: enough replicas are ready, or it has traffic already and one is. */
export function isFit(view: TargetView, one: Wanted): boolean {
  const asked = view.intent?.spec.versions.find((version) => version.release === one.release.id);
  const ready = readyOf(view, one.release.id);
  return ready >= ((asked?.weight ?? 0) > 0 ? 1 : Math.max(1, one.needs));
}

/** The ready one among the wanted, the stable one before the candidate. */
function readiest(view: TargetView, wanted: readonly Wanted[]): string | null {
  return wanted.find((one) => readyOf(view, one.release.id) > 0)?.release.id ?? null;
}

/** A ready version that is asked for now and wanted no more; the one with the most traffic. */
function leftoverOf(view: TargetView, wanted: readonly Wanted[]): IntentVersion | null {
  const rest = (view.intent?.spec.versions ?? []).filter(
    (version) =>
      readyOf(view, version.release) > 0 &&
      !wanted.some((one) => one.release.id === version.release),
  );
  return rest.toSorted((a, b) => b.weight - a.weight)[0] ?? null;
}

function share(one: Wanted, weight: number): Share {
  const { artifact, config, commit } = one.release.content;
  return {
    version: { release: one.release.id, commit, artifact, config, replicas: one.replicas, weight },
  };
}

function routeOf(match: RequestMatch, release: string): Route {
  const { name, exact, prefix, regex } = 'header' in match ? match.header : match.cookie;
  const value = {
    name,
    ...(exact === undefined ? {} : { exact }),
    ...(prefix === undefined ? {} : { prefix }),
    ...(regex === undefined ? {} : { regex }),
  };
  return {
    release,
    match: 'header' in match ? { header: value } : { cookie: value },
  };
}

export function stickyOf(strategy: Strategy): Sticky | null {
  const sticky = strategy.canary?.sticky;
  return sticky ? { cookie: sticky.cookie, ttlSeconds: Math.ceil(sticky.ttl / 1_000) } : null;
}

/** Whether two specs ask the same. The order of keys does not count, since jsonb has its own. */
export function sameSpec(a: IntentSpec, b: IntentSpec): boolean {
  return same(a, b);
}

/** Asked for every target in every look, so it stops at the first difference. A key without a value is no key. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && sameList(a, b);
  if (Array.isArray(b)) return false;
  return sameRecord(a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>);
}

function sameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at += 1) if (!same(a[at], b[at])) return false;
  return true;
}

function sameRecord(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
): boolean {
  for (const key in a) if (a[key] !== undefined && !same(a[key], b[key])) return false;
  for (const key in b) if (b[key] !== undefined && a[key] === undefined) return false;
  return true;
}

/** Whether the target said that it serves what is asked of it now, as far as traffic goes. */
export function isServed(view: TargetView, spec: IntentSpec): boolean {
  if (!view.status || !view.intent || !sameSpec(view.intent.spec, spec)) return false;
  if (view.status.generation < view.intent.generation) return false;
  return spec.versions.every(
    (version) => Math.round(statusOf(view, version.release)?.weight ?? 0) === version.weight,
  );
}
