import type { Sql } from '../../platform/db/types.ts';
import type { RolloutPhase, RolloutRow, RolloutState } from './types.ts';

type Row = {
  readonly id: string;
  readonly application: string;
  readonly environment: string;
  readonly release: string;
  readonly stable: string | null;
  readonly strategy: RolloutRow['strategy'];
  readonly phase: RolloutPhase;
  readonly terminal: boolean;
  readonly because: string;
  readonly weight: number;
  readonly wave: number;
  readonly waves: number;
  readonly step: number;
  readonly steps: number;
  readonly started_at: Date;
  readonly updated_at: Date;
  readonly ended_at: Date | null;
};

const columns = `id, application, environment, release, stable, strategy, phase, terminal, because,
  weight, wave, waves, step, steps, started_at, updated_at, ended_at`;

const toRow = ({ started_at, updated_at, ended_at, ...row }: Row): RolloutRow => ({
  ...row,
  startedAt: started_at.toISOString(),
  updatedAt: updated_at.toISOString(),
  endedAt: ended_at?.toISOString() ?? null,
});

export async function readRollout(sql: Sql, id: string): Promise<RolloutRow | null> {
  const [row] = await sql.query<Row>(`select ${columns} from rollouts where id = $1`, [id]);
  return row ? toRow(row) : null;
}

/** State of a rollout's object, for screens that show its plan and steps; null when there is none. */
export async function readRolloutState(sql: Sql, id: string): Promise<RolloutState | null> {
  const [row] = await sql.query<{ state: RolloutState }>(
    `select state from objects where id = $1`,
    [`rollout/${id}`],
  );
  return row?.state ?? null;
}

export type RolloutQuery = {
  readonly application?: string | undefined;
  readonly environment?: string | undefined;
  readonly phase?: RolloutPhase | undefined;
  readonly active?: boolean | undefined;
  readonly limit: number;
  /** Id of the last rollout of the page before. */
  readonly cursor?: string | undefined;
};

/** Newest first. Ids are sortable by time, so the cursor is the last id seen. */
export async function listRollouts(sql: Sql, query: RolloutQuery): Promise<readonly RolloutRow[]> {
  const rows = await sql.query<Row>(
    `select ${columns} from rollouts
     where ($1::text is null or application = $1)
       and ($2::text is null or environment = $2)
       and ($3::text is null or phase = $3)
       and ($4::boolean is null or terminal = not $4)
       and ($5::text is null or id < $5)
     order by id desc limit $6`,
    [
      query.application ?? null,
      query.environment ?? null,
      query.phase ?? null,
      query.active ?? null,
      query.cursor ?? null,
      query.limit,
    ],
  );
  return rows.map(toRow);
}

/** The newest rollout of one application in one environment; null before the first. */
export async function readLatestRollout(
  sql: Sql,
  application: string,
  environment: string,
): Promise<RolloutRow | null> {
  const [row] = await sql.query<Row>(
    `select ${columns} from rollouts where application = $1 and environment = $2
     order by started_at desc limit 1`,
    [application, environment],
  );
  return row ? toRow(row) : null;
}

/** Targets that have an intent of this application here, by name. */
export async function listIntentTargets(
  sql: Sql,
  application: string,
  environment: string,
): Promise<readonly string[]> {
  const rows = await sql.query<{ target: string }>(
    `select target from intents where application = $1 and environment = $2 order by target`,
    [application, environment],
  );
  return rows.map((row) => row.target);
}
