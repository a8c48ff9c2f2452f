import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeEvent } from '../../engine/store.ts';
import type { NewEvent } from '../../engine/types.ts';
import type { Database, Sql } from '../../platform/db/types.ts';
import type { Role } from '../../platform/http/types.ts';
import { sha256 } from '../../platform/ids/digest.ts';
import { readAgentTargets, readTokenByHash, readTokenRole } from './reads.ts';
import { saveAgent, saveToken } from './store.ts';

/** Who asks, and with which request; nothing given: the program itself. */
export type Asker = { readonly actor: string; readonly requestId: string | null };

const itself: Asker = { actor: 'tidegate', requestId: null };

/** 256 bits; the prefix tells people and secret scanners what it is. */
const newToken = (kind: 'token' | 'agent'): string =>
  `tg_${kind}_${randomBytes(32).toString('base64url')}`;

/** Makes a token for a person or a program and returns it; only its hash is kept. The same name again replaces it. */
export async function createToken(
  db: Database,
  name: string,
  role: Role,
  asker: Asker = itself,
): Promise<string> {
  const token = newToken('token');
  await db.transaction(async (tx) => {
    const before = await readTokenRole(tx, name);
    await saveToken(tx, name, sha256(token), role);
    const because = `Token ${name} for the role ${role}.`;
    await audit(tx, asker, { type: 'token.created', because, before, after: { name, role } });
  });
  return token;
}

/** Makes the token of an agent that serves these targets; the same name again replaces it. */
export async function createAgentToken(
  db: Database,
  name: string,
  targets: readonly string[],
  asker: Asker = itself,
): Promise<string> {
  const token = newToken('agent');
  await db.transaction(async (tx) => {
    const before = await readAgentTargets(tx, name);
    await saveAgent(tx, name, sha256(token), targets);
    const because = `Agent ${name} serves ${targets.join(', ')}.`;
    const after = { name, targets: [...targets] };
    await audit(tx, asker, { type: 'agent.created', because, before, after });
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
      const before = await readTokenRole(tx, 'admin');
      await saveToken(tx, 'admin', sha256(kept), 'admin');
      const because = 'The admin token of the token file.';
      const after = { name: 'admin', role: 'admin' };
      await audit(tx, itself, { type: 'token.created', because, before, after });
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

type Change = Required<Pick<NewEvent, 'type' | 'because' | 'before' | 'after'>>;

async function audit(tx: Sql, { actor, requestId }: Asker, change: Change): Promise<void> {
  const request = requestId === null ? {} : { requestId };
  await writeEvent(tx, { ...change, actor, outcome: 'done', ...request });
}
