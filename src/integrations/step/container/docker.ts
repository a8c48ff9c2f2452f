import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import { fail, ProblemError } from '../../../platform/errors/problem.ts';
import { demux } from './demux.ts';
import { sayingOf, statusOf } from './engine-error.ts';
import { bringImage } from './image.ts';
import type { Began, ContainerRunner, Ended, Sinks, Workload } from './runner.ts';

/** Milliseconds for the last of what was printed to arrive. */
const patience = 5_000;
const mostProcesses = 1_024;
/** Milliseconds between two looks at what runs, and that a look may take. */
const look = 5_000;
const longestLook = 20_000;
/** Looks that may find a container running whose log has ended, and milliseconds between them. */
const mostUnlike = 20;
const unlikePause = 250;

/** Containers of a Docker engine: DOCKER_HOST, else the usual socket. */
export function dockerRunner(options?: Docker.DockerOptions): ContainerRunner {
  const docker = new Docker(options);
  const asked = <T>(work: Promise<T>) => work.catch((error) => rethrow(error, docker));
  return {
    begin: (work, signal, say) => asked(begin(docker, work, signal, say)),
    since: (name) =>
      asked(inspect(docker, name)).then((facts) => (facts ? startOf(facts.State.StartedAt) : null)),
    follow: (name, sinks, signal) => asked(follow(docker, name, sinks, signal)),
    remove: (name, grace) => asked(remove(docker, name, grace)),
    list: (label, olderThan) => asked(list(docker, label, olderThan)),
  };
}

async function begin(
  docker: Docker,
  work: Workload,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<Began> {
  const found = await inspect(docker, work.name);
  if (found && found.State.Status !== 'created') return { is: 'found' };
  if (!found) {
    const refused = await bringImage(docker, work.image, signal, say);
    if (refused !== null) return { is: 'refused', code: 'TG1914', detail: refused };
    const detail = await refusalOf(docker.createContainer(createOptions(work)), [409]);
    if (detail !== null) return { is: 'refused', code: 'TG1912', detail };
  }
  const detail = await refusalOf(docker.getContainer(work.name).start(), [304]);
  if (detail === null) return { is: found ? 'found' : 'begun' };
  await remove(docker, work.name, 0);
  return { is: 'refused', code: 'TG1912', detail };
}

function createOptions(work: Workload): Docker.ContainerCreateOptions {
  return {
    name: work.name,
    Image: work.image,
    ...(work.command.length > 0 ? { Cmd: [...work.command] } : {}),
    Env: Object.entries(work.env).map(([name, value]) => `${name}=${value}`),
    Labels: { ...work.labels },
    HostConfig: {
      NetworkMode: work.network,
      NanoCpus: Math.round(work.cpus * 1e9),
      Memory: work.memory,
      MemorySwap: work.memory,
      PidsLimit: mostProcesses,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '8m', 'max-file': '1' } },
    },
  };
}

/** Null when it went well, or was so already; a sentence when the engine refuses it. Throws what may pass. */
async function refusalOf(work: Promise<unknown>, fine: readonly number[]): Promise<string | null> {
  try {
    await work;
    return null;
  } catch (error) {
    const status = statusOf(error);
    if (status !== null && fine.includes(status)) return null;
    if (status === null || (status >= 500 && !isProgramMissing(error))) throw error;
    return sayingOf(error);
  }
}

/** Docker tells of a program that is not in the image by words alone, with one code or another. */
const isProgramMissing = (error: unknown): boolean =>
  /executable file not found|no such file or directory|permission denied|exec format error|is a directory/i.test(
    sayingOf(error),
  );

