import type { Sql } from '../../platform/db/types.ts';
import type { IntentSpec } from '../fleet/types.ts';
import type { Release } from '../releases/types.ts';
import { saveRollout } from './store.ts';
import type { DeliveryWrite } from './types.ts';

/** Writes of neighbours, handed in by the composition root: each capability's SQL stays in its own folder. */
export type NeighbourWrites = {
  readonly writeIntents: (
    tx: Sql,
    writer: {
      readonly application: string;
      readonly environment: string;
      readonly writtenBy: string;
    },
    rows: readonly {
      readonly target: string;
      readonly spec: IntentSpec;
      readonly because: string;
    }[],
  ) => Promise<void>;
  readonly keepRelease: (tx: Sql, release: Release) => Promise<void>;
  readonly insertStable: (tx: Sql, row: Subject & { readonly release: string }) => Promise<void>;
  readonly insertQuarantine: (
    tx: Sql,
    row: Subject & { readonly release: string; readonly because: string },
  ) => Promise<void>;
  readonly liftQuarantine: (
    tx: Sql,
    application: string,
    environment: string,
    release: string,
  ) => Promise<void>;
};

export type Subject = {
  readonly application: string;
  readonly environment: string;
  /** Id of the rollout that the rows speak of. */
  readonly rollout: string;
};

/** Writes what a rollout or a delivery decided, in the engine's transaction. */
export async function applyWrites(
  tx: Sql,
  deps: NeighbourWrites,
  subject: Subject,
  writtenBy: string,
  writes: readonly DeliveryWrite[],
): Promise<void> {
  const { application, environment } = subject;
  for (const write of writes) {
    if (write.table === 'releases') await deps.keepRelease(tx, write.release);
  }
  for (const write of writes) await applyOne(tx, deps, subject, write);
  const intents = writes.filter((write) => write.table === 'intents');
  await deps.writeIntents(tx, { application, environment, writtenBy }, intents);
}

async function applyOne(
  tx: Sql,
  deps: NeighbourWrites,
  subject: Subject,
  write: DeliveryWrite,
): Promise<void> {
  const { application, environment } = subject;
  switch (write.table) {
    case 'rollouts':
      return await saveRollout(tx, write.row);
    case 'stables':
      return await deps.insertStable(tx, { ...subject, release: write.release });
    case 'quarantines':
      return await deps.insertQuarantine(tx, {
        ...subject,
        release: write.release,
        because: write.because,
      });
    case 'quarantineLifts':
      return await deps.liftQuarantine(tx, application, environment, write.release);
    case 'intents':
    case 'releases':
      return;
  }
}
