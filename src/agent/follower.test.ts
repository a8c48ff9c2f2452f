import { expect, test, vi } from 'vitest';
import { createLog } from '../platform/log/log.ts';
import { startFollower } from './follower.ts';
import { watchLink } from './link.ts';

test('news that could not be kept are asked for again', async () => {
  const log = createLog({ name: 'agent', level: 'silent' });
  const asked: number[] = [];
  const told: number[] = [];
  const follower = startFollower({
    target: 'eu-1',
    wire: {
      follow: async (_, after, __, signal) => {
        asked.push(after);
        // A revision that is known is waited at, as the control plane lets an agent wait.
        if (after === 1) await new Promise((_, reject) => signal.addEventListener('abort', reject));
        return { revision: 1, target: null, intents: [], refused: [] };
      },
      report: async () => undefined,
    },
    memory: { revision: 0, spec: null, intents: [] },
    onNews: async ({ revision }) => {
      told.push(revision);
      if (told.length === 1) throw new Error('ENOSPC: no space left on device');
    },
    tuning: { wait: 1, longestBackoff: 20 },
    link: watchLink(log, 'http://127.0.0.1:1'),
    log,
  });
  await vi.waitFor(() => expect(asked).toEqual([0, 0, 1]), { timeout: 5_000 });
  expect(told).toEqual([1, 1]);
  await follower.stop();
});
