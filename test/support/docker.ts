import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  copyFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  rmdir,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { stopChild } from '../../examples/demo/processes.ts';
import { findProgram } from './prometheus.ts';

const needed = ['dockerd', 'containerd', 'containerd-shim-runc-v2', 'runc', 'busybox'] as const;

/** Why no Docker can be started here; null when one can. */
export async function whyNoDocker(): Promise<string | null> {
  if (process.platform !== 'linux') return 'dockerd needs Linux';
  if (process.getuid?.() !== 0) return 'dockerd needs root';
  for (const program of needed) {
    if ((await findProgram(program)) === null) return `there is no ${program} (see npm test)`;
  }
  return null;
}

export type TestDocker = {
  readonly socketPath: string;
  /** An image of busybox alone, made here: there is no registry to pull from. */
  readonly image: string;
  /** What is in it, as a tar. */
  readonly layer: Buffer;
  /** Ends the engine in the middle of its work; what runs in it goes on. */
  crash(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
};

/**
 * A real Docker engine of its own: own data, own socket, own containerd, no bridge and no rules in the firewall. Nothing
 * outside its directory changes but control groups of its own name, and both are removed.
 */
export async function startDocker(): Promise<TestDocker> {
  const root = await mkdtemp(join(tmpdir(), 'tidegate-docker-'));
  const group = `tidegate-test-${process.pid}`;
  const socketPath = join(root, 'docker.sock');
  const running: { containerd: ChildProcess | null; dockerd: ChildProcess | null } = {
    containerd: null,
    dockerd: null,
  };
  const begin = async () => {
    running.dockerd = await startDockerd(root, group, socketPath);
  };
  const stop = async () => {
    if (running.dockerd) {
      await removeContainers(socketPath).catch(() => undefined);
      await stopChild(running.dockerd);
    }
    if (running.containerd) await stopChild(running.containerd);
    await unmountBelow(root);
    await removeGroups(group);
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  };
  let layer: Buffer;
  try {
    running.containerd = await startContainerd(root);
    await begin();
    layer = await importImage(socketPath, root);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    socketPath,
    image: 'tidegate-busybox:1',
    layer,
    crash: async () => {
      const { dockerd } = running;
      if (!dockerd) return;
      dockerd.kill('SIGKILL');
      while (dockerd.exitCode === null && dockerd.signalCode === null) await sleep(20);
    },
    restart: begin,
    stop,
  };
}

async function startContainerd(root: string): Promise<ChildProcess> {
  const config = join(root, 'containerd.toml');
  await writeFile(
    config,
    `version = 2
root = "${join(root, 'containerd')}"
state = "${join(root, 'containerd-state')}"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.grpc.v1.cri"]
[grpc]
  address = "${join(root, 'containerd.sock')}"
`,
  );
  return await start(root, 'containerd', ['--config', config], join(root, 'containerd.sock'));
}

async function startDockerd(
  root: string,
  group: string,
  socketPath: string,
): Promise<ChildProcess> {
  const config = join(root, 'daemon.json');
  await writeFile(config, JSON.stringify({ 'deprecated-key-path': join(root, 'key.json') }));
  await rm(join(root, 'docker.pid'), { force: true });
  await rm(socketPath, { force: true });
  const options = {
    'config-file': config,
    'data-root': join(root, 'data'),
    'exec-root': join(root, 'exec'),
    pidfile: join(root, 'docker.pid'),
    host: `unix://${socketPath}`,
    containerd: join(root, 'containerd.sock'),
    'cgroup-parent': `/${group}`,
    'storage-driver': 'vfs',
    bridge: 'none',
  };
  const flags = ['iptables', 'ip6tables', 'ip-forward', 'ip-masq', 'userland-proxy'];
  const args = [
    ...Object.entries(options).map(([name, value]) => `--${name}=${value}`),
    ...flags.map((name) => `--${name}=false`),
    '--live-restore',
  ];
  const child = await start(root, 'dockerd', args, socketPath);
  for (let tries = 0; (await call(socketPath, 'GET', '/_ping')) !== 200; tries += 1) {
    if (tries > 300) throw new Error(`dockerd does not answer: ${await tail(root, 'dockerd')}`);
    await sleep(100);
  }
  return child;
}

/** Until its socket is there. */
async function start(
  root: string,
  program: string,
  args: readonly string[],
  socket: string,
): Promise<ChildProcess> {
  const log = await open(join(root, `${program}.log`), 'a');
  const child = spawn((await findProgram(program)) ?? program, args, {
    stdio: ['ignore', log.fd, log.fd],
  });
  await log.close();
  for (let tries = 0; (await call(socket, 'GET', '/')) === null; tries += 1) {
    if (child.exitCode !== null || tries > 300) {
      throw new Error(`${program} did not start: ${await tail(root, program)}`);
    }
    await sleep(100);
  }
  return child;
}

const tail = async (root: string, program: string) =>
  (await readFile(join(root, `${program}.log`), 'utf8')).slice(-2_000);

/** Status of an answer; 0 for one that is none of HTTP; null when nobody answers. */
function call(
  socketPath: string,
  method: string,
  path: string,
  body?: Buffer,
): Promise<number | null> {
  return new Promise((resolve) => {
    const sent = request({ socketPath, method, path, agent: false }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? null));
    });
    sent.setTimeout(5_000, () => sent.destroy());
    sent.once('error', (error) =>
      resolve('code' in error && /ENOENT|ECONNREFUSED/.test(String(error.code)) ? null : 0),
    );
    sent.end(body);
  });
}

/** A file system of one program under its many names. */
async function importImage(socketPath: string, root: string): Promise<Buffer> {
  const bin = join(root, 'image', 'bin');
  await mkdir(bin, { recursive: true });
  await mkdir(join(root, 'image', 'tmp'));
  await copyFile((await findProgram('busybox')) ?? '', join(bin, 'busybox'));
  for (const name of [
    'sh',
    'sleep',
    'echo',
    'cat',
    'env',
    'id',
    'head',
    'tr',
    'seq',
    'ls',
    'grep',
  ]) {
    await symlink('busybox', join(bin, name));
  }
  const { stdout: tar } = await promisify(execFile)('tar', ['-C', join(root, 'image'), '-c', '.'], {
    encoding: 'buffer',
    maxBuffer: 64 * 1024 * 1024,
  });
  const path = '/images/create?fromSrc=-&repo=tidegate-busybox&tag=1';
  const status = await call(socketPath, 'POST', path, tar);
  if (status !== 200) throw new Error(`the image was not taken: ${status}`);
  return tar;
}

/** They live longer than the engine. */
async function removeContainers(socketPath: string): Promise<void> {
  const engine = new Docker({ socketPath });
  for (const { Id } of await engine.listContainers({ all: true })) {
    await engine.getContainer(Id).remove({ force: true });
  }
}

/** An engine that was killed leaves its mounts. */
async function unmountBelow(root: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n');
  const own = mounts
    .flatMap((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${root}/`));
  for (const path of own.toReversed()) {
    await promisify(execFile)('umount', [path]).catch(() => undefined);
  }
}

async function removeGroups(group: string): Promise<void> {
  const root = '/sys/fs/cgroup';
  const controllers = await readdir(root).catch(() => []);
  for (const one of ['', ...controllers]) {
    await rmdir(join(root, one, group)).catch(() => undefined);
  }
}
