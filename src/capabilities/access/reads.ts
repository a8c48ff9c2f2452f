import type { Sql } from '../../platform/db/types.ts';
import type { Role } from '../../platform/http/types.ts';

export type TokenRow = {
  readonly name: string;
  readonly token_hash: string;
  readonly role: Role;
  /** Its last use was noted over a minute ago, or never. */
  readonly stale: boolean;
};

export async function readTokenByHash(sql: Sql, hash: string): Promise<TokenRow | null> {
  const [row] = await sql.query<TokenRow>(
    `select name, token_hash, role,
       coalesce(last_used_at < now() - interval '1 minute', true) as stale
     from tokens where token_hash = $1`,
    [hash],
  );
  return row ?? null;
}

/** What a name stands for now, for the audit log; null when there is no such token. */
export async function readTokenRole(
  sql: Sql,
  name: string,
): Promise<{ readonly name: string; readonly role: Role } | null> {
  const [row] = await sql.query<{ name: string; role: Role }>(
    'select name, role from tokens where name = $1',
    [name],
  );
  return row ?? null;
}

/** The same for an agent. */
export async function readAgentTargets(
  sql: Sql,
  name: string,
): Promise<{ readonly name: string; readonly targets: string[] } | null> {
  const [row] = await sql.query<{ name: string; targets: string[] }>(
    'select name, targets from agents where name = $1',
    [name],
  );
  return row ?? null;
}

export type AgentRow = {
  readonly name: string;
  readonly token_hash: string;
  readonly targets: readonly string[];
};

export async function readAgentByHash(sql: Sql, hash: string): Promise<AgentRow | null> {
  const [row] = await sql.query<AgentRow>(
    `select name, token_hash, targets from agents where token_hash = $1`,
    [hash],
  );
  return row ?? null;
}

/** Every agent by name, never its token. */
export async function listAgents(sql: Sql): Promise<
  readonly {
    readonly name: string;
    readonly targets: string[];
    readonly version: string | null;
    readonly lastSeenAt: string | null;
  }[]
> {
  const rows = await sql.query<{
    name: string;
    targets: string[];
    version: string | null;
    last_seen_at: Date | null;
  }>(`select name, targets, version, last_seen_at from agents order by name limit 1000`);
  return rows.map(({ last_seen_at, ...row }) => ({
    ...row,
    lastSeenAt: last_seen_at?.toISOString() ?? null,
  }));
}
