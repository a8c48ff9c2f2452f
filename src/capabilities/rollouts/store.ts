import type { Sql } from '../../platform/db/types.ts';
import type { RolloutRow } from './types.ts';

/** Writes the readable side of a rollout. The index on active rows refuses a second active one per environment. */
export async function saveRollout(sql: Sql, row: RolloutRow): Promise<void> {
  await sql.query(
    `insert into rollouts (id, application, environment, release, stable, strategy, phase, terminal, because,
                           weight, wave, waves, step, steps, started_at, updated_at, ended_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
     on conflict (id) do update set
       phase = excluded.phase, terminal = excluded.terminal, because = excluded.because, weight = excluded.weight,
       wave = excluded.wave, waves = excluded.waves, step = excluded.step, steps = excluded.steps,
       updated_at = excluded.updated_at, ended_at = excluded.ended_at`,
    [
      row.id,
      row.application,
      row.environment,
      row.release,
      row.stable,
      row.strategy,
      row.phase,
      row.terminal,
      row.because,
      row.weight,
      row.wave,
      row.waves,
      row.step,
      row.steps,
      row.startedAt,
      row.updatedAt,
      row.endedAt,
    ],
  );
}
