import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

/**
 * A small service for tests of the agent. What it does at start is told by FIXTURE: `crash` exits with code 1,
 * `unready` never passes /readyz, `stubborn` ignores SIGTERM, `parent` starts a child that outlives it if nobody
 * ends it. While it runs, POST /set?ready=0 or ?alive=0 changes how it answers its probes, and /deaf
 * closes its port while the process goes on.
 */
const kind = process.env.FIXTURE ?? '';
const answers = { ready: kind !== 'unready', alive: true };
if (kind === 'crash') process.exit(1);
if (kind === 'stubborn') process.on('SIGTERM', () => console.log('SIGTERM ignored'));
if (kind === 'parent') {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  console.log(`child ${child.pid}`);
}

const facts = () =>
  JSON.stringify({
    pid: process.pid,
    release: process.env.TIDEGATE_RELEASE,
    replica: process.env.TIDEGATE_REPLICA,
    environment: process.env,
    cwd: process.cwd(),
  });

const routes = {
  '/readyz': (_, response) => response.writeHead(answers.ready ? 200 : 503).end(),
  '/healthz': (_, response) => response.writeHead(answers.alive ? 200 : 503).end(),
  '/set': (url, response) => {
    for (const [name, value] of url.searchParams) answers[name] = value === '1';
    response.end();
  },
  '/facts': (_, response) => response.end(facts()),
  '/error': (_, response) => response.writeHead(500).end('broken'),
  '/log': (url, response) => {
    console.log(url.searchParams.get('text'));
    response.end();
  },
  '/deaf': (_, response) => {
    response.setHeader('connection', 'close').end();
    setInterval(() => {}, 1000);
    server.close();
    server.closeIdleConnections();
  },
  '/slow': (url, response) =>
    setTimeout(() => response.end('slow'), Number(url.searchParams.get('ms') ?? 500)),
};

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://x');
  const route = routes[url.pathname];
  if (route) route(url, response, request);
  else response.end(process.env.TIDEGATE_RELEASE ?? '');
});
new WebSocketServer({ server }).on('connection', (socket) => {
  socket.on('message', (data) => socket.send(`${process.env.TIDEGATE_RELEASE}: ${data}`));
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(`listening ${kind}`));
if (kind !== 'stubborn')
  process.on('SIGTERM', () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
