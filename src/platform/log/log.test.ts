import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { createLog } from './log.ts';

test('a line tells who and what, and never a secret', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tidegate-log-'));
  const file = join(directory, 'deep', 'server.log');
  const log = createLog({ name: 'server', file });
  log.info(
    { token: 'abc', headers: { authorization: 'Bearer abc' }, application: 'shop' },
    'asked',
  );
  log.debug('not shown');
  await vi.waitFor(async () => {
    const lines = (await readFile(file, 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      name: 'server',
      msg: 'asked',
      token: '***',
      headers: { authorization: '***' },
      application: 'shop',
    });
  });
  await rm(directory, { recursive: true, force: true });
});

test.runIf(process.platform === 'linux')(
  'a disk without room costs lines of the log and never the process',
  async () => {
    const full = await open('/dev/full', 'w');
    const script = `import { createLog } from ${JSON.stringify(new URL('./log.ts', import.meta.url).href)};
      const log = createLog({ name: 'server' });
      for (let line = 0; line < 3; line += 1) log.info('x'.repeat(1_000_000));
      console.log('lives');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', full.fd],
    });
    const said: string[] = [];
    child.stdout?.on('data', (part) => said.push(String(part)));
    const [code] = await once(child, 'exit');
    await full.close();
    expect([code, said.join('')]).toEqual([0, 'lives\n']);
  },
);
