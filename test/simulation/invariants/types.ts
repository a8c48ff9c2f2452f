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
  readonly puts: readonly Put[];
  readonly tables: Tables;
  readonly objects: readonly {
    readonly before: ObjectRow | undefined;
    readonly after: ObjectRow;
  }[];
};

export type Report = (invariant: InvariantName, detail: string) => void;

export const rowsOf = <Row>(
  { puts }: Change,
  table: string,
): readonly { readonly before: Row | undefined; readonly after: Row }[] =>
  puts.flatMap(({ table: name, before, after }) =>
    name === table && after !== undefined
      ? [{ before: before as Row | undefined, after: after as Row }]
      : [],
  );

export const rolloutState = (row: ObjectRow): RolloutState => row.state as unknown as RolloutState;

export type { IntentRow, ObjectRow, StatusRow };
