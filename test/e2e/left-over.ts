import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Processes of this machine that have to do with a directory: it is in their command line, or they run inside
 * it. A line each, for people. Linux only; elsewhere nothing is found.
 */
export async function processesIn(directory: string): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => describe(pid, directory)));
  return found.filter((one) => one !== null);
}

async function describe(pid: string, directory: string): Promise<string | null> {
  if (Number(pid) === process.pid) return null;
  const command = await readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => '');
  const place = await readlink(join('/proc', pid, 'cwd')).catch(() => '');
  if (!command.includes(directory) && !place.startsWith(directory)) return null;
  return `${pid} ${command.replaceAll('\0', ' ').trim()} in ${place}`;
}
