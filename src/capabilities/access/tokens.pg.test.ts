import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/support/postgres.ts';
import type { Database } from '../../platform/db/types.ts';
import { sha256 } from '../../platform/ids/digest.ts';
import { createAgentToken, createToken, ensureAdminToken } from './tokens.ts';

const own: { database?: FreshDatabase; directory?: string } = {};
const db = (): Database => (own.database as FreshDatabase).db;
const file = (): string => join(own.directory ?? '', 'home', 'token');
beforeEach(async () => {
  own.database = await freshDatabase();
  own.directory = mkdtempSync(join(tmpdir(), 'tidegate-token-'));
});
afterEach(async () => {
  await own.database?.drop();
  rmSync(own.directory ?? '', { recursive: true, force: true });
});

const tokens = () =>
  db().query<{ name: string; role: string; token_hash: string }>(
    `select name, role, token_hash from tokens order by name`,
  );

test('the admin token is made once, kept in a file of mode 0600, and only its hash is stored', async () => {
  const token = await ensureAdminToken(db(), file());
  expect(readFileSync(file(), 'utf8')).toBe(`${token}\n`);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(await ensureAdminToken(db(), file())).toBe(token);
  expect(await tokens()).toEqual([{ name: 'admin', role: 'admin', token_hash: sha256(token) }]);
  const events = await db().query<{ type: string }>(`select type from events`);
  expect(events).toEqual([{ type: 'token.created' }]);
});

test('a file that outlived its database is registered again, and its mode is narrowed', async () => {
  const token = await ensureAdminToken(db(), file());
  await db().query('delete from tokens');
  chmodSync(file(), 0o644);
  expect(await ensureAdminToken(db(), file())).toBe(token);
  expect(await tokens()).toHaveLength(1);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
});

test('a file that holds something else gets a new token', async () => {
  await ensureAdminToken(db(), file());
  writeFileSync(file(), 'hunter2\n');
  const token = await ensureAdminToken(db(), file());
  expect(readFileSync(file(), 'utf8')).toBe(`${token}\n`);
  expect((await tokens())[0]?.token_hash).toBe(sha256(token));
});

test('a name that gets a new token loses the old one; no token is in the audit log', async () => {
  const old = await createToken(db(), 'ci', 'deployer');
  const now = await createToken(db(), 'ci', 'viewer');
  const agent = await createAgentToken(db(), 'agent-1', ['eu-1']);
  expect(await tokens()).toEqual([{ name: 'ci', role: 'viewer', token_hash: sha256(now) }]);
  const text = JSON.stringify(await db().query('select * from events'));
  for (const token of [old, now, agent]) expect(text).not.toContain(token);
});
