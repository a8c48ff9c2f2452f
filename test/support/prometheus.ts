import { type ChildProcess, spawn } from 'node:child_process';
import { access, constants, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stopChild } from '../../examples/demo/processes.ts';
import { freePort } from '../../src/platform/net/free-port.ts';

/** A real Prometheus that scrapes `host:port` targets every second; null when the program is not installed. */
export async function startPrometheus(
  scrapeTargets: readonly string[],
): Promise<{ readonly url: string; stop(): Promise<void> } | null> {
  const program = await findProgram('prometheus');
  if (program === null) return null;
  const directory = await mkdtemp(join(tmpdir(), 'tidegate-prometheus-'));
  const config = join(directory, 'prometheus.yml');
  await writeFile(config, JSON.stringify(configuration(scrapeTargets)));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    program,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const stop = async () => {
    await stopChild(child);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await untilReady(url, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

/** YAML takes JSON as it is. */
const configuration = (targets: readonly string[]) => ({
  global: { scrape_interval: '1s', scrape_timeout: '1s' },
  scrape_configs: [{ job_name: 'test', static_configs: [{ targets }] }],
});

/** Path of a program on the PATH, or null. */
export async function findProgram(name: string): Promise<string | null> {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory, name);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (directory !== '' && found) return path;
  }
  return null;
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const said: string[] = [];
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  for (let tries = 0; tries < 300; tries += 1) {
    if (child.exitCode !== null) throw new Error(`Prometheus ended: ${said.join('').slice(-1000)}`);
    const ready = await fetch(`${url}/-/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await sleep(100);
  }
  throw new Error(`Prometheus was not ready within 30 s: ${said.join('').slice(-1000)}`);
}
