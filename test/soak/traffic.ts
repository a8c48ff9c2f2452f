import { setTimeout as sleep } from 'node:timers/promises';
import { type Load, startLoad } from '../../examples/load/load.ts';
import { isFailed, type Outcome } from '../../examples/load/tally.ts';
import type { RequestCount } from './types.ts';

type Window = { readonly from: number; until: number };

/** Requests without end to every address, and why the failed ones failed. */
export type Traffic = {
  /** From now on requests may fail: what carries them is gone or stands still. */
  agentIsAway(): void;
  /** Resolves when every address answers again; only then failures count as lost again. */
  agentIsBack(): Promise<void>;
  /** A release whose 5xx answers are its own. */
  isBad(release: string): void;
  stop(): Promise<RequestCount>;
};

/** Milliseconds before an away that was noticed late. */
const notice = 250;

export function startTraffic(urls: readonly string[], rate: number): Traffic {
  const failed: Outcome[] = [];
  const bad = new Set<string>();
  const away: Window[] = [];
  const load: Load = startLoad({
    urls,
    rate,
    onOutcome: (outcome) => {
      if (isFailed(outcome)) failed.push(outcome);
    },
  });
  return {
    agentIsAway: () => {
      if (away.at(-1)?.until === Number.POSITIVE_INFINITY) return;
      away.push({ from: Date.now() - notice, until: Number.POSITIVE_INFINITY });
    },
    agentIsBack: async () => {
      for (const url of urls) await answers(url);
      const last = away.at(-1);
      if (last) last.until = Date.now();
    },
    isBad: (release) => bad.add(release),
    stop: async () => countRequests((await load.stop()).requests, failed, away, bad),
  };
}

export function countRequests(
  sent: number,
  failed: readonly Outcome[],
  away: readonly { readonly from: number; readonly until: number }[],
  bad: ReadonlySet<string>,
): RequestCount {
  const byBad = (one: Outcome): boolean => one.release !== null && bad.has(one.release);
  const whileAway = (one: Outcome): boolean =>
    away.some(({ from, until }) => one.endedAt >= from && one.dueAt <= until);
  const rest = failed.filter((one) => !byBad(one));
  const lost = rest.filter((one) => !whileAway(one));
  return {
    sent,
    lost: lost.length,
    whileAgentWasAway: rest.length - lost.length,
    failedByBadVersions: failed.length - rest.length,
    firstLost: lost.slice(0, 10).map(wordsOf),
  };
}

function wordsOf({ url, status, release, reason, dueAt, endedAt }: Outcome): string {
  const what = status === null ? reason : `${status} of ${release}`;
  return `${new Date(endedAt).toISOString()} ${url}: ${what}, due ${(endedAt - dueAt).toFixed(0)} ms before`;
}

/** Milliseconds for an agent to come back. */
const patience = 60_000;

async function answers(url: string): Promise<void> {
  for (const deadline = performance.now() + patience; performance.now() < deadline; ) {
    const signal = AbortSignal.timeout(2_000);
    const answer = await fetch(url, { signal, headers: { connection: 'close' } }).catch(() => null);
    await answer?.body?.cancel();
    // A bad version answers 500 itself; the router without a replica answers 503.
    if (answer && answer.headers.get('x-tidegate-release') !== null) return;
    await sleep(50);
  }
  throw new Error(`${url} did not answer for ${patience} ms`);
}