async function inspect(docker: Docker, name: string): Promise<Docker.ContainerInspectInfo | null> {
  try {
    const abortSignal = AbortSignal.timeout(longestLook);
    return await docker.getContainer(name).inspect({ abortSignal });
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

/** Docker writes the year 1 for what has not begun. */
const startOf = (at: string): string | null =>
  at.startsWith('0001-') ? null : new Date(at).toISOString();

/**
 * The stream of the log ends with the container, or with the connection; asking tells which. The library's own way to wait
 * never ends when the engine goes away.
 */
async function follow(
  docker: Docker,
  name: string,
  sinks: Sinks,
  signal: AbortSignal,
): Promise<Ended> {
  const ends = new AbortController();
  const either = AbortSignal.any([signal, ends.signal]);
  try {
    const ask = { follow: true, stdout: true, stderr: true, abortSignal: either } as const;
    const stream = await docker.getContainer(name).logs(ask);
    const closed = new Promise<void>((resolve) => stream.once('close', resolve));
    const told = { out: 0, err: 0 };
    stream.on('data', demux(counting(sinks, told)));
    stream.on('error', () => undefined);
    let unlike = 0;
    for (;;) {
      await Promise.race([closed, sleep(look, undefined, { signal: either })]);
      const state = (await inspect(docker, name))?.State;
      if (!state) throw new Error(`container ${name} was removed by somebody else`);
      if (!state.Running) {
        await Promise.race([closed, sleep(patience, undefined, { signal: either })]);
        await tellRest(docker, name, told, sinks);
        return { code: state.ExitCode, isOutOfMemory: state.OOMKilled };
      }
      if (!('closed' in stream && stream.closed)) continue;
      unlike += 1;
      if (unlike > mostUnlike) fail('TG1913', { detail: 'The log of a container broke off.' });
      await sleep(unlikePause, undefined, { signal: either });
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    ends.abort();
  }
}

type Told = { out: number; err: number };

const counting = (sinks: Sinks, told: Told): Sinks => ({
  out: (text) => {
    told.out += text.length;
    sinks.out(text);
  },
  err: (text) => {
    told.err += text.length;
    sinks.err(text);
  },
});

/** Bytes of a log that is read once more; the engine keeps more than that, so it begins where the log began. */
const mostReadAgain = 1_048_576;

/** A stream may end before the last line of a container that ends at once was written: what is missing follows. */
async function tellRest(docker: Docker, name: string, told: Told, sinks: Sinks): Promise<void> {
  if (told.out + told.err > mostReadAgain) return;
  const abortSignal = AbortSignal.timeout(longestLook);
  const whole = await docker
    .getContainer(name)
    .logs({ follow: false, stdout: true, stderr: true, abortSignal });
  const known = { ...told };
  const rest = (side: keyof Told) => (text: Buffer) => {
    const old = Math.min(known[side], text.length);
    known[side] -= old;
    if (old < text.length) sinks[side](text.subarray(old));
  };
  demux({ out: rest('out'), err: rest('err') })(whole);
}

async function remove(docker: Docker, name: string, grace: number): Promise<void> {
  const container = docker.getContainer(name);
  const gone = [304, 404, 409];
  if (grace > 0) await refusalOf(container.stop({ t: Math.ceil(grace / 1_000) }), gone);
  await refusalOf(container.remove({ force: true, v: true }), gone);
}

async function list(docker: Docker, [name, value]: readonly [string, string], olderThan: number) {
  const found = await docker.listContainers({
    all: true,
    filters: { label: [`${name}=${value}`] },
  });
  return found
    .filter(({ Created }) => Date.now() - Created * 1_000 >= olderThan)
    .map(({ Names, Labels }) => ({ name: Names[0]?.replace(/^\//, '') ?? '', labels: Labels }));
}

/** An engine that is away has no status to answer with. */
function rethrow(error: unknown, docker: Docker): never {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const isAway = /^E(CONN|NOENT|ACCES|PIPE|TIMEDOUT|HOSTUNREACH|NOTFOUND|AI_AGAIN)/.test(code);
  const isSilent = error instanceof Error && /^(Abort|Timeout)Error$/.test(error.name);
  if (error instanceof ProblemError || !(isAway || isSilent)) throw error;
  const { socketPath, host, port } = docker.modem as unknown as {
    readonly [part: string]: unknown;
  };
  const address = typeof socketPath === 'string' ? socketPath : `${host}:${port}`;
  fail(
    'TG1913',
    { detail: `No container engine answers at ${address}${code === '' ? '' : ` (${code})`}.` },
    error,
  );
}
