import type { RolloutState } from '../../../src/capabilities/rollouts/types.ts';
import type { IntentRow, ObjectRow, Put, StatusRow, Tables } from '../database/tables.ts';

/** What must always hold, by name. */
export const invariantNames = [
  'one active rollout per application and environment',
  'weights sum to 100',
  'no traffic to a version that is not ready while a ready one exists',
  'the healthy side is never scaled down by an abort',
  'a quarantined release is never a rollback target',
  'at rest, Git, intent and served version agree',
  'every change has exactly one event',
  'every effect is delivered at least once and recorded once',
  'a stale generation changes nothing',
  'abort is accepted in every non-terminal state',
  'once faults stop, every rollout ends',
  'no verdict passes without data',
  'a freeze holds what goes forward, and never what goes back',
  'who matches meets the candidate, and nobody else',
  'a visitor stays on the version it met',
  'a bad document changes no intent and holds nobody',
  'the fault of one application never holds its neighbour',
  'at most one run of a group is under way',
  'a step never begins before its needs are met',
  'a step that is over never changes',
  'a run that is over never changes',
  'finally runs unless it was cancelled twice or never began',
  'a run has one event for its opening and one for its end',
  'an outcome counts for its own attempt alone',
  'cancel is accepted until a run is over',
  'once faults stop, every run ends',
  'a deployment that succeeded was served',
  'what was seen decides the same again',
  'a fresh copy is there to be compared with, and for nothing else',
] as const;

export type InvariantName = (typeof invariantNames)[number];

export type Violation = {
  readonly invariant: InvariantName;
  readonly detail: string;
  /** Simulated milliseconds since the world began. */
  readonly at: number;
};

/** One committed transaction, sorted by what it changed. */
export type Change = {
  /** By table. A row that is gone is none of them. */
  readonly rows: ReadonlyMap<string, readonly RowChange[]>;
  readonly tables: Tables;
  readonly objects: readonly RowChange<ObjectRow>[];
};

export type Report = (invariant: InvariantName, detail: string) => void;

export type RowChange<Row = unknown> = {
  readonly before: Row | undefined;
  readonly after: Row;
};

const none: readonly RowChange[] = [];

export const rowsOf = <Row>({ rows }: Change, table: string): readonly RowChange<Row>[] =>
  (rows.get(table) ?? none) as readonly RowChange<Row>[];

/** What was put, by table. */
export function byTable(puts: readonly Put[]): Change['rows'] {
  const rows = new Map<string, RowChange[]>();
  for (const put of puts) {
    if (put.after === undefined) continue;
    const list = rows.get(put.table);
    if (list) list.push(put);
    else rows.set(put.table, [put]);
  }
  return rows;
}

export const rolloutState = (row: ObjectRow): RolloutState => row.state as unknown as RolloutState;

/** Ready replicas that a status tells of a release; none by a target that never reported. */
export const readyIn = (status: StatusRow | null, release: string): number =>
  status?.report.versions.find((version) => version.release === release)?.ready ?? 0;

export type { IntentRow, ObjectRow, StatusRow };
