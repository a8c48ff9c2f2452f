import { timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Database } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import type { Caller, Role, RouteAccess } from '../../platform/http/types.ts';
import { sha256 } from '../../platform/ids/digest.ts';
import { readAgentByHash, readTokenByHash } from './reads.ts';
import { touchToken } from './store.ts';

const rank: Readonly<Record<Role, number>> = { viewer: 0, deployer: 1, admin: 2 };

/**
 * Finds out who sends a request. Tokens are looked up by their SHA-256 and compared again in constant time, so
 * neither the index nor the comparison tells how much of a guess was right. TG1601 without a good token, TG1606
 * with one of too low a role.
 */
export function authenticator(
  db: Database,
): (request: FastifyRequest, access: RouteAccess) => Promise<Caller | null> {
  return async (request, access) => {
    if (access === 'public' || access === 'signed') return null;
    const token = bearer(request.headers.authorization);
    if (token === null) fail('TG1601', { detail: 'No bearer token was sent.' });
    const caller = await whoHas(db, token, access);
    if (!caller) fail('TG1601', { detail: 'This token is not known.' });
    if (!may(caller, access)) {
      const is = caller.kind === 'agent' ? 'an agent' : `a ${caller.role}`;
      fail('TG1606', { detail: `${caller.name} is ${is}; this needs ${access}.` });
    }
    return caller;
  };
}

function bearer(header: string | undefined): string | null {
  return /^Bearer +(\S{1,256})$/i.exec(header ?? '')?.[1] ?? null;
}

async function whoHas(db: Database, token: string, access: RouteAccess): Promise<Caller | null> {
  const hash = sha256(token);
  const order = access === 'agent' ? [agentWith, personWith] : [personWith, agentWith];
  for (const look of order) {
    const caller = await look(db, hash);
    if (caller) return caller;
  }
  return null;
}

async function personWith(db: Database, hash: string): Promise<Caller | null> {
  const row = await readTokenByHash(db, hash);
  if (!row || !same(row.token_hash, hash)) return null;
  if (row.stale) await touchToken(db, row.name);
  return { kind: 'person', name: row.name, role: row.role };
}

async function agentWith(db: Database, hash: string): Promise<Caller | null> {
  const row = await readAgentByHash(db, hash);
  if (!row || !same(row.token_hash, hash)) return null;
  return { kind: 'agent', name: row.name, targets: row.targets };
}

const same = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

function may(caller: Caller, access: RouteAccess): boolean {
  if (caller.kind === 'agent') return access === 'agent';
  if (access === 'agent' || access === 'public' || access === 'signed') return false;
  return rank[caller.role] >= rank[access];
}
