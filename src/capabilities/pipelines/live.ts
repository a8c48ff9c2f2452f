import type { Environment } from '../../contract/kinds/environment.ts';
import { freezeAt } from '../../contract/kinds/freeze.ts';
import type { Sql } from '../../platform/db/types.ts';
import { listDocuments } from '../sources/reads.ts';
import type { LiveEnvironment } from './types.ts';

type Live = { readonly [environment: string]: LiveEnvironment };

type Row = {
  readonly environment: string;
  readonly stable: string | null;
  readonly active: string | null;
  readonly phase: string | null;
  readonly converged: boolean | null;
};

/** What an application runs in each declared environment now; nothing without an application. */
export async function readLive(sql: Sql, application: string | null, now: Date): Promise<Live> {
  if (application === null) return {};
  const [environments, rows] = await Promise.all([
    listDocuments<Environment>(sql, 'Environment'),
    readRows(sql, application),
  ]);
  const byName = new Map(rows.map((row) => [row.environment, row]));
  return Object.fromEntries(
    environments.map(({ name, spec }) => [name, viewOf(byName.get(name), spec, now)]),
  );
}

function viewOf(row: Row | undefined, spec: Environment | null, now: Date): LiveEnvironment {
  const { frozen } = freezeAt(spec?.spec.freeze ?? [], now);
  const { stable = null, active = null, phase = null, converged = null } = row ?? {};
  return { stable, active, phase, health: healthOf(converged), frozen };
}

const healthOf = (converged: boolean | null): string =>
  converged === null ? 'unknown' : converged ? 'healthy' : 'degraded';

/** Where an application has targets, or had a rollout: its stable release, its active rollout, whether targets agree. */
async function readRows(sql: Sql, application: string): Promise<readonly Row[]> {
  return await sql.query<Row>(
    `with place as (
       select environment from rollouts where application = $1
        union
       select environment from intents where application = $1)
     select p.environment, stable.release as stable, active.release as active, active.phase, health.converged
       from place p
       left join lateral (
            select release from stables s where s.application = $1 and s.environment = p.environment
             order by id desc limit 1) stable on true
       left join lateral (
            select release, phase from rollouts r
             where r.application = $1 and r.environment = p.environment and not r.terminal
             order by started_at desc limit 1) active on true
       left join lateral (
            select bool_and(coalesce(s.converged and s.generation = i.generation, false)) as converged
              from intents i left join statuses s using (target, application)
             where i.application = $1 and i.environment = p.environment) health on true`,
    [application],
  );
}
