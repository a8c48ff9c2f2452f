import { type Load, startLoad } from '../load/load.ts';
import { isFailed, type LoadReport, noRelease, type Outcome } from '../load/tally.ts';

/** What the last second of traffic to one address looked like. */
export type Recent = {
  readonly url: string;
  readonly perSecond: number;
  readonly failed: number;
  /** Share of the answers by release, 0–1. */
  readonly shares: Readonly<Record<string, number>>;
};

export type Traffic = {
  recent(url: string): Recent;
  report(): LoadReport;
  /** Milliseconds since the epoch; null while it never failed, or never answered. */
  firstFailureOf(release: string): number | null;
  lastAnswerOf(release: string): number | null;
  /** Failed requests that the given release did not answer, by release that did. */
  failedOutside(release: string): number;
  stop(): Promise<LoadReport>;
};

const windowMs = 1_000;

/** Real users of the production routers, for as long as the story lasts. */
export function startTraffic(urls: readonly string[], rate: number): Traffic {
  const windows = new Map<string, Outcome[]>(urls.map((url) => [url, []]));
  const firstFailures = new Map<string, number>();
  const load: Load = startLoad({
    urls,
    rate,
    onOutcome(outcome) {
      const release = outcome.release ?? noRelease;
      if (isFailed(outcome) && !firstFailures.has(release)) {
        firstFailures.set(release, outcome.endedAt);
      }
      const window = windows.get(outcome.url) ?? [];
      window.push(outcome);
      const old = window.findIndex((one) => one.endedAt >= outcome.endedAt - windowMs);
      window.splice(0, old);
    },
  });
  return {
    recent: (url) => summarize(url, windows.get(url) ?? []),
    report: () => load.report(),
    firstFailureOf: (release) => firstFailures.get(release) ?? null,
    lastAnswerOf: (release) => load.report().releases[release]?.lastAt ?? null,
    failedOutside: (release) => {
      const { failed, releases } = load.report();
      return failed - (releases[release]?.failed ?? 0);
    },
    stop: () => load.stop(),
  };
}

function summarize(url: string, window: readonly Outcome[]): Recent {
  const counts = new Map<string, number>();
  for (const one of window) {
    const release = one.release ?? noRelease;
    counts.set(release, (counts.get(release) ?? 0) + 1);
  }
  return {
    url,
    perSecond: window.length,
    failed: window.filter(isFailed).length,
    shares: Object.fromEntries([...counts].map(([name, n]) => [name, n / window.length])),
  };
}
