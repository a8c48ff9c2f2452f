import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertRun } from '../../src/capabilities/pipelines/effects.fixture.ts';
import { readLogs } from '../../src/capabilities/pipelines/logs-store.ts';
import { readObject } from '../../src/engine/reads.ts';
import { leaveRequest, openObject } from '../../src/engine/store.ts';
import type { EffectOutcome } from '../../src/engine/types.ts';
import { findLeftovers, markerOf } from '../../src/integrations/step/shell/leftovers.ts';
import { type FreshDatabase, freshDatabase } from '../support/postgres.ts';
import { startProgramWorker } from './program-worker.fixture.ts';

const fixture = new URL('./program-worker.fixture.ts', import.meta.url).pathname;
const slowly = { timeout: 20_000 };
const world = {} as { fresh: FreshDatabase; directory: string };
beforeAll(async () => {
  world.fresh = await freshDatabase();
  world.directory = await mkdtemp(join(tmpdir(), 'tidegate-programs-'));
});
afterAll(async () => {
  await rm(world.directory, { recursive: true, force: true });
  await world.fresh.drop();
});

const begin = async (run: string, script: string) => {
  await insertRun(world.fresh.db, run);
  const state = { script, outcome: null };
  await openObject(world.fresh.db, { kind: 'run', key: run, phase: 'new', state });
};
const printed = async (run: string) =>
  (await readLogs(world.fresh.db, { run, step: null, after: 0, limit: 500 }))
    .map(({ stream, text }) => `${stream}: ${text}`)
    .join('');
const outcomeOf = async (run: string) =>
  (await readObject<{ outcome: EffectOutcome['outcome'] }>(world.fresh.db, `run/${run}`))?.state
    .outcome;
const living = (run: string) =>
  findLeftovers({ group: null, marker: markerOf(world.directory, `run/${run}/1/0`) });

const endless = 'echo up; sleep 1000 & setsid sleep 1000 & wait';

test('a program that is stopped ends within seconds, with all it began, and that is news', async () => {
  const worker = await startProgramWorker(world.fresh.db, world.directory, 'a');
  try {
    await begin('run-a', endless);
    await expect.poll(() => printed('run-a'), slowly).toBe('out: up\n');
    expect(living('run-a').length).toBeGreaterThanOrEqual(3);
    const stopped = performance.now();
    const request = { objectId: 'run/run-a', action: 'cancel', actor: 'user:ada', because: '' };
    await leaveRequest(world.fresh.db, request);
    await expect
      .poll(() => outcomeOf('run-a'), slowly)
      .toMatchObject({ problem: { code: 'TG1705' } });
    expect(performance.now() - stopped).toBeLessThan(4_000);
    expect(living('run-a')).toEqual([]);
    expect(await readdir(world.directory)).toEqual([]);
  } finally {
    await worker.stop();
  }
});

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('a worker that is killed takes its program with it, and the next one begins it anew', async () => {
  const child = spawn(process.execPath, [fixture, world.fresh.url, world.directory], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    await begin(
      'run-b',
      'if [ -e "$HOME/../../seen" ]; then echo again; else : >"$HOME/../../seen"; echo first; sleep 1000; fi',
    );
    await expect.poll(() => printed('run-b'), slowly).toBe('out: first\n');
    const [first = 0] = living('run-b');
    child.kill('SIGKILL');
    const worker = await startProgramWorker(world.fresh.db, world.directory, 'b');
    try {
      await expect
        .poll(() => outcomeOf('run-b'), slowly)
        .toMatchObject({ ok: true, value: { code: 0 } });
      expect(living('run-b')).toEqual([]);
      // Whoever inherits what is dead reads its exit a moment later.
      await expect.poll(() => isThere(first), slowly).toBe(false);
      expect(await printed('run-b')).toMatch(
        /^out: first\nnote: The work begins once more.*\nout: again\n$/s,
      );
    } finally {
      await worker.stop();
    }
  } finally {
    child.kill('SIGKILL');
  }
});

test('stopped while no worker lives, it ends without a second beginning', async () => {
  const child = spawn(process.execPath, [fixture, world.fresh.url, world.directory], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await begin('run-c', endless);
  await expect.poll(() => printed('run-c'), slowly).toBe('out: up\n');
  child.kill('SIGKILL');
  const request = { objectId: 'run/run-c', action: 'cancel', actor: 'user:ada', because: '' };
  await leaveRequest(world.fresh.db, request);
  const worker = await startProgramWorker(world.fresh.db, world.directory, 'c');
  try {
    await expect
      .poll(() => outcomeOf('run-c'), slowly)
      .toMatchObject({ problem: { code: 'TG1705' } });
    expect(await printed('run-c')).not.toContain('up\nout: up');
    expect(living('run-c')).toEqual([]);
  } finally {
    await worker.stop();
  }
});
