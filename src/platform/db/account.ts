import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { fail } from '../errors/problem.ts';

const run = promisify(execFile);

/** Who PostgreSQL runs as: null is the current user. */
export type Account = { readonly uid: number; readonly gid: number; readonly name: string };

/** PostgreSQL refuses to run as root. Then it runs as `postgres` where there is one, else as `nobody`. */
export async function postgresAccount(): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  const accounts = parsePasswd(await readFile('/etc/passwd', 'utf8'));
  const found =
    accounts.find((one) => one.name === 'postgres') ??
    accounts.find((one) => one.name === 'nobody');
  if (found && found.uid !== 0) return found;
  fail('TG1801', {
    detail: 'PostgreSQL does not run as root, and neither user postgres nor user nobody exists.',
    hint: 'Create a user postgres, start Tidegate as another user than root, or set DATABASE_URL.',
  });
}

/** Entries of a passwd(5) file. */
export function parsePasswd(text: string): readonly Account[] {
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 4)
    .map(([name = '', , uid = '', gid = '']) => ({ name, uid: Number(uid), gid: Number(gid) }));
}

/** Whether the account may go through every directory above a path, and into or run what is there. */
export async function reachable(path: string, account: Account | null): Promise<boolean> {
  if (account === null) return true;
  const { uid, gid } = account;
  return await run('/usr/bin/test', ['-x', path], { uid, gid, cwd: '/' }).then(
    () => true,
    () => false,
  );
}
