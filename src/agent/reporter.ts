import type { Status } from '../capabilities/fleet/types.ts';
import type { StatusReport } from '../contract/agent.ts';
import { backoff } from './backoff.ts';
import type { Link } from './link.ts';
import { reportLedger } from './report-ledger.ts';

/** Milliseconds. */
export type ReporterTuning = {
  /** Changes within this time travel together. */
  readonly coalesce: number;
  /** A report is sent at least this often, an empty one if need be. */
  readonly heartbeat: number;
  /** How often counters are looked at; those that grew are sent. */
  readonly refresh: number;
  readonly longestBackoff: number;
};

export const reporterTuning: ReporterTuning = {
  coalesce: 20,
  heartbeat: 4_000,
  refresh: 500,
  longestBackoff: 5_000,
};

export type ReporterOptions = {
  readonly agent: string;
  readonly target: string;
  readonly version: string;
  readonly statuses: () => readonly Status[];
  readonly send: (report: StatusReport, signal: AbortSignal) => Promise<void>;
  readonly tuning: ReporterTuning;
  readonly link: Link;
};

export type Reporter = {
  /** Something about an application changed: it is reported soon. */
  readonly changed: (application: string) => void;
  /** Sends what is still unsaid, once, and ends. */
  readonly stop: () => Promise<void>;
};

type Statuses = StatusReport['statuses'];

/** The report's type is mutable, as zod gives it. */
const plain = (statuses: readonly Status[]): Statuses => structuredClone(statuses) as Statuses;

/**
 * Tells the control plane what is served: changes at once, counters while they grow, a heartbeat when all is
 * quiet. After a failure everything is told again, since nobody knows what arrived.
 */
export function startReporter(options: ReporterOptions): Reporter {
  const { tuning, link } = options;
  const way = `report ${options.target}`;
  const aborter = new AbortController();
  const ledger = reportLedger();
  let failures = 0;
  let lastAt = 0;
  let sending = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const flush = async (): Promise<void> => {
    timer = undefined;
    if (sending) return;
    sending = true;
    const { batch, more } = ledger.take(options.statuses());
    try {
      const { agent, version } = options;
      await options.send({ agent, version, statuses: plain(batch) }, aborter.signal);
      ledger.told(batch);
      link.found(way);
      failures = 0;
      lastAt = Date.now();
    } catch (error) {
      if (!stopped) link.lost(way, error);
      failures += 1;
      ledger.lost();
    }
    sending = false;
    if (failures > 0) schedule(backoff(failures, tuning.longestBackoff, Math.random()));
    else if (ledger.isDue() || more) schedule(tuning.coalesce);
  };

  const schedule = (delay: number): void => {
    if (timer || stopped) return;
    timer = setTimeout(() => void flush(), delay);
  };

  const refresh = setInterval(() => {
    if (failures > 0) return;
    ledger.compare(options.statuses());
    const quiet = Date.now() - lastAt >= tuning.heartbeat;
    if (ledger.isDue() || quiet) schedule(tuning.coalesce);
  }, tuning.refresh);
  schedule(0);

  return {
    changed: (application) => {
      ledger.changed(application);
      if (failures === 0) schedule(tuning.coalesce);
    },
    stop: async () => {
      stopped = true;
      clearInterval(refresh);
      clearTimeout(timer);
      setTimeout(() => aborter.abort(), tuning.coalesce * 25).unref();
      await flush();
    },
  };
}
