import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { authenticator } from './capabilities/access/authenticate.ts';
import { accessRoutes } from './capabilities/access/routes.ts';
import { ensureAdminToken } from './capabilities/access/tokens.ts';
import { decideAnalysis } from './capabilities/analysis/decide.ts';
import { metricStates } from './capabilities/analysis/open.ts';
import { applicationRoutes } from './capabilities/applications/routes.ts';
import { auditRoutes } from './capabilities/audit/routes.ts';
import { openEventSignals } from './capabilities/audit/stream.ts';
import { backtestRoutes } from './capabilities/backtests/routes.ts';
import { fleetRoutes } from './capabilities/fleet/routes.ts';
import { type Changes, openChanges } from './capabilities/insights/changes.ts';
import { insightsRoutes } from './capabilities/insights/routes.ts';
import { changesRoutes } from './capabilities/insights/routes-changes.ts';
import { publicRoutes } from './capabilities/insights/routes-public.ts';
import { logRoutes, openLogSignals } from './capabilities/pipelines/logs-routes.ts';
import { runRoutes } from './capabilities/pipelines/routes.ts';
import { readSecret } from './capabilities/pipelines/secrets.ts';
import { releaseRoutes } from './capabilities/releases/routes.ts';
import { backgroundOf, stepsOf } from './capabilities/rollouts/decide-strategy.ts';
import { rolloutRoutes } from './capabilities/rollouts/routes.ts';
import { decisionRoutes } from './capabilities/rollouts/routes-decisions.ts';
import { simulationRoutes } from './capabilities/simulations/routes.ts';
import { sameRepository } from './capabilities/sources/address.ts';
import { resolveAddress } from './capabilities/sources/resolve.ts';
import { sourceRoutes } from './capabilities/sources/routes.ts';
import { trafficRoutes } from './capabilities/traffic/routes.ts';
import { nudgeTriggers } from './capabilities/triggers/operations.ts';
import { triggerRoutes } from './capabilities/triggers/routes.ts';
import type { Parts } from './compose-parts.ts';
import { intentsChannel } from './engine/channels.ts';
import type { GitHistory } from './integrations/git/port.ts';
import { figures } from './integrations/metric-source/router/figures.ts';
import { quantile } from './integrations/metric-source/router/histogram.ts';
import { findSender } from './integrations/webhook/registry.ts';
import type { Settings } from './platform/config/settings.ts';
import type { Database } from './platform/db/types.ts';
import { fail } from './platform/errors/problem.ts';
import { createHttpServer } from './platform/http/server.ts';
import { openSignals, type Signals } from './platform/http/signals.ts';
import { siteRoutes } from './platform/http/site.ts';
import type { HttpApp } from './platform/http/types.ts';
import type { Log } from './platform/log/log.ts';
import { secretPlaces } from './platform/secrets/secrets.ts';

export type HttpOptions = {
  readonly db: Database;
  readonly settings: Settings;
  readonly log: Log;
  readonly parts: Parts;
  /** The mirror of a repository by its address. */
  readonly history: (address: string) => GitHistory;
};

export type RunningHttp = { readonly url: string; stop(): Promise<void> };

/** The API on its port. TG1801 when the port is taken. */
export async function composeHttp(options: HttpOptions): Promise<RunningHttp> {
  const { db, settings } = options;
  await ensureAdminToken(db, settings.paths.token);
  const intents = await openSignals(db, intentsChannel);
  const events = await openEventSignals(db);
  const logs = await openLogSignals(db);
  const changes = await openChanges(db);
  const app = await composeApp({ ...options, intents, events, logs, changes });
  const { host, port } = settings;
  const stop = async (): Promise<void> => {
    await app.close();
    await Promise.all([intents, events, logs, changes].map((one) => one.close()));
  };
  const url = await app.listen({ host, port }).catch(async (cause: unknown) => {
    await stop();
    const why = cause instanceof Error ? cause.message : String(cause);
    const hint = 'End what uses it, or give another port with --port.';
    fail('TG1801', { detail: `Port ${port} of ${host} cannot be used: ${why}`, hint }, cause);
  });
  return { url, stop };
}

/** Every route, not yet listening: also what the reference page of the API is made from. */
export async function composeApp(
  options: HttpOptions & {
    readonly intents: Signals;
    readonly events: Signals;
    /** Left out: logs that are followed are looked at from time to time. */
    readonly logs?: Signals;
    /** Left out: nobody is told what changes. */
    readonly changes?: Changes;
  },
): Promise<HttpApp> {
  const { db, settings, log, parts, intents, events, logs = deaf, changes = unchanging } = options;
  const now = () => new Date();
  const version = ownVersion();
  return await createHttpServer({
    log,
    version,
    hosts: settings.hosts,
    authenticate: authenticator(db),
    routes: [
      insightsRoutes({ db, version }),
      publicRoutes({ db, isOn: settings.publicStatus, now: () => performance.now() }),
      accessRoutes({ db }),
      sourceRoutes({
        ...{ db, hookSecret: settings.hookSecret ?? '' },
        nudgeTriggers: (hook) => nudgeTriggers(db, hook, sameRepository),
      }),
      applicationRoutes({ db, history: options.history, resolveAddress }),
      releaseRoutes({ db, operations: parts.releases }),
      rolloutRoutes({ db, load: parts.loadRollout, now }),
      decisionRoutes({ db, reconcilers: parts.journaled }),
      backtestRoutes({ db, judges, stepsOf }),
      simulationRoutes({ judges, strategies: { stepsOf, backgroundOf } }),
      runRoutes({ db, operations: parts.runs, runs: parts.runReconciler, now }),
      logRoutes({ db, signals: logs }),
      triggerRoutes({
        ...{ db, findSender, now },
        readSecret: (secrets, name) => readSecret(secretPlaces(), secrets, name),
      }),
      trafficRoutes({ db, quantile }),
      fleetRoutes({ db, signals: intents }),
      auditRoutes({ db, signals: events }),
      changesRoutes({ changes }),
      siteRoutes({ folder: siteFolder, pages }),
    ],
  });
}

/** What a recording or a simulation is judged by: what judges rollouts. */
const judges = { decide: decideAnalysis, open: metricStates, figures };

/** What web/src/app/router.tsx answers. */
const pages = [
  ...['/', '/applications/*', '/rollouts/*', '/runs', '/runs/*', '/fleet', '/fleet/*'],
  ...['/audit', '/validate', '/status'],
];

/** What setup/web.ts builds. */
const siteFolder = fileURLToPath(new URL('../web/dist', import.meta.url));

const unchanging: Changes = { listen: () => () => undefined, close: async () => undefined };
const deaf: Signals = { on: () => () => undefined, close: async () => undefined };

export function ownVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
