import { mkdtemp, readFile, rm } from 'node:fs/promises';
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
