import type { IntentSpec, Route } from '../../src/capabilities/fleet/types.ts';
import { createSelector } from '../../src/integrations/driver/process/router/selector.ts';

/** What a target's router goes by now. */
export type Table = Pick<IntentSpec, 'routes' | 'sticky'> & {
  readonly weights: { readonly [release: string]: number };
};

export type VisitorDeps = {
  /** Whether the application declares that a visitor stays on the version it met. */
  readonly isSticky: boolean;
  readonly hit: (what: 'visitorRouted' | 'visitorStayed') => void;
  /** Told of a visitor that met another version than it should have. */
  readonly strays: (
    invariant:
      | 'a visitor stays on the version it met'
      | 'who matches meets the candidate, and nobody else',
    detail: string,
  ) => void;
};

type Visitor = {
  readonly name: string;
  readonly headers: { readonly [name: string]: string };
  jar: string;
  met: string;
};

const crowd = 10;

const newcomer = (_: unknown, n: number): Visitor => ({
  name: n === 0 ? 'tester' : n === 1 ? 'insider' : `visitor ${n}`,
  headers: n === 0 ? { 'x-beta': 'yes' } : n === 1 ? { cookie: 'beta=on1' } : {},
  ...{ jar: '', met: '' },
});

const fits = ({ name }: Visitor, { match }: Route): boolean =>
  'header' in match ? name === 'tester' : name === 'insider';

/** Visitors of one application on one target. Where each of them goes is chosen by the product's own router. */
export function simulatedVisitors({ isSticky, hit, strays }: VisitorDeps) {
  const visitors = Array.from({ length: crowd }, newcomer);
  const selector = createSelector(() => {});
  let known = '';

  const serve = (table: Table, ready: readonly string[]) => {
    const words = JSON.stringify([table, ready]);
    if (words === known) return;
    known = words;
    const upstreams = ready.map((release, n) => ({ release, index: 1, port: 1_000 + n }));
    selector.serve({ ...table, upstreams, preview: null });
  };

  const expected = (visitor: Visitor, { routes, weights }: Table, ready: readonly string[]) => {
    const route = routes.find((one) => ready.includes(one.release) && fits(visitor, one));
    if (route) return { release: route.release, isRouted: true };
    const { met } = visitor;
    const stays = isSticky && (weights[met] ?? 0) > 0 && ready.includes(met);
    return stays ? { release: met, isRouted: false } : null;
  };

  return {
    /** Each of them calls, a tenth of the requests each; gives how many each release had. */
    call: (
      table: Table,
      ready: readonly string[],
      requests: number,
    ): ReadonlyMap<string, number> => {
      serve(table, ready);
      const met = new Map<string, number>();
      for (const visitor of visitors) {
        const { headers, jar, name } = visitor;
        const cookie = [headers.cookie, jar].filter(Boolean).join('; ');
        const chosen = selector.choose({ headers: { ...headers, cookie } }, false);
        if (!chosen) continue;
        const { release } = chosen.lane.upstream;
        const wanted = expected(visitor, table, ready);
        if (wanted && wanted.release !== release) {
          strays(
            wanted.isRouted
              ? 'who matches meets the candidate, and nobody else'
              : 'a visitor stays on the version it met',
            `${name} met ${release} instead of ${wanted.release}`,
          );
        }
        if (wanted?.isRouted) hit('visitorRouted');
        else {
          if (wanted && ready.length > 1) hit('visitorStayed');
          visitor.met = release;
        }
        if (chosen.setCookie !== null) visitor.jar = chosen.setCookie.split(';')[0] ?? '';
        met.set(release, (met.get(release) ?? 0) + requests / crowd);
      }
      return met;
    },
  };
}

export type Visitors = ReturnType<typeof simulatedVisitors>;
