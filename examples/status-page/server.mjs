/**
 * The status page: which version of what runs where, and how it is. Read-only. Plain Node 20 or newer, no
 * dependency.
 *
 *   PORT              port to listen on, on 127.0.0.1 (HOST overrides the address); default 3001
 *   STATUS_PLACES     APPLICATION@ENVIRONMENT/TARGET=URL, separated by commas or blanks
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createWatch, parsePlaces } from './watch.mjs';

const { env } = process;
const build = JSON.parse(readFileSync(new URL('./version.json', import.meta.url), 'utf8'));
const meta = {
  service: 'status-page',
  version: String(build.version),
  commit: env.TIDEGATE_COMMIT || 'unknown',
  builtAt: String(build.builtAt ?? 'unknown'),
  environment: env.TIDEGATE_ENVIRONMENT || 'local',
  release: env.TIDEGATE_RELEASE || 'none',
  target: env.TIDEGATE_TARGET || 'local',
};
const watch = createWatch(parsePlaces(env.STATUS_PLACES ?? ''));
const state = { draining: false };

// Read once: the page is small, and no request can then name a file.
const file = (/** @type {string} */ name) =>
  readFileSync(new URL(`./public/${name}`, import.meta.url));
/** @type {Record<string, { type: string, body: Buffer }>} */
const files = {
  '/': { type: 'text/html', body: file('index.html') },
  '/page.js': { type: 'text/javascript', body: file('page.js') },
  '/style.css': { type: 'text/css', body: file('style.css') },
  '/icon.svg': { type: 'image/svg+xml', body: file('icon.svg') },
};

const headers = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/**
 * @param {import('node:http').ServerResponse} response @param {number} status @param {string} type
 * @param {string | Buffer} body
 */
function send(response, status, type, body) {
  response.writeHead(status, {
    ...headers,
    ...(state.draining ? { connection: 'close' } : {}),
    'content-type': `${type}; charset=utf-8`,
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
const json = (/** @type {unknown} */ value) => `${JSON.stringify(value)}\n`;

/** @param {string} path @param {import('node:http').ServerResponse} response */
async function answer(path, response) {
  if (path === '/status.json') send(response, 200, 'application/json', json(await watch()));
  else if (path === '/meta')
    send(response, 200, 'application/json', json({ ...meta, ready: !state.draining }));
  else if (path === '/healthz') send(response, 200, 'application/json', json({ healthy: true }));
  else if (path === '/readyz') {
    send(
      response,
      state.draining ? 503 : 200,
      'application/json',
      json({ ready: !state.draining }),
    );
  } else {
    const found = Object.hasOwn(files, path) ? files[path] : undefined;
    if (found) send(response, 200, found.type, found.body);
    else send(response, 404, 'application/json', json({ error: 'there is nothing here' }));
  }
}

const server = createServer((request, response) => {
  request.resume();
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    send(response, 405, 'application/json', json({ error: 'this page is read-only' }));
    return;
  }
  answer((request.url ?? '/').split('?', 1)[0] ?? '/', response).catch((error) => {
    console.error(error);
    if (!response.headersSent)
      send(response, 500, 'application/json', json({ error: 'unexpected' }));
  });
});

function drain() {
  if (state.draining) return;
  state.draining = true;
  server.close(() => process.exit(0));
  setTimeout(() => process.exit(1), 30_000).unref();
}
process.on('SIGTERM', drain);
process.on('SIGINT', drain);
server.keepAliveTimeout = 75_000;
server.listen(Number(env.PORT ?? 3001), env.HOST ?? '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : address;
  console.log(`status-page ${meta.version} listens on port ${port}`);
});
