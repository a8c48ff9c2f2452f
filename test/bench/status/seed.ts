import type { Database } from '../../../src/platform/db/types.ts';

export type Amount = {
  readonly applications: number;
  /** Environments of each application; the newest rollout of each is under way. */
  readonly environments: number;
  readonly rolloutsEach: number;
};

/** Fills an empty, migrated database by SQL with what the status screen reads, and brings its statistics up to date. */
export async function seedStatus(db: Database, amount: Amount): Promise<void> {
  const { applications, environments, rolloutsEach } = amount;
  const values = [applications, environments];
  const pairs = `generate_series(1, $1) a, generate_series(1, $2) e`;
  const app = `'app-' || lpad(a::text, 5, '0')`;
  await db.query(
    `insert into documents (repository, path, kind, name, blob, newest_blob, commit, spec)
     select 'config', ${app} || '.yaml', 'Application', ${app}, 'b', 'b', 'c', jsonb_build_object(
       'apiVersion', 'tidegate.dev/v1', 'kind', 'Application', 'metadata', jsonb_build_object('name', ${app}),
       'spec', jsonb_build_object('owner', 'team-' || a % 50, 'replicas', 2,
         'run', jsonb_build_object('command', '["node", "server.js"]'::jsonb, 'env', jsonb_build_object('PAD', repeat('x', 1000))),
         'environments', (select jsonb_agg(jsonb_build_object('name', 'env-' || e)) from generate_series(1, $2) e)))
     from generate_series(1, $1) a`,
    values,
  );
  await db.query(
    `insert into documents (repository, path, kind, name, blob, newest_blob, commit, spec)
     select 'config', 'env-' || e || '/' || ${app} || '.yaml', 'Release', 'env-' || e || '/' || ${app}, 'b', 'b', 'c',
       jsonb_build_object('kind', 'Release', 'spec', jsonb_build_object('commit', md5(a::text)))
     from ${pairs}`,
    values,
  );
  await seedReleases(db, values, pairs, app);
  await db.query(
    `insert into rollouts (id, application, environment, release, strategy, phase, terminal, because, weight,
                           started_at, updated_at, ended_at)
     select 'ro-' || lpad(n::text, 4, '0') || '-' || a || '-' || e, ${app}, 'env-' || e, 'r-' || a, 'canary',
       case when n = $3 then 'progressing' else 'succeeded' end, n < $3,
       'Analysis success-rate: 3 of 10 measurements, none failed.', 20,
       now() - ($3 - n) * interval '1 hour', now(), case when n < $3 then now() end
     from ${pairs}, generate_series(1, $3) n`,
    [...values, rolloutsEach],
  );
  await seedFleet(db, values, pairs, app);
  await db.query(
    `insert into objects (id, kind, key, phase, because, state)
     select 'delivery/' || ${app} || '@env-' || e, 'delivery', ${app} || '@env-' || e, 'rollingOut', 'A rollout is under way.', '{}'
     from ${pairs}`,
    values,
  );
  await db.query('vacuum analyze');
}

async function seedReleases(
  db: Database,
  values: readonly number[],
  pairs: string,
  app: string,
): Promise<void> {
  await db.query(
    `insert into releases (id, digest, application, commit, content, created_by)
     select 'r-' || a, md5(a::text), ${app}, md5(a::text), '{}', 'bench' from generate_series(1, $1) a`,
    values.slice(0, 1),
  );
  await db.query(
    `insert into stables (application, environment, release, rollout)
     select ${app}, 'env-' || e, 'r-' || a, 'ro-0001-' || a || '-' || e from ${pairs}, generate_series(1, 4)`,
    values,
  );
}

async function seedFleet(
  db: Database,
  values: readonly number[],
  pairs: string,
  app: string,
): Promise<void> {
  const target = `'env-' || e || '-' || t`;
  await db.query(
    `insert into intents (target, application, environment, generation, revision, spec, written_by, because)
     select ${target}, ${app}, 'env-' || e, 3, a, '{"versions":[]}', 'bench', '' from ${pairs}, generate_series(1, 2) t`,
    values,
  );
  await db.query(
    `insert into statuses (target, application, environment, generation, converged, report, reported_at)
     select ${target}, ${app}, 'env-' || e, 3, true,
       jsonb_build_object('endpoint', 'http://127.0.0.1:4000', 'message', '', 'versions', jsonb_build_array(
         jsonb_build_object('counters', (select jsonb_agg(n) from generate_series(1, 60) n)))), now()
     from ${pairs}, generate_series(1, 2) t`,
    values,
  );
}
