/*
 * A worker as a process of its own, for the test that kills it: node worker.fixture.ts DIRECTORY KEY. It runs one script,
 * and prints what that prints.
 */
import { shellStep } from './shell.ts';

const [, , directory, key] = process.argv;
if (directory === undefined || key === undefined) throw new Error('usage: DIRECTORY KEY');

const { run } = shellStep({ directory, checkout: async () => undefined });
await run?.(
  {
    script: 'trap "" TERM; sleep 1000 & setsid sh -c "sleep 1000 & sleep 1000" & echo up $$; wait',
  },
  {
    subject: {
      ...{ run: 'run-1', pipeline: 'p', step: 'build', attempt: 1, application: null },
      ...{ release: null, commit: null, actor: 'user:ada', author: null },
    },
    key,
    signal: new AbortController().signal,
    secret: async () => '',
    log: (_stream, text) => process.stdout.write(text),
  },
);
