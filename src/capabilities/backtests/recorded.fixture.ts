import { openTestServer, type TestServer } from '../../../test/integration/api/server.ts';
import { strategySchema } from '../../contract/kinds/strategy.ts';
import { decisionText, snapshotText } from '../../engine/journal.ts';
import { openObject } from '../../engine/store.ts';
import type { Database } from '../../platform/db/types.ts';
import type { Json } from '../../platform/ids/types.ts';
import { decideAnalysis } from '../analysis/decide.ts';
import { backgroundOf, stepsOf } from '../rollouts/decide-strategy.ts';
import { plan } from '../rollouts/fixture.ts';
import { openRollout } from '../rollouts/open.ts';
import { saveRollout } from '../rollouts/store.ts';
import type { RolloutState } from '../rollouts/types.ts';
import { simulationRoutes } from '../simulations/routes.ts';
import { begin, judges, type Recorded, record } from './backtests.fixture.ts';
import { backtestRoutes } from './routes.ts';

/** The API with both routes over a database of its own. */
export const openRecorded = (): Promise<TestServer> =>
  openTestServer({
    more: (db) => [
      backtestRoutes({ db, judges, stepsOf }),
      simulationRoutes({ judges, strategies: { stepsOf, backgroundOf } }),
    ],
  });

type Rollout = { readonly id: string; readonly application?: string; readonly mark?: 'skipped' };

/** A rollout that is over, with its background analysis as the journal keeps it; begins with its recording. */
export async function keep(db: Database, rollout: Rollout, recorded: Recorded): Promise<void> {
  const { id, application = 'checkout' } = rollout;
  const key = `${id}/0/background`;
  const strategy = strategySchema.parse({
    canary: { steps: [{ setWeight: 20 }], backgroundAnalysis: { templates: ['errors'] } },
  });
  const use: RolloutState['analyses'][number] = {
    ...{ key, wave: 0, purpose: 'background', step: null, plannedUntil: null },
    ...{ worthFrom: begin.toISOString(), mark: rollout.mark ?? 'open' },
  };
  const opened = openRollout(
    plan({ application, candidate: 'r-2', stable: 'r-1', strategy }),
    begin,
  );
  const state: RolloutState = { ...opened, phase: 'rolledBack', analyses: [use] };
  await openObject(db, {
    kind: 'rollout',
    key: id,
    phase: 'rolledBack',
    state: state as unknown as Json,
  });
  await saveRollout(db, {
    ...{ id, application, environment: 'production', release: 'r-2', stable: 'r-1' },
    ...{ strategy: 'canary', phase: 'rolledBack', terminal: true, because: 'It failed.' },
    ...{ weight: 20, wave: 0, waves: 1, step: 0, steps: 1 },
    ...{ startedAt: begin.toISOString(), updatedAt: begin.toISOString(), endedAt: null },
  });
  const rows = (await record({ ...recorded, key })).map(({ look, now }, at) => ({
    ...{ object_id: `analysis/${key}`, generation: at + 1, schema: 1, at: now.toISOString() },
    snapshot: snapshotText(look),
    decision: decisionText(decideAnalysis(look, now)),
  }));
  await db.query(
    `insert into decisions (object_id, generation, schema, at, snapshot, decision)
     select d.* from jsonb_to_recordset($1::jsonb) as d (
       object_id text, generation bigint, schema integer, at timestamptz, snapshot text, decision text)
     order by generation`,
    [JSON.stringify(rows)],
  );
}
