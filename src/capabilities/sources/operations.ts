import { nameSchema } from '../../contract/kinds/common.ts';
import { readObject } from '../../engine/reads.ts';
import { leaveRequest, openObject, wakeObjects, writeEvent } from '../../engine/store.ts';
import type { Database, Sql } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import { maskAddress, sameRepository } from './address.ts';
import type { Hook } from './hooks.ts';
import { listSources } from './reads.ts';
import type { SourceState } from './types.ts';

export type AddSourceInput = {
  /** A DNS label; documents are kept under it. */
  readonly name: string;
  /** Absolute path, file://, https:// or ssh:// address. */
  readonly address: string;
  readonly branch?: string | undefined;
  /** Milliseconds, at least 1,000; 15,000 when left out. */
  readonly pollInterval?: number | undefined;
};

export type Asker = { readonly actor: string; readonly requestId: string | null };

export const sourceObject = (name: string): string => `source/${name}`;

/**
 * Adds a config repository, or gives one that is there other settings. Resolves with whether it is new. Throws
 * TG1603 for a name, branch or interval that cannot be. Whether the address can be read is seen by its first look.
 */
export async function addSource(
  db: Database,
  input: AddSourceInput,
  asker: Asker,
): Promise<boolean> {
  const { name, address, branch = 'main', pollInterval = 15_000 } = input;
  refuseWrong(name, address, branch, pollInterval);
  const settings = { address, branch, pollInterval };
  return await db.transaction(async (tx) => {
    const known = await readObject<SourceState>(tx, sourceObject(name));
    if (known) {
      await reconfigure(tx, name, known.state, settings, asker);
      return false;
    }
    const state: SourceState = {
      ...settings,
      seenCommit: null,
      pending: null,
      lastFetchedAt: null,
      failures: 0,
    };
    await openObject(tx, { kind: 'source', key: name, phase: 'watching', state });
    await writeEvent(tx, {
      type: 'source.added',
      actor: asker.actor,
      objectId: sourceObject(name),
      because: `Documents are read from ${branch} of ${maskAddress(address)}.`,
      outcome: 'done',
      after: { ...settings, address: maskAddress(address) },
      ...(asker.requestId ? { requestId: asker.requestId } : {}),
    });
    return true;
  });
}

async function reconfigure(
  tx: Sql,
  name: string,
  state: SourceState,
  settings: Pick<SourceState, 'address' | 'branch' | 'pollInterval'>,
  asker: Asker,
): Promise<void> {
  const same =
    state.address === settings.address &&
    state.branch === settings.branch &&
    state.pollInterval === settings.pollInterval;
  if (same) return;
  await leaveRequest(tx, {
    objectId: sourceObject(name),
    action: 'configure',
    actor: asker.actor,
    because: 'Other settings were given.',
    payload: settings,
    ...(asker.requestId ? { requestId: asker.requestId } : {}),
  });
}

function refuseWrong(name: string, address: string, branch: string, pollInterval: number): void {
  const named = nameSchema.safeParse(name);
  if (!named.success)
    fail('TG1603', {
      detail: `${name} is not a name: ${named.error.issues[0]?.message}.`,
      where: { pointer: '/name' },
    });
  if (address.trim() === '' || address.length > 2048)
    fail('TG1603', { detail: 'The address is empty or too long.', where: { pointer: '/address' } });
  if (!/^[A-Za-z0-9_][A-Za-z0-9._/+=@#-]{0,254}$/.test(branch))
    fail('TG1603', { detail: `${branch} is not a branch.`, where: { pointer: '/branch' } });
  if (!(pollInterval >= 1_000 && pollInterval <= 86_400_000))
    fail('TG1603', {
      detail: `A look every ${pollInterval} ms is not possible.`,
      hint: 'Use 1,000 to 86,400,000 milliseconds.',
      where: { pointer: '/pollInterval' },
    });
}

/** Makes sources look at once: by name or by address; none given, all. Gives the names of those it concerned. */
export async function nudge(sql: Sql, nameOrAddress?: string): Promise<readonly string[]> {
  return await nudgeSources(sql, {
    repositories: nameOrAddress === undefined ? [] : [nameOrAddress],
    branch: null,
  });
}

/** The same for a webhook, which may also say which branch has moved. */
export async function nudgeSources(sql: Sql, hook: Hook): Promise<readonly string[]> {
  const meant = new Set(hook.repositories.flatMap((one) => [one, sameRepository(one)]));
  const concerned = (await listSources(sql)).filter(
    (one) =>
      (meant.size === 0 || meant.has(one.name) || meant.has(sameRepository(one.address))) &&
      (hook.branch === null || hook.branch === one.branch),
  );
  const names = concerned.map((one) => one.name);
  await wakeObjects(sql, names.map(sourceObject));
  return names;
}
