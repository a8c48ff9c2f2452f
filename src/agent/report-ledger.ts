import type { Status } from '../capabilities/fleet/types.ts';

/**
 * What the control plane was told, and what it has still to be told. It knows neither time nor wire, so that the
 * simulated world asks the same one.
 */
export type ReportLedger = {
  /** Something about an application changed in more than its counters. */
  readonly changed: (application: string) => void;
  /** Counters that grew since they were told are to be told as well. */
  readonly compare: (all: readonly Status[]) => void;
  readonly isDue: () => boolean;
  /** What to tell now, as much as the wire takes at once; `more` says that this is not all. */
  readonly take: (all: readonly Status[]) => {
    readonly batch: readonly Status[];
    readonly more: boolean;
  };
  readonly told: (batch: readonly Status[]) => void;
  /** Nobody knows what arrived: everything is told again. */
  readonly lost: () => void;
};

/** The wire takes 5,000 at once. */
const mostStatuses = 1_000;

const traffic = (status: Status): string =>
  status.versions
    .map(({ release, counters }) => `${release} ${counters.requests} ${counters.errors}`)
    .join();

export function reportLedger(): ReportLedger {
  /** Requests and errors per application as last told. */
  const sent = new Map<string, string>();
  const due = new Set<string>();
  return {
    changed: (application) => due.add(application),
    compare: (all) => {
      for (const status of all) {
        if (sent.get(status.application) !== traffic(status)) due.add(status.application);
      }
    },
    isDue: () => due.size > 0,
    take: (all) => {
      const unsent = all.filter(
        ({ application }) => due.has(application) || !sent.has(application),
      );
      const batch = unsent.slice(0, mostStatuses);
      for (const { application } of batch) due.delete(application);
      return { batch, more: unsent.length > batch.length };
    },
    told: (batch) => {
      for (const status of batch) sent.set(status.application, traffic(status));
    },
    lost: () => sent.clear(),
  };
}
