import { windowText } from './documents.ts';

/** When the simulated worlds begin to be prepared: Monday, 5 January 2026, 00:00 UTC. */
export const dawn = Date.UTC(2026, 0, 5);
/** When their unrest begins. */
export const morning = dawn + 3_600_000;

/** Frozen for 14 of every 30 seconds, from shortly after the unrest began. */
export const rushHours = windowText({
  ...{ name: 'rush', kind: 'deny', from: morning + 4_000, seconds: 14 },
  rule: 'FREQ=SECONDLY;INTERVAL=30',
});

/** Open for 12 of every 25 seconds, and for ten minutes while the world is prepared. */
export const allowed =
  windowText({
    ...{ name: 'quiet', kind: 'allow', from: morning - 8_000, seconds: 12 },
    rule: 'FREQ=SECONDLY;INTERVAL=25',
  }) +
  windowText({
    ...{ name: 'night', kind: 'allow', from: dawn, seconds: 600 },
    rule: 'FREQ=DAILY',
  });

/** To which moments people round what they declare (ms); worlds then have files in common, which are parsed once. */
const round = 5_000;

/** Windows that somebody declares in the middle: one that nobody outlives, one that passes, two in a row, one to come. */
export function sudden(n: number, now: number): string {
  const at = (name: string, seconds: number, from: number, kind: 'deny' | 'allow' = 'deny') =>
    windowText({
      name,
      kind,
      from: Math.ceil(now / round) * round + from,
      rule: 'FREQ=DAILY',
      seconds,
    });
  switch (n % 5) {
    case 0:
    case 1:
      return at('incident', 6 * 3_600, -60_000);
    case 2:
      return at('deploy', 20, 2_000);
    case 3:
      return at('lunch', 10, 0) + at('coffee', 12, 10_000);
    default:
      return at('later', 3_600, 25_000, 'allow');
  }
}
