import type { Sql } from '../../platform/db/types.ts';
import type { Quarantine, Release, ReleaseContent } from './types.ts';

type ReleaseRow = {
  readonly id: string;
  readonly digest: string;
  readonly content: ReleaseContent;
  readonly subject: string;
  readonly author: string;
  readonly committed_at: Date | null;
  readonly created_at: Date;
  readonly created_by: string;
};

const columns = 'id, digest, content, subject, author, committed_at, created_at, created_by';

/** One text and not a new one for each look, which reads two of them. */
const releasesById = `select ${columns} from releases where id = any($1)`;

const toRelease = (row: ReleaseRow): Release => ({
  id: row.id,
  digest: row.digest,
  content: row.content,
  subject: row.subject,
  author: row.author,
  committedAt: row.committed_at,
  createdAt: row.created_at,
  createdBy: row.created_by,
});

export async function readReleases(
  sql: Sql,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Release>> {
  if (ids.length === 0) return new Map();
  const rows = await sql.query<ReleaseRow>(releasesById, [ids]);
  return new Map(rows.map((row) => [row.id, toRelease(row)]));
}

export async function readRelease(sql: Sql, id: string): Promise<Release | null> {
  return (await readReleases(sql, [id])).get(id) ?? null;
}

/** Newest first. */
export async function listReleases(
  sql: Sql,
  application: string,
  limit: number,
): Promise<readonly Release[]> {
  const rows = await sql.query<ReleaseRow>(
    `select ${columns} from releases where application = $1 order by created_at desc limit $2`,
    [application, limit],
  );
  return rows.map(toRelease);
}

/** Releases that one id, or the beginning of one or of a commit, can mean. */
export async function findReleases(
  sql: Sql,
  application: string,
  prefix: string,
): Promise<readonly Release[]> {
  const rows = await sql.query<ReleaseRow>(
    `select ${columns} from releases
     where application = $1 and (starts_with(id, $2) or (length($2) >= 7 and starts_with(commit, $2)))
     order by created_at desc limit 20`,
    [application, prefix],
  );
  return rows.map(toRelease);
}

/** The release that last succeeded here; null before the first. */
export async function readStable(
  sql: Sql,
  application: string,
  environment: string,
): Promise<string | null> {
  const [row] = await sql.query<{ release: string }>(
    `select release from stables where application = $1 and environment = $2 order by id desc limit 1`,
    [application, environment],
  );
  return row?.release ?? null;
}

/** Where a rollback may go: releases that were stable here, newest first, without the present one and without quarantined ones. */
export async function listRollbackTargets(
  sql: Sql,
  application: string,
  environment: string,
  current: string | null,
): Promise<readonly string[]> {
  const rows = await sql.query<{ release: string }>(
    `select s.release, max(s.id) as latest from stables s
     where s.application = $1 and s.environment = $2 and s.release is distinct from $3
       and not exists (select 1 from quarantines q
         where q.application = s.application and q.environment = s.environment and q.release = s.release and q.lifted_at is null)
     group by s.release order by latest desc limit 50`,
    [application, environment, current],
  );
  return rows.map((row) => row.release);
}

export async function wasStable(
  sql: Sql,
  application: string,
  environment: string,
  release: string,
): Promise<boolean> {
  const rows = await sql.query(
    `select 1 from stables where application = $1 and environment = $2 and release = $3 limit 1`,
    [application, environment, release],
  );
  return rows.length > 0;
}

export async function listQuarantines(
  sql: Sql,
  application: string,
  environment: string,
): Promise<readonly Quarantine[]> {
  return await sql.query<Quarantine>(
    `select application, environment, release, rollout, because, at from quarantines
     where application = $1 and environment = $2 and lifted_at is null order by at desc limit 200`,
    [application, environment],
  );
}

/** Why a release is barred here; null when it is not. */
export async function readQuarantine(
  sql: Sql,
  application: string,
  environment: string,
  release: string,
): Promise<Quarantine | null> {
  const [row] = await sql.query<Quarantine>(
    `select application, environment, release, rollout, because, at from quarantines
     where application = $1 and environment = $2 and release = $3 and lifted_at is null`,
    [application, environment, release],
  );
  return row ?? null;
}
