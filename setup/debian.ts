import { execFile } from 'node:child_process';
import { access, mkdir, readdir, rm } from 'node:fs/promises';
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

/** Where Debian puts programs. */
async function folderOf(root: string, program: string): Promise<string | null> {
  for (const folder of ['usr/bin', 'usr/sbin', 'bin', 'sbin']) {
    if (await exists(join(root, folder, program))) return join(root, folder);
  }
  return null;
}

async function unpack(debianPackage: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const download = () => run('apt-get', ['download', debianPackage], { cwd: folder });
  await download().catch(async () => {
    // A bare machine has no package lists yet.
    await run('apt-get', ['update']);
    await download();
  });
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
