import { useEffect, useState } from 'react';
import type { TargetSummary } from '../../../../src/contract/api/fleet.ts';
import { follow } from '../../api/stream.ts';

export type Targets = {
  readonly targets: readonly TargetSummary[];
  readonly error: unknown;
  readonly isReady: boolean;
};

/** All targets, each as it is now: the server sends them all, and then each that is not what it was. */
export function useTargets(): Targets {
  const [now, setNow] = useState<Targets>({ targets: [], error: null, isReady: false });
  useEffect(() => {
    const ending = new AbortController();
    const waiting: Change[] = [];
    let frame: ReturnType<typeof setTimeout> | null = null;
    const flush = (): void => {
      frame = null;
      const changes = waiting.splice(0);
      setNow(({ targets }) => ({ targets: changed(targets, changes), error: null, isReady: true }));
    };
    void follow({
      path: '/fleet/stream',
      signal: ending.signal,
      onState: (state, error) => {
        setNow((before) => ({ ...before, error }));
        // An empty fleet says nothing; then nothing is what there is.
        if (state === 'live') frame ??= setTimeout(flush, settling);
      },
      onMessage: ({ event, data }) => {
        if (event === 'target') waiting.push({ target: JSON.parse(data) as TargetSummary });
        if (event === 'gone') waiting.push({ gone: (JSON.parse(data) as { name: string }).name });
        frame ??= setTimeout(flush, settling);
      },
    });
    return () => {
      ending.abort();
      if (frame) clearTimeout(frame);
    };
  }, []);
  return now;
}

type Change = { readonly target: TargetSummary } | { readonly gone: string };

/** Milliseconds in which news are gathered: the line begins with all targets, one by one. */
const settling = 50;

export function changed(
  before: readonly TargetSummary[],
  changes: readonly Change[],
): readonly TargetSummary[] {
  const all = new Map(before.map((one) => [one.name, one]));
  for (const one of changes) {
    if ('gone' in one) all.delete(one.gone);
    else all.set(one.target.name, one.target);
  }
  return [...all.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'));
}
