import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { runDemo } from '../../examples/demo/run.ts';
import { processesIn } from './left-over.ts';

const program = join(import.meta.dirname, '..', '..', 'examples', 'demo', 'main.ts');
const made = { directory: '' };
beforeAll(async () => {
  made.directory = await mkdtemp(join(tmpdir(), 'tidegate-journey-'));
  // As root PostgreSQL runs under another account, which has to get through.
  await chmod(made.directory, 0o711);
  // What the demo makes is made here; settings of a Tidegate beside it must not reach it.
  vi.stubEnv('TMPDIR', made.directory);
  vi.stubEnv('DATABASE_URL', 'postgres://nobody@127.0.0.1:1/none');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(made.directory, { recursive: true, force: true });
});

const leftOver = async (): Promise<readonly string[]> => [
  ...(await processesIn(made.directory)),
  ...(await readdir(made.directory)).filter((name) => name.startsWith('tidegate-')),
];

/** Strict: what programs read of it changes by intention only. */
const resultSchema = z.strictObject({
  good: z.strictObject({ phase: z.literal('succeeded'), seconds: z.number().positive() }),
  bad: z.strictObject({
    phase: z.literal('rolledBack'),
    detectMs: z.int().min(0),
    trafficBackMs: z.int().min(0),
    revertCommit: z.string().regex(/^[0-9a-f]{40}$/),
    headRelease: z.string().regex(/^r-[0-9a-f]{12}$/),
  }),
  unready: z.strictObject({ phase: z.literal('rolledBack') }),
  requests: z.strictObject({
    total: z.int().min(1_000),
    failedOutsideBadVersion: z.literal(0),
  }),
  audit: z.strictObject({ events: z.int().min(10) }),
});

function terminal(): { stream: PassThrough & { isTTY: boolean; columns: number }; text(): string } {
  const parts: string[] = [];
  const stream = new PassThrough().on('data', (part) => parts.push(String(part)));
  return {
    stream: Object.assign(stream, { isTTY: true, columns: 100 }),
    text: () => parts.join(''),
  };
}

test('the demo tells a true story and leaves nothing behind', { timeout: 240_000 }, async () => {
  const [stdout, stderr] = [terminal(), terminal()];
  const code = await runDemo({
    json: true,
    stdout: stdout.stream,
    stderr: stderr.stream,
    signal: AbortSignal.timeout(200_000),
  });
  expect(code, stderr.text().slice(-4_000)).toBe(0);
  expect(stdout.text().trim().split('\n')).toHaveLength(1);
  resultSchema.parse(JSON.parse(stdout.text()));
  expect(stderr.text()).toContain('control plane killed');
  expect(stderr.text()).toMatch(/2\.0\.0 \d+ %/);
  expect(await leftOver()).toEqual([]);
});

test('a demo that is interrupted leaves nothing behind either', { timeout: 120_000 }, async () => {
  const running = execa(process.execPath, [program], { reject: false });
  // The first line comes at once; the second when the world is up and the story begins.
  running.stdout.on('data', (part) => {
    if (String(part).includes('Version 1')) running.kill('SIGINT');
  });
  const { exitCode, stderr } = await running;
  expect(exitCode).toBe(1);
  expect(stderr).toContain('it was interrupted');
  expect(await leftOver()).toEqual([]);
});
