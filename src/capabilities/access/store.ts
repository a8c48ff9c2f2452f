import type { Sql } from '../../platform/db/types.ts';
import type { Role } from '../../platform/http/types.ts';

/** Keeps a token's hash under a name; a name that exists gets the new token and loses the old one. */
export async function saveToken(sql: Sql, name: string, hash: string, role: Role): Promise<void> {
  await sql.query(
    `insert into tokens (name, token_hash, role) values ($1, $2, $3)
     on conflict (name) do update set token_hash = excluded.token_hash, role = excluded.role, created_at = now()`,
    [name, hash, role],
  );
}

export async function saveAgent(
  sql: Sql,
  name: string,
  hash: string,
  targets: readonly string[],
): Promise<void> {
  await sql.query(
    `insert into agents (name, token_hash, targets) values ($1, $2, $3)
     on conflict (name) do update set token_hash = excluded.token_hash, targets = excluded.targets`,
    [name, hash, targets],
  );
}

/** Notes the use of a token, at most once a minute: this is for a person who looks for unused ones. */
export async function touchToken(sql: Sql, name: string): Promise<void> {
  await sql.query(
    `update tokens set last_used_at = now()
     where name = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
    [name],
  );
}
