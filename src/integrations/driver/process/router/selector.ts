import { type Lane, leastBusy, type WeightedPicker, weightedPicker } from './balance.ts';
import { compileRoutes, type Matcher, readCookie } from './match.ts';
import type { RoutedRequest, RouteTable, Upstream } from './types.ts';

export type Selection = { readonly lane: Lane; readonly setCookie: string | null };

/** Chooses a version and a replica per request, and knows how many requests each replica has in flight. */
export type Selector = {
  /** Replaces what is served; requests in flight are not touched. */
  readonly serve: (table: RouteTable) => void;
  /** Null when nothing is ready. */
  readonly choose: (request: RoutedRequest, preview: boolean) => Selection | null;
  /** Another ready replica of the same version. */
  readonly another: (lane: Lane) => Lane | null;
  readonly enter: (lane: Lane) => void;
  readonly leave: (lane: Lane) => void;
  /** Takes a replica that refused a connection out until the next table. */
  readonly suspend: (lane: Lane) => void;
  readonly inFlight: (release: string, index: number) => number;
};

const nothing: RouteTable = { weights: {}, upstreams: [], routes: [], sticky: null, preview: null };
const key = (of: Pick<Upstream, 'release' | 'index'>) => `${of.release}/${of.index}`;

function sameWeights(a: RouteTable['weights'], b: RouteTable['weights']): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && a[name] === b[name])
  );
}

function stickyCookie({ sticky }: RouteTable, { upstream }: Lane): string | null {
  if (sticky === null) return null;
  return `${sticky.cookie}=${upstream.release}; Path=/; Max-Age=${sticky.ttlSeconds}; HttpOnly; SameSite=Lax`;
}

/** `onIdle` tells of the last answer of a replica that is served no more: only then does anybody wait for it. */
export function createSelector(onIdle: (upstream: Upstream) => void): Selector {
  /** Every replica with a place in the table or a request in flight. */
  const lanes = new Map<string, Lane>();
  const open = new Map<string, Lane[]>();
  const suspended = new Set<Lane>();
  let table = nothing;
  let picker: WeightedPicker = weightedPicker({});
  let matchers: readonly Matcher[] = [];
  let turn = 0;

  const usable = (release: string): readonly Lane[] => {
    const all = open.get(release) ?? [];
    return suspended.size === 0 ? all : all.filter((lane) => !suspended.has(lane));
  };
  const busiestLeast = (release: string) => leastBusy(usable(release), null);

  const serve = (next: RouteTable): void => {
    if (!sameWeights(table.weights, next.weights)) picker = weightedPicker(next.weights);
    matchers = compileRoutes(next.routes);
    table = next;
    open.clear();
    suspended.clear();
    for (const upstream of next.upstreams) {
      const known = lanes.get(key(upstream));
      const lane =
        known?.upstream.port === upstream.port ? known : { upstream, inFlight: 0, lastUsed: 0 };
      lanes.set(key(upstream), lane);
      open.set(upstream.release, [...(open.get(upstream.release) ?? []), lane]);
    }
    for (const [name, lane] of lanes) {
      if (lane.inFlight === 0 && !open.get(lane.upstream.release)?.includes(lane))
        lanes.delete(name);
    }
  };

  const stick = (request: RoutedRequest): Lane | null => {
    if (table.sticky === null) return null;
    const release = readCookie(request, table.sticky.cookie);
    if (release === undefined || !((table.weights[release] ?? 0) > 0)) return null;
    return busiestLeast(release);
  };

  const weigh = (): Lane | null => {
    const release = picker.pick();
    const lane = release === null ? null : busiestLeast(release);
    if (lane !== null) return lane;
    for (const name of Object.keys(table.weights)) {
      const other = busiestLeast(name);
      if (other !== null) return other;
    }
    return null;
  };

  const choose: Selector['choose'] = (request, preview) => {
    if (preview) {
      const lane = table.preview === null ? null : busiestLeast(table.preview);
      return lane && { lane, setCookie: null };
    }
    for (const matcher of matchers) {
      if (!matcher.matches(request)) continue;
      const lane = busiestLeast(matcher.release);
      if (lane !== null) return { lane, setCookie: null };
    }
    const stuck = stick(request);
    if (stuck !== null) return { lane: stuck, setCookie: null };
    const lane = weigh();
    if (lane === null) return null;
    return { lane, setCookie: stickyCookie(table, lane) };
  };

  return {
    serve,
    choose,
    another: (lane) => leastBusy(usable(lane.upstream.release), lane),
    enter: (lane) => {
      turn += 1;
      lane.inFlight += 1;
      lane.lastUsed = turn;
    },
    leave: (lane) => {
      lane.inFlight -= 1;
      if (lane.inFlight > 0 || open.get(lane.upstream.release)?.includes(lane)) return;
      lanes.delete(key(lane.upstream));
      onIdle(lane.upstream);
    },
    suspend: (lane) => {
      suspended.add(lane);
    },
    inFlight: (release, index) => lanes.get(key({ release, index }))?.inFlight ?? 0,
  };
}
