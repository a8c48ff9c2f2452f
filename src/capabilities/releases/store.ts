import { writeEvent } from '../../engine/store.ts';
import { jsonb } from '../../platform/db/jsonb.ts';
import type { Sql } from '../../platform/db/types.ts';
import { contentDigest } from '../../platform/ids/digest.ts';
import type { Json } from '../../platform/ids/types.ts';
import type { Release, ReleaseContent } from './types.ts';

export type NewRelease = {
  readonly content: ReleaseContent;
  readonly subject: string;
  readonly author: string;
  readonly committedAt: Date | null;
  readonly createdBy: string;
};

/** The id that content has: the same content always has the same one. */
export function identify(content: ReleaseContent): {
  readonly id: string;
  readonly digest: string;
} {
  const digest = contentDigest(content as unknown as Json);
  return { id: `r-${digest.slice(0, 12)}`, digest };
}

/** Keeps a release; the same content twice is one release, and the second call changes nothing. True when it is new. */
export async function insertRelease(sql: Sql, release: NewRelease): Promise<boolean> {
  const { id, digest } = identify(release.content);
  const rows = await sql.query<{ id: string }>(
    `insert into releases (id, digest, application, commit, content, subject, author, committed_at, created_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (digest) do nothing
     returning id`,
    [
      id,
      digest,
      release.content.application,
      release.content.commit,
      jsonb(release.content),
      release.subject,
      release.author,
      release.committedAt,
      release.createdBy,
    ],
  );
  return rows.length > 0;
}

/** Keeps a release that a person's commit made known, with its event. */
export async function keepRelease(sql: Sql, release: Release): Promise<void> {
  const isNew = await insertRelease(sql, release);
  if (!isNew) return;
  await writeEvent(sql, {
    type: 'release.created',
    actor: release.createdBy,
    application: release.content.application,
    because: `A commit declares it: ${release.subject}`,
    outcome: 'done',
    after: { release: release.id, content: release.content as unknown as Json },
  });
}

/** Notes that a release succeeded in an environment. */
export async function insertStable(
  sql: Sql,
  row: {
    readonly application: string;
    readonly environment: string;
    readonly release: string;
    readonly rollout: string;
  },
): Promise<void> {
  await sql.query(
    `insert into stables (application, environment, release, rollout) values ($1, $2, $3, $4)`,
    [row.application, row.environment, row.release, row.rollout],
  );
}

/** Bars a failed release from an environment, until a person lifts it. */
export async function insertQuarantine(
  sql: Sql,
  row: {
    readonly application: string;
    readonly environment: string;
    readonly release: string;
    readonly rollout: string;
    readonly because: string;
  },
): Promise<void> {
  await sql.query(
    `insert into quarantines (application, environment, release, rollout, because)
     values ($1, $2, $3, $4, $5)
     on conflict (application, environment, release)
     do update set rollout = excluded.rollout, because = excluded.because, at = now(), lifted_at = null`,
    [row.application, row.environment, row.release, row.rollout, row.because],
  );
}

/** Until the transaction ends nobody else opens a promotion of this id. */
export async function lockPromotion(tx: Sql, id: string): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('promotion/' || $1, 0))`, [id]);
}

export async function liftQuarantine(
  sql: Sql,
  application: string,
  environment: string,
  release: string,
): Promise<void> {
  await sql.query(
    `update quarantines set lifted_at = now()
     where application = $1 and environment = $2 and release = $3 and lifted_at is null`,
    [application, environment, release],
  );
}
