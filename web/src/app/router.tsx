import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router';
import { LoginGate } from './login.tsx';
import { NotFound } from './not-found.tsx';
import { Shell } from './shell.tsx';

/** What a page keeps in its address is text; each page reads what it knows and leaves the rest. */
export type Search = { readonly [name: string]: string | undefined };

const searchOf = (given: Record<string, unknown>): Search =>
  Object.fromEntries(
    Object.entries(given)
      .filter(([, value]) => value !== undefined && value !== null && value !== '')
      .map(([name, value]) => [name, typeof value === 'string' ? value : String(value)]),
  );

const root = createRootRoute({ validateSearch: searchOf, notFoundComponent: NotFound });
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: () => (
    <LoginGate>
      <Shell />
    </LoginGate>
  ),
});

const overview = createRoute({
  getParentRoute: () => inside,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/overview/overview.tsx'), 'Overview'),
});
const application = createRoute({
  getParentRoute: () => inside,
  path: '/applications/$name',
  component: lazyRouteComponent(
    () => import('../pages/application/application.tsx'),
    'ApplicationPage',
  ),
});
const rollout = createRoute({
  getParentRoute: () => inside,
  path: '/rollouts/$id',
  component: lazyRouteComponent(() => import('../pages/rollout/rollout.tsx'), 'RolloutPage'),
});
const runs = createRoute({
  getParentRoute: () => inside,
  path: '/runs',
  component: lazyRouteComponent(() => import('../pages/run/runs.tsx'), 'RunsPage'),
});
const run = createRoute({
  getParentRoute: () => inside,
  path: '/runs/$id',
  component: lazyRouteComponent(() => import('../pages/run/run.tsx'), 'RunPage'),
});
const fleet = createRoute({
  getParentRoute: () => inside,
  path: '/fleet',
  component: lazyRouteComponent(() => import('../pages/fleet/fleet.tsx'), 'FleetPage'),
});
const target = createRoute({
  getParentRoute: () => inside,
  path: '/fleet/$name',
  component: lazyRouteComponent(() => import('../pages/fleet/target.tsx'), 'TargetPage'),
});
const audit = createRoute({
  getParentRoute: () => inside,
  path: '/audit',
  component: lazyRouteComponent(() => import('../pages/audit/audit.tsx'), 'AuditPage'),
});
const validate = createRoute({
  getParentRoute: () => inside,
  path: '/validate',
  component: lazyRouteComponent(() => import('../pages/validate/validate.tsx'), 'ValidatePage'),
});
const status = createRoute({
  getParentRoute: () => root,
  path: '/status',
  component: lazyRouteComponent(() => import('../pages/status/status.tsx'), 'StatusPage'),
});

const routeTree = root.addChildren([
  inside.addChildren([overview, application, rollout, runs, run, fleet, target, audit, validate]),
  status,
]);

export const createAppRouter = () =>
  createRouter({
    routeTree,
    defaultPreload: 'intent',
    // Everything in an address is text: a commit of digits only is no number.
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search) => {
      const given = Object.entries(searchOf(search)) as [string, string][];
      const text = new URLSearchParams(given).toString();
      return text === '' ? '' : `?${text}`;
    },
  });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
