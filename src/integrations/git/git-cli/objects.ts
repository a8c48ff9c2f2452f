import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { batchParser, type ObjectRead } from './batch-parser.ts';
import { fixedSettings, type GitOptions, gitEnvironment } from './run.ts';

export type ObjectReader = {
  /** Contents in the order of the ids: null for one larger than `maxBytes`, `missing` for one that is not there. */
  read(ids: readonly string[], maxBytes: number): Promise<readonly ObjectRead[]>;
  close(): Promise<void>;
};

type Running = {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly parser: ReturnType<typeof batchParser>;
};

/**
 * Reads objects through one `git cat-file --batch`, started at the first question and again when it has ended.
 * Answers come in the order of the questions, so any number of readers may ask at once.
 */
export function objectReader(directory: string, options: GitOptions): ObjectReader {
  const held: { running: Running | null } = { running: null };

  const start = (): Running => {
    const child = spawn('git', [...fixedSettings, 'cat-file', '--batch'], {
      cwd: directory,
      env: gitEnvironment(options),
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const parser = batchParser();
    const running = { child, parser };
    const ended = (why: string): void => {
      if (held.running === running) held.running = null;
      parser.fail(new Error(why));
    };
    child.on('error', (error) => ended(error.message));
    child.on('close', (code) => ended(`git cat-file ended with code ${code}`));
    // A write to a process that has ended is told by its close.
    child.stdin.on('error', () => undefined);
    child.stdout.on('data', (chunk: Buffer) => {
      try {
        parser.push(chunk);
      } catch (error) {
        ended(error instanceof Error ? error.message : String(error));
        child.kill('SIGKILL');
      }
    });
    held.running = running;
    return running;
  };

  return {
    async read(ids, maxBytes) {
      const { child, parser } = held.running ?? start();
      const answers = ids.map((id) => parser.expect(id, maxBytes));
      child.stdin.write(ids.map((id) => `${id}\n`).join(''));
      return await Promise.all(answers);
    },
    async close() {
      const child = held.running?.child;
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const closed = once(child, 'close');
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), 2_000);
      await closed;
      clearTimeout(timer);
    },
  };
}
