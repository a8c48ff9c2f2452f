import { runDemo } from './run.ts';

/* npm run demo [-- --json]: the whole story, unattended, in under ninety seconds. */
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ending.abort());

process.exitCode = await runDemo({
  json: process.argv.includes('--json'),
  stdout: process.stdout,
  stderr: process.stderr,
  signal: ending.signal,
});
// A story that was broken off may still have a request under way; there is nothing left to wait for.
process.exit();
