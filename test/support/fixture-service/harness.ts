import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Intent, IntentSpec, IntentVersion } from '../../../src/capabilities/fleet/types.ts';
import type { HealthContract } from '../../../src/capabilities/releases/types.ts';

export const service = new URL('./service.mjs', import.meta.url).href;

/** Milliseconds are short so that tests are; the order of things is what is tested. */
export const quickHealth: HealthContract = {
  readiness: { path: '/readyz', interval: 50, timeout: 1_000, failureThreshold: 2 },
  liveness: { path: '/healthz', interval: 50, timeout: 1_000, failureThreshold: 2 },
  startTimeout: 20_000,
  drain: 5_000,
};

/** A bundle that runs the fixture service. */
export async function fetchFixture(_: unknown, directory: string): Promise<void> {
  writeFileSync(join(directory, 'main.mjs'), `import ${JSON.stringify(service)};\n`);
}

export function temporary(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'tidegate-agent-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function fixtureVersion(
  release: string,
  replicas: number,
  weight: number,
  more: { env?: Record<string, string>; health?: Partial<HealthContract>; command?: string[] } = {},
): IntentVersion {
  return {
    release,
    commit: 'c'.repeat(40),
    replicas,
    weight,
    artifact: { bundle: { repository: 'file:///none', path: '.', tree: 'a'.repeat(40) } },
    config: {
      command: more.command ?? ['node', 'main.mjs'],
      env: more.env ?? {},
      health: { ...quickHealth, ...more.health },
    },
  };
}

/** Makes intents of one application, each with the next generation. */
export function intentMaker(
  application = 'shop',
): (versions: IntentVersion[], more?: Partial<IntentSpec>) => Intent {
  let generation = 0;
  return (versions, more = {}) => {
    generation += 1;
    const spec: IntentSpec = { versions, routes: [], sticky: null, preview: null, ...more };
    const of = { target: 'eu-1', application, environment: 'test' };
    return { ...of, generation, revision: generation, spec, because: 'test' };
  };
}

/** Asks until the answer is not undefined, false or null; what it waits for is told when it takes too long. */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  timeout = 15_000,
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = Date.now() + timeout;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false)
      return answer as Exclude<T, undefined | null | false>;
    if (Date.now() > deadline) throw new Error(`waited ${timeout} ms for ${what}`);
    await sleep(10);
  }
}

export type Answer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

/** A plain GET on a connection of the agent given. Rejects when there is no whole answer. */
export function fetchOnce(
  url: string,
  options: { headers?: Record<string, string>; agent?: Agent; method?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('close', () => {
        if (!response.complete) reject(new Error('the answer is not whole'));
        const body = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    request.on('error', reject);
  });
}

/** Sends requests on a few kept connections until it is stopped, and remembers everything that went wrong. */
export function startLoad(url: string, connections = 4, pause = 2) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const failures: string[] = [];
  const releases = new Map<string, number>();
  let sent = 0;
  let running = true;
  const worker = async (): Promise<void> => {
    while (running) {
      sent += 1;
      try {
        const { status, body } = await fetchOnce(url, { agent });
        if (status !== 200) failures.push(`status ${status} ${body}`);
        releases.set(body, (releases.get(body) ?? 0) + 1);
      } catch (error) {
        failures.push(String(error));
      }
      await sleep(pause);
    }
  };
  const workers = Array.from({ length: connections }, worker);
  return {
    failures,
    releases,
    sent: () => sent,
    stop: async (): Promise<void> => {
      running = false;
      await Promise.all(workers);
      agent.destroy();
    },
  };
}
