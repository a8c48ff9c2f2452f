import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openBench } from './shell.fixture.ts';

const worker = new URL('./worker.fixture.ts', import.meta.url).pathname;

test.each([['SIGKILL'], ['SIGTERM']] as const)(
  'nothing of a program survives a worker that was ended by %s, and its directory is removed',
  async (signal) => {
    const bench = await openBench();
    const child = spawn(process.execPath, [worker, bench.directory, 'run/x/1/0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [line] = await once(child.stdout, 'data');
      expect(String(line)).toMatch(/^up \d+/);
      await expect
        .poll(() => bench.left('run/x/1/0').length, { timeout: 10_000 })
        .toBeGreaterThanOrEqual(4);
      const begin = performance.now();
      child.kill(signal);
      await once(child, 'exit');
      await expect.poll(() => bench.left('run/x/1/0'), { timeout: 10_000 }).toEqual([]);
      expect(performance.now() - begin).toBeLessThan(5_000);
      await expect.poll(() => readdirSync(bench.directory), { timeout: 10_000 }).toEqual([]);
    } finally {
      child.kill('SIGKILL');
      await bench.remove();
    }
  },
);
