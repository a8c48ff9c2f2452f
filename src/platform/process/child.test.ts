import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { supervise } from './child.ts';

const own = { directory: '' };
beforeAll(async () => {
  own.directory = await mkdtemp(join(tmpdir(), 'tidegate-child-'));
});
afterAll(() => rm(own.directory, { recursive: true, force: true }));

const signals = new URL('./signals.ts', import.meta.url).href;
const polite = `import { letGo, untilAskedToEnd } from ${JSON.stringify(signals)};
  const alive = setInterval(() => {}, 1000);
  console.log('up');
  console.log(await untilAskedToEnd(true));
  clearInterval(alive);
  letGo();`;

async function started(code: string) {
  const log = join(own.directory, `${Math.random()}.log`);
  const restarts: string[] = [];
  const child = await supervise({
    name: 'polite',
    program: process.execPath,
    args: ['--input-type=module', '-e', code],
    log,
    onRestart: (name, how) => restarts.push(`${name} ${how}`),
  });
  const said = async (text: string, times = 1) =>
    await vi.waitFor(
      async () => {
        const lines = (await readFile(log, 'utf8')).split('\n').filter((line) => line === text);
        expect(lines).toHaveLength(times);
      },
      { timeout: 10_000 },
    );
  return { child, restarts, said };
}

test('a child that is killed comes back; one that is stopped ends in order and stays away', async () => {
  const { child, restarts, said } = await started(polite);
  await said('up');
  const first = child.pid() as number;
  process.kill(first, 'SIGKILL');
  await said('up', 2);
  expect(restarts).toEqual(['polite killed by SIGKILL']);
  expect(child.pid()).not.toBe(first);
  await child.stop();
  await said('SIGTERM');
  expect(child.pid()).toBeNull();
});

test('a child that does not listen is killed after its grace', async () => {
  const deaf = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up');`;
  const { child, restarts, said } = await started(deaf);
  await said('up');
  await child.stop(200);
  expect(child.pid()).toBeNull();
  expect(restarts).toEqual([]);
});

test('a supervised child ends when its starter is gone', async () => {
  const starter = `import { spawn } from 'node:child_process';
    const child = spawn(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(polite)}], { detached: true, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1500);`;
  const { child, said } = await started(starter);
  await said('its starter is gone');
  await child.stop();
});
