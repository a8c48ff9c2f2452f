import type { IntentSpec, Status } from '../../../src/capabilities/fleet/types.ts';
import type { RunRow } from '../../../src/capabilities/pipelines/types.ts';
import type { ReleaseContent } from '../../../src/capabilities/releases/types.ts';
import type { PipelineSpec } from '../../../src/contract/kinds/pipeline.ts';
import type { KindDocument, KindName } from '../../../src/contract/kinds/registry.ts';
import type { EffectOutcome } from '../../../src/engine/types.ts';
import type { Problem } from '../../../src/platform/errors/problem.ts';
import type { Json } from '../../../src/platform/ids/types.ts';

/** Times are milliseconds since the epoch. Rows are never changed in place: a change puts another row in their place. */
export type ObjectRow = {
  readonly id: string;
  readonly kind: string;
  readonly key: string;
  readonly generation: number;
  readonly schema: number;
  readonly phase: string;
  readonly terminal: boolean;
  readonly because: string;
  readonly state: Json;
  readonly wakeAt: number | null;
  readonly news: number;
  readonly leasedBy: string | null;
  readonly leasedUntil: number | null;
  readonly failures: number;
  readonly problem: Problem | null;
  readonly createdAt: number;
  readonly updatedAt: number;
};

export type EffectRow = {
  readonly id: number;
  readonly key: string;
  readonly objectId: string;
  readonly kind: string;
  readonly payload: Json;
  readonly tag: string | null;
  readonly attempts: number;
  readonly wakeAt: number | null;
  readonly leasedUntil: number | null;
  readonly problem: Problem | null;
  readonly outcome: EffectOutcome['outcome'] | null;
  readonly doneAt: number | null;
  readonly takenAt: number | null;
  readonly stopAt: number | null;
};

export type EventRow = {
  readonly id: number;
  readonly at: number;
  readonly type: string;
  readonly actor: string;
  readonly objectId: string | null;
  readonly application: string | null;
  readonly environment: string | null;
  readonly because: string;
  readonly outcome: string;
  readonly before: Json;
  readonly after: Json;
  readonly requestId: string | null;
};

export type RequestRow = {
  readonly id: number;
  readonly objectId: string;
  readonly action: string;
  readonly actor: string;
  readonly because: string;
  readonly payload: { readonly [key: string]: Json };
  readonly requestId: string | null;
  readonly at: number;
  readonly takenAt: number | null;
};

export type DocumentRow = {
  readonly repository: string;
  readonly path: string;
  readonly kind: KindName;
  readonly name: string;
  readonly blob: string;
  readonly newestBlob: string;
  readonly commit: string;
  readonly commitInfo: { readonly [key: string]: Json };
  readonly spec: KindDocument | null;
  readonly problems: readonly Problem[];
  readonly deleted: boolean;
  readonly updatedAt: number;
};

export type BrokenRow = {
  readonly repository: string;
  readonly path: string;
  readonly problems: readonly Problem[];
  readonly commit: string;
};

export type ReleaseRow = {
  readonly id: string;
  readonly digest: string;
  readonly application: string;
  readonly commit: string;
  readonly content: ReleaseContent;
  readonly subject: string;
  readonly author: string;
  readonly committedAt: Date | null;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly n: number;
};

export type QuarantineRow = {
  readonly application: string;
  readonly environment: string;
  readonly release: string;
  readonly rollout: string;
  readonly because: string;
  readonly at: number;
  readonly liftedAt: number | null;
};

export type StableRow = {
  readonly id: number;
  readonly application: string;
  readonly environment: string;
  readonly release: string;
  readonly rollout: string;
};

/** In the order of the statement that writes it. */
export type RolloutValues = readonly [
  id: string,
  application: string,
  environment: string,
  release: string,
  stable: string | null,
  strategy: string,
  phase: string,
  terminal: boolean,
  because: string,
  weight: number,
  wave: number,
  waves: number,
  step: number,
  steps: number,
  startedAt: string,
  updatedAt: string,
  endedAt: string | null,
];

export type IntentRow = {
  readonly target: string;
  readonly application: string;
  readonly environment: string;
  readonly generation: number;
  readonly revision: number;
  readonly spec: IntentSpec;
  readonly writtenBy: string;
  readonly because: string;
};

export type StatusRow = {
  readonly target: string;
  readonly application: string;
  readonly environment: string;
  readonly generation: number;
  readonly report: Status;
};

export type AgentRow = {
  readonly name: string;
  readonly targets: readonly string[];
  readonly lastSeenAt: number | null;
  readonly version: string | null;
};

export type KeptRun = RunRow & {
  readonly seq: number;
  readonly policy: 'queue' | 'supersede' | 'cancel' | null;
};

export type StepLogRow = {
  readonly run: string;
  readonly step: string;
  readonly attempt: number;
  readonly stream: string;
  readonly text: string;
};

/** One row that was put in place of another; `undefined` is no row. */
export type Put = {
  readonly table: string;
  readonly key: string | number;
  readonly before: unknown;
  readonly after: unknown;
};

export type Table<K extends string | number, Row> = {
  readonly name: string;
  readonly rows: Map<K, Row>;
};

const table = <K extends string | number, Row>(name: string): Table<K, Row> => ({
  name,
  rows: new Map<K, Row>(),
});

export function newTables() {
  return {
    objects: table<string, ObjectRow>('objects'),
    effects: table<number, EffectRow>('effects'),
    events: table<number, EventRow>('events'),
    requests: table<number, RequestRow>('requests'),
    documents: table<string, DocumentRow>('documents'),
    broken: table<string, BrokenRow>('broken_files'),
    releases: table<string, ReleaseRow>('releases'),
    quarantines: table<string, QuarantineRow>('quarantines'),
    stables: table<number, StableRow>('stables'),
    rollouts: table<string, RolloutValues>('rollouts'),
    revisions: table<string, number>('target_revisions'),
    intents: table<string, IntentRow>('intents'),
    statuses: table<string, StatusRow>('statuses'),
    agents: table<string, AgentRow>('agents'),
    specs: table<string, PipelineSpec>('pipeline_specs'),
    runs: table<string, KeptRun>('runs'),
    stepLogs: table<number, StepLogRow>('step_logs'),
  };
}

export type Tables = ReturnType<typeof newTables>;

/** A copy that shares the rows, which nobody changes. */
export function copyTables(from: Tables): Tables {
  const to = newTables();
  for (const name of Object.keys(from) as (keyof Tables)[]) {
    const rows: Map<string | number, unknown> = to[name].rows as Map<string | number, unknown>;
    for (const [key, row] of from[name].rows) rows.set(key, row);
  }
  return to;
}
