import { execFile } from 'node:child_process';
import { access, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = join(import.meta.dirname, '..', '.setup');

/**
 * Brings a program of a Debian package into a folder of the project, without installing the package: no service
 * is started, nothing outside the checkout changes. Gives the folder of the program, or null where there is no apt.
 */
export async function bringProgram(program: string, debianPackage: string): Promise<string | null> {
  const found = await onPath(program);
  if (found) return found;
  const folder = join(cache, debianPackage);
  const before = await folderOf(folder, program);
  if (before) return before;
  process.stdout.write(`Bringing ${program} from the Debian package ${debianPackage} …\n`);
  try {
    await unpack(debianPackage, folder);
  } catch (error) {
    process.stdout.write(`  not to be had here: ${String(error).split('\n')[0]}\n`);
    await rm(folder, { recursive: true, force: true });
    return null;
  }
  return await folderOf(folder, program);
}

/**
 * The same for a program that needs libraries which a bare machine has not: they come into the same folder, with
 * everything else that the package asks for and this machine lacks. Gives the folder, null where there is no apt.
 */
export async function bringTree(
  debianPackage: string,
  others: readonly string[],
): Promise<string | null> {
  const folder = join(cache, debianPackage);
  const done = join(folder, '.whole');
  if (await exists(done)) return folder;
  process.stdout.write(`Bringing the Debian package ${debianPackage} and its libraries …\n`);
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(join(folder, 'partial'), { recursive: true });
    await downloadAll(folder, [debianPackage, ...others]);
    for (const name of await readdir(folder)) {
      if (!name.endsWith('.deb')) continue;
      await run('dpkg-deb', ['-x', name, '.'], { cwd: folder });
      await rm(join(folder, name));
    }
    await writeFile(done, '');
  } catch (error) {
    process.stdout.write(`  not to be had here: ${String(error).split('\n')[0]}\n`);
    await rm(folder, { recursive: true, force: true });
    return null;
  }
  return folder;
}

/** Resolved by apt as an installation would be, but only downloaded, which needs no rights. */
async function downloadAll(folder: string, packages: readonly string[]): Promise<void> {
  const options = ['-o', `Dir::Cache::archives=${folder}`, '-o', 'Debug::NoLocking=1'];
  const wanted = ['--yes', '--no-install-recommends', '--download-only', ...options, ...packages];
  await withLists(() => run('apt-get', ['install', ...wanted], { maxBuffer: 64 * 1_048_576 }));
}

/** A bare machine has no package lists yet. */
async function withLists(download: () => Promise<unknown>): Promise<void> {
  await download().catch(async () => {
    await run('apt-get', ['update']);
    await download();
  });
}

/** Where Debian puts programs. */
async function folderOf(root: string, program: string): Promise<string | null> {
  for (const folder of ['usr/bin', 'usr/sbin', 'bin', 'sbin']) {
    if (await exists(join(root, folder, program))) return join(root, folder);
  }
  return null;
}

async function unpack(debianPackage: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await withLists(() => run('apt-get', ['download', debianPackage], { cwd: folder }));
  const file = (await readdir(folder)).find((name) => name.endsWith('.deb'));
  if (!file) throw new Error(`apt-get brought no file for ${debianPackage}`);
  await run('dpkg-deb', ['-x', file, '.'], { cwd: folder });
  await rm(join(folder, file));
}

async function onPath(program: string): Promise<string | null> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (await exists(join(folder, program))) return folder;
  }
  return null;
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
