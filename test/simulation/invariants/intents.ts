import type { Tables } from '../database/tables.ts';
import { checkCopies } from './copies.ts';
import { checkRoutes } from './routes.ts';
import {
  type Change,
  type IntentRow,
  type Report,
  rolloutState,
  rowsOf,
  type StatusRow,
} from './types.ts';

/** Statuses of one target and application that are kept. */
const mostSeen = 61;

/** `n` counts commits, since many fall into one millisecond; a null status is a target that never reported. */
type Seen = { readonly n: number; readonly status: StatusRow | null };

/**
 * Looks at intents as they are written. A decision goes by the statuses that were there when it was loaded, and news may
 * come between its load and its write; so an intent is wrong only when it is by every status since its writer was claimed.
 */
export function intentChecks(): {
  readonly note: (change: Change) => void;
  readonly check: (change: Change, report: Report) => void;
} {
  const history = new Map<string, Seen[]>();
  const claimed = new Map<string, number>();
  let n = 0;
  return {
    note: (change) => {
      n += 1;
      for (const { after } of rowsOf<StatusRow>(change, 'statuses')) {
        const key = `${after.target}/${after.application}`;
        const seen = history.get(key) ?? [];
        history.set(key, seen);
        seen.push({ n, status: after });
        if (seen.length > mostSeen) seen.shift();
      }
      for (const { before, after } of change.objects) {
        if (after.leasedBy !== null && before?.leasedBy !== after.leasedBy)
          claimed.set(after.id, n);
      }
    },
    check: (change, report) => {
      for (const { before, after } of rowsOf<IntentRow>(change, 'intents')) {
        checkWeights(after, report);
        const all = history.get(`${after.target}/${after.application}`) ?? [];
        const since = claimed.get(after.writtenBy) ?? n;
        const known = all.findLast((one) => one.n <= since) ?? { n: 0, status: null };
        const seen = [known, ...all.filter((one) => one.n > since)];
        if (seen.every(({ status }) => isMisled(status, before, after)))
          report(
            'no traffic to a version that is not ready while a ready one exists',
            wordsOf(after),
          );
        checkRetreat(change.tables, seen, { before, after }, report);
        const statuses = seen.map(({ status }) => status);
        checkRoutes(change.tables, statuses, after, report);
        checkCopies(change.tables, statuses, after, report);
      }
    },
  };
}

const wordsOf = ({ target, spec, writtenBy }: IntentRow): string =>
  `${writtenBy} asks ${target} for ${spec.versions.map(({ release, weight, replicas }) => `${replicas} × ${release} at ${weight} %`).join(', ')}`;

function checkWeights(intent: IntentRow, report: Report): void {
  const { versions } = intent.spec;
  const sum = versions.reduce((total, { weight }) => total + weight, 0);
  const isWhole = versions.every(({ weight }) => weight >= 0 && weight <= 100);
  if (versions.length > 0 && (sum !== 100 || !isWhole))
    report('weights sum to 100', wordsOf(intent));
}

const readyIn = (status: StatusRow | null, release: string): number =>
  status?.report.versions.find((version) => version.release === release)?.ready ?? 0;

function isMisled(
  status: StatusRow | null,
  before: IntentRow | undefined,
  after: IntentRow,
): boolean {
  if (status?.environment !== after.environment) return false;
  const known = [...after.spec.versions, ...(before?.spec.versions ?? [])];
  const isThere = known.some(({ release }) => readyIn(status, release) > 0);
  return (
    isThere &&
    after.spec.versions.some(({ release, weight }) => weight > 0 && readyIn(status, release) === 0)
  );
}

function checkRetreat(
  tables: Tables,
  seen: readonly Seen[],
  { before, after }: { readonly before: IntentRow | undefined; readonly after: IntentRow },
  report: Report,
): void {
  const writer = tables.objects.rows.get(after.writtenBy);
  if (!before || writer?.kind !== 'rollout') return;
  const { retreat, plan } = rolloutState(writer);
  if (!retreat) return;
  const replicasIn = (intent: IntentRow, release: string) =>
    intent.spec.versions.find((version) => version.release === release)?.replicas ?? 0;
  const shrinks = (release: string) => replicasIn(after, release) < replicasIn(before, release);
  const { stable } = plan;
  const name = 'the healthy side is never scaled down by an abort';
  if (stable !== null && shrinks(stable)) report(name, wordsOf(after));
  const losesAll = seen.every(({ status }) => {
    const healthy = before.spec.versions.filter(({ release }) => readyIn(status, release) > 0);
    return healthy.length > 0 && healthy.every(({ release }) => shrinks(release));
  });
  if (losesAll) report(name, `every ready version shrinks: ${wordsOf(after)}`);
}
