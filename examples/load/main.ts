import { runLoad } from './cli.ts';

const ending = new AbortController();
// Without the channel: whoever started it over one is gone, and wants no more of it.
for (const news of ['SIGINT', 'SIGTERM', 'disconnect'] as const) {
  process.on(news, () => ending.abort());
}

process.exitCode = await runLoad(process.argv.slice(2), console.log, ending.signal);
// The channel would keep it alive.
if (process.connected) process.disconnect?.();
