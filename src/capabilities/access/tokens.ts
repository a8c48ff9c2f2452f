import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeEvent } from '../../engine/store.ts';
import type { Database, Sql } from '../../platform/db/types.ts';
import type { Role } from '../../platform/http/types.ts';
import { sha256 } from '../../platform/ids/digest.ts';
import { readTokenByHash } from './reads.ts';
import { saveAgent, saveToken } from './store.ts';

/** 256 bits; the prefix tells people and secret scanners what it is. */
const newToken = (kind: 'token' | 'agent'): string =>
  `tg_${kind}_${randomBytes(32).toString('base64url')}`;

/** Makes a token for a person or a program and returns it; only its hash is kept. The same name again replaces it. */
export async function createToken(
  db: Database,
  name: string,
  role: Role,
  actor = 'tidegate',
): Promise<string> {
  const token = newToken('token');
  await db.transaction(async (tx) => {
    await saveToken(tx, name, sha256(token), role);
    await audit(tx, 'token.created', actor, `Token ${name} for the role ${role}.`);
  });
  return token;
}

/** Makes the token of an agent that serves these targets; the same name again replaces it. */
export async function createAgentToken(
  db: Database,
  name: string,
  targets: readonly string[],
  actor = 'tidegate',
): Promise<string> {
  const token = newToken('agent');
  await db.transaction(async (tx) => {
    await saveAgent(tx, name, sha256(token), targets);
    await audit(tx, 'agent.created', actor, `Agent ${name} serves ${targets.join(', ')}.`);
  });
  return token;
}

/**
 * Sees to it that the file (mode 0600) holds an admin token that the database knows, and returns it. A file that
 * survived its database is registered again, so that whoever holds the token need not change it.
 */
export async function ensureAdminToken(db: Database, file: string): Promise<string> {
  const kept = (await readFile(file, 'utf8').catch(() => '')).trim();
  if (!/^tg_token_[\w-]{43}$/.test(kept)) {
    const token = await createToken(db, 'admin', 'admin');
    await writeSecret(file, token);
    return token;
  }
  await chmod(file, 0o600);
  const known = await readTokenByHash(db, sha256(kept));
  if (known?.role !== 'admin') {
    await db.transaction(async (tx) => {
      await saveToken(tx, 'admin', sha256(kept), 'admin');
      await audit(tx, 'token.created', 'tidegate', 'The admin token of the token file.');
    });
  }
  return kept;
}

/** Written beside and renamed, so that a reader sees all of it or none, and never with a wider mode. */
async function writeSecret(file: string, secret: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const beside = `${file}.${process.pid}`;
  await writeFile(beside, `${secret}\n`, { mode: 0o600 });
  await rename(beside, file);
}

async function audit(tx: Sql, type: string, actor: string, because: string): Promise<void> {
  await writeEvent(tx, { type, actor, because, outcome: 'done' });
}
