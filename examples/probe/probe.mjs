/**
 * The probe: the smallest service that is worth delivering. It says who it is and how it is, and does wrong
 * on demand, so that a delivery system can be watched while it notices. Plain Node 20 or newer, no dependency.
 *
 *   PORT                 port to listen on, on 127.0.0.1 (HOST overrides the address); default 3000
 *   PROBE_FAULTS         JSON laid over the faults of version.json
 *   TIDEGATE_*           COMMIT, ENVIRONMENT, RELEASE, TARGET: told on /meta
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { errs, mergeFaults, noFaults } from './faults.mjs';
import { createMetrics } from './metrics.mjs';

const longestBody = 65_536;
const drainDeadlineMs = 30_000;
const startedAt = new Date();
const { env } = process;

const build = JSON.parse(readFileSync(new URL('./version.json', import.meta.url), 'utf8'));
const meta = {
  service: 'probe',
  version: String(build.version),
  commit: env.TIDEGATE_COMMIT || 'unknown',
  builtAt: String(build.builtAt ?? 'unknown'),
  environment: env.TIDEGATE_ENVIRONMENT || 'local',
  release: env.TIDEGATE_RELEASE || 'none',
  target: env.TIDEGATE_TARGET || 'local',
  startedAt: startedAt.toISOString(),
};

const state = {
  faults: mergeFaults(
    mergeFaults(noFaults, build.faults ?? {}),
    JSON.parse(env.PROBE_FAULTS ?? '{}'),
  ),
  requests: 0,
  draining: false,
  /** @type {Buffer[]} */
  leaked: [],
};
const metrics = createMetrics();

const failedByAge = () =>
  state.faults.failAfterMinutes !== null &&
  Date.now() - startedAt.getTime() >= state.faults.failAfterMinutes * 60_000;
const ready = () => !state.faults.neverReady && !state.draining;
const leakedBytes = () => state.leaked.reduce((sum, block) => sum + block.length, 0);

/** @param {import('node:http').ServerResponse} response @param {number} status @param {unknown} body */
function send(response, status, body) {
  const text = typeof body === 'string' ? body : `${JSON.stringify(body)}\n`;
  const type = typeof body === 'string' ? 'text/plain; version=0.0.4' : 'application/json';
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    // A client that keeps this connection would send its next request to a server that is going.
    ...(state.draining ? { connection: 'close' } : {}),
  });
  response.end(text);
}

/** @param {import('node:http').IncomingMessage} request */
async function readBody(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length <= longestBody) chunks.push(chunk);
  }
  if (length > longestBody) throw new RangeError(`body is over ${longestBody} bytes`);
  return Buffer.concat(chunks).toString('utf8');
}

/** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
async function home(request, response) {
  const began = performance.now();
  state.requests += 1;
  const fails = errs(state.requests, state.faults.errorRate) || failedByAge();
  request.resume();
  if (state.faults.slowMs > 0) await sleep(state.faults.slowMs);
  const status = fails ? 500 : 200;
  send(
    response,
    status,
    fails ? { error: 'a fault was asked for', ...meta } : { message: 'hello', ...meta },
  );
  metrics.observe(status, (performance.now() - began) / 1000);
}

/** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
async function changeFaults(request, response) {
  const { remoteAddress = '' } = request.socket;
  if (!/^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(remoteAddress)) {
    send(response, 403, { error: 'faults can be changed from this machine only' });
    return;
  }
  try {
    state.faults = mergeFaults(state.faults, JSON.parse(await readBody(request)));
    // The share that errs is counted from here on.
    state.requests = 0;
    send(response, 200, state.faults);
  } catch (error) {
    send(response, 400, { error: error instanceof Error ? error.message : String(error) });
  }
}

/** @type {Record<string, (request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => unknown>} */
const routes = {
  'GET /healthz': (_, response) =>
    send(response, failedByAge() ? 503 : 200, { healthy: !failedByAge() }),
  'GET /readyz': (_, response) => send(response, ready() ? 200 : 503, { ready: ready() }),
  'GET /meta': (_, response) =>
    send(response, 200, { ...meta, ready: ready(), healthy: !failedByAge() }),
  'GET /metrics': (_, response) =>
    send(
      response,
      200,
      metrics.render({ labels: meta, ready: ready(), leakedBytes: leakedBytes() }),
    ),
  'GET /faults': (_, response) => send(response, 200, state.faults),
  'POST /faults': changeFaults,
  'GET /': home,
  'POST /': home,
};

const server = createServer((request, response) => {
  const path = (request.url ?? '/').split('?', 1)[0];
  const route = routes[`${request.method === 'HEAD' ? 'GET' : request.method} ${path}`];
  if (!route) {
    request.resume();
    send(response, 404, { error: 'there is nothing here' });
    return;
  }
  Promise.resolve(route(request, response)).catch((error) => {
    console.error(error);
    if (!response.headersSent) send(response, 500, { error: 'unexpected' });
  });
});

function leak() {
  const bytes = Math.round((state.faults.leakMegabytesPerMinute * 1_048_576) / 240);
  // Filled, because pages that were never written take no memory.
  if (bytes > 0) state.leaked.push(Buffer.alloc(bytes, 1));
}

/** @param {string} signal */
function drain(signal) {
  if (state.draining) return;
  state.draining = true;
  console.log(`${signal}: finishing what is in flight`);
  server.close(() => process.exit(0));
  setTimeout(() => process.exit(1), drainDeadlineMs).unref();
}

if (state.faults.crashAtStart) {
  console.error('a crash at start was asked for');
  process.exit(70);
}
setInterval(leak, 250).unref();
process.on('SIGTERM', drain);
process.on('SIGINT', drain);
// Longer than a router keeps its connections idle, so that it is never this side that closes one in use.
server.keepAliveTimeout = 75_000;
server.listen(Number(env.PORT ?? 3000), env.HOST ?? '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : address;
  console.log(`probe ${meta.version} listens on port ${port}`);
});
