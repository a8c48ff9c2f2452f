/*
 * A real PostgreSQL beside Tidegate, from the binaries that the registry carries. It is started as a daemon of its
 * own: a control plane that is killed leaves it running, and the next one takes it over. The package's own start
 * function is not used, since it ties the server's life to this process and knows no taking over.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fail } from '../errors/problem.ts';
import { exists } from '../files/exists.ts';
import { freePort } from '../net/free-port.ts';
import { type Account, postgresAccount, reachable } from './account.ts';
import { postmasterOf, removeStaleLock } from './lock.ts';
import { nativeDirectory } from './native.ts';
import { openDatabase } from './pool.ts';

const run = promisify(execFile);

export type EmbeddedOptions = {
  /** Holds `data`, `connection.json` and PostgreSQL's own log. */
  readonly directory: string;
  /** Settings beside the usual ones, as in postgresql.conf. */
  readonly settings?: { readonly [name: string]: string };
  readonly onProgress?: (text: string) => void;
};

export type Embedded = {
  readonly url: string;
  /** It was running already. */
  readonly adopted: boolean;
  /** Pid of the postmaster. */
  readonly pid: number;
  /** False once that process is gone, whatever ended it. */
  isAlive(): Promise<boolean>;
  stop(): Promise<void>;
};

type Connection = {
  readonly port: number;
  readonly password: string;
  /** Folder of `data`: the directory given, or as root one that the account can reach. */
  readonly base: string;
};
type Place = {
  readonly data: string;
  readonly bin: string;
  readonly log: string;
  readonly account: Account | null;
};

const settings: { readonly [name: string]: string } = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '64MB',
  logging_collector: 'on',
  log_directory: 'log',
  log_filename: 'postgres-%a.log',
  log_truncate_on_rotation: 'on',
  log_rotation_age: '1d',
  max_wal_size: '512MB',
  // Tables that grow from nothing have no statistics until then.
  autovacuum_naptime: '10s',
  random_page_cost: '1.1',
};

/** Starts PostgreSQL, or takes over the one that runs in this directory already. TG1801 when it does not come up. */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const account = await postgresAccount();
  await mkdir(options.directory, { recursive: true });
  if (account) await chmod(options.directory, 0o711);
  const file = join(options.directory, 'connection.json');
  // The password is on disk before the data is, so a crash in between leaves nothing that cannot be opened.
  const known = (await readConnection(file)) ?? (await newConnection(options.directory, account));
  await writeConnection(file, known);
  const place = await prepare(known.base, account);
  const running = await postmasterOf(place.data);
  if (running !== null && (await answers(urlOf(known)))) {
    return embedded(place, known, running, true);
  }
  if (running !== null) await stop(place);
  if (!(await exists(place.data))) {
    options.onProgress?.('creating the database');
    await initialise(place, known.password);
  }
  const { lock, because } = await removeStaleLock(place.data, account);
  if (lock === 'stale') options.onProgress?.(`removed a stale postmaster.pid: ${because}`);
  if (lock === 'held') options.onProgress?.(`postmaster.pid is held: ${because}`);
  const connection = { ...known, port: await freePort() };
  await writeConnection(file, connection);
  options.onProgress?.('starting PostgreSQL');
  await start(place, connection.port, { ...settings, ...options.settings });
  const pid = await postmasterOf(place.data);
  if (pid === null) fail('TG1801', { detail: 'PostgreSQL ended right after its start.' });
  return embedded(place, connection, pid, false);
}

function embedded(place: Place, connection: Connection, pid: number, adopted: boolean): Embedded {
  const isAlive = async (): Promise<boolean> => (await postmasterOf(place.data)) === pid;
  return { url: urlOf(connection), adopted, pid, isAlive, stop: () => stop(place) };
}

const urlOf = ({ port, password }: Connection) =>
  `postgres://tidegate:${password}@127.0.0.1:${port}/postgres`;

/** As root the data must lie where the account can reach it; a checkout under /root is not such a place. */
async function newConnection(directory: string, account: Account | null): Promise<Connection> {
  const near = await reachable(directory, account);
  const base = near ? directory : join('/var/lib/tidegate', randomBytes(8).toString('hex'));
  return { port: 0, password: randomBytes(24).toString('hex'), base };
}

async function prepare(base: string, account: Account | null): Promise<Place> {
  const native = await nativeDirectory();
  const log = join(base, 'start.log');
  await mkdir(base, { recursive: true });
  await writeFile(log, '', { flag: 'a' });
  if (account) await chown(log, account.uid, account.gid);
  const bin = (await reachable(join(native, 'bin', 'postgres'), account))
    ? join(native, 'bin')
    : await copyNative(native, join(base, 'native'));
  return { data: join(base, 'data'), bin, log, account };
}

async function copyNative(from: string, to: string): Promise<string> {
  await rm(to, { recursive: true, force: true });
  await cp(from, to, { recursive: true, verbatimSymlinks: true });
  await chmod(to, 0o755);
  return join(to, 'bin');
}

/** Made beside and renamed: a data directory is there whole or not at all. */
async function initialise(place: Place, password: string): Promise<void> {
  const draft = `${place.data}.new`;
  const passwordFile = `${place.data}.password`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (place.account) {
    await chown(draft, place.account.uid, place.account.gid);
    await chown(passwordFile, place.account.uid, place.account.gid);
  }
  const flags = ['--auth=scram-sha-256', '--username=tidegate', '--encoding=UTF8', '--locale=C'];
  try {
    await program(place, 'initdb', [...flags, '--pgdata', draft, '--pwfile', passwordFile]);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(draft, place.data);
}

async function start(
  place: Place,
  port: number,
  wanted: { readonly [name: string]: string },
): Promise<void> {
  const lines = Object.entries({ ...wanted, port: String(port) }).map(
    ([name, value]) => `${name} = '${value}'`,
  );
  const file = join(place.data, 'postgresql.auto.conf');
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  if (place.account) await chown(file, place.account.uid, place.account.gid);
  await program(place, 'pg_ctl', [
    'start',
    '-w',
    '-t',
    '60',
    '-s',
    '-D',
    place.data,
    '-l',
    place.log,
  ]);
}

async function stop(place: Place): Promise<void> {
  if ((await postmasterOf(place.data)) === null) return;
  await program(place, 'pg_ctl', ['stop', '-w', '-t', '30', '-s', '-m', 'fast', '-D', place.data]);
}

async function program(place: Place, name: string, args: readonly string[]): Promise<void> {
  const options = place.account ? { uid: place.account.uid, gid: place.account.gid } : {};
  const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C' };
  await run(join(place.bin, name), [...args], { ...options, cwd: '/', env }).catch(
    async (cause: unknown) => {
      const said = await readFile(place.log, 'utf8').catch(() => '');
      const stderr = (cause as { stderr?: string }).stderr ?? String(cause);
      const detail = `${name} failed: ${stderr.trim()} ${said.trim().split('\n').slice(-5).join('\n')}`;
      fail('TG1801', { detail }, cause);
    },
  );
}

async function readConnection(file: string): Promise<Connection | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as Connection);
}

async function writeConnection(file: string, connection: Connection): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(connection), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

async function answers(url: string): Promise<boolean> {
  const db = openDatabase(url, { max: 1 });
  try {
    await db.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await db.close();
  }
}
