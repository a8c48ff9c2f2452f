import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail } from '../../../platform/errors/problem.ts';
import type { Json } from '../../../platform/ids/types.ts';
import type { StepContext } from '../port.ts';
import { type ProgramEnd, programEndSchema } from './decide.ts';
import { findLeftovers, markerOf } from './leftovers.ts';
import { type ShellDeps, shellStep } from './shell.ts';

export type Bench = {
  readonly directory: string;
  readonly logged: { readonly out: string; readonly err: string; readonly note: string };
  run(
    payload: { readonly [part: string]: Json },
    more?: { readonly key?: string; readonly signal?: AbortSignal },
  ): Promise<ProgramEnd>;
  /** What of the work of this key is running. */
  left(key?: string): readonly number[];
  remove(): Promise<void>;
};

const usualKey = 'run/run-1/7/0';

/** A shell step in a directory of its own, with a log in memory and one secret. */
export async function openBench(deps: Partial<ShellDeps> = {}): Promise<Bench> {
  const directory = await mkdtemp(join(tmpdir(), 'tidegate-shell-'));
  const { run } = shellStep({ directory, checkout: async () => undefined, ...deps });
  if (!run) throw new Error('the shell step runs nothing');
  const logged = { out: '', err: '', note: '' };
  return {
    directory,
    logged,
    run: async (payload, { key = usualKey, signal = new AbortController().signal } = {}) => {
      const context: StepContext = {
        subject: {
          ...{ run: 'run-1', pipeline: 'p', step: 'build', attempt: 3, application: 'shop' },
          ...{ release: null, commit: 'c0ffee', actor: 'user:ada', author: null },
        },
        ...{ key, signal },
        secret: async (name) =>
          name === 'token' ? 'hunter2-hunter2' : fail('TG1911', { detail: `No ${name}.` }),
        log: (stream, text) => {
          logged[stream] += text;
        },
      };
      return programEndSchema.parse(await run(payload, context));
    },
    left: (key = usualKey) => findLeftovers({ group: null, marker: markerOf(directory, key) }),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
