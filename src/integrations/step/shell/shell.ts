import { constants } from 'node:fs';
import { access, stat, writeFile } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { fail } from '../../../platform/errors/problem.ts';
import { createMasker, type Masker } from '../../../platform/text/mask.ts';
import type { StepAdapter, StepContext, StepSubject } from '../port.ts';
import { keepPrinted, lastWords } from '../printed.ts';
import { decideShell, type ProgramEnd, type ShellEffect, shellEffectSchema } from './decide.ts';
import { startGuarded } from './guarded.ts';
import { endWork, markerName, markerOf } from './leftovers.ts';
import { largestOutputs, parseOutputs } from './outputs.ts';
import { readPipe } from './read-pipe.ts';
import {
  openWorkspace,
  readBounded,
  removeLeftDirectories,
  removeTree,
  type Workspace,
} from './workspace.ts';

export type ShellDeps = {
  /** Where programs work, each in a directory of its own that is removed afterwards. */
  readonly directory: string;
  /**
   * Writes the source of the run's application at the run's commit into a directory that is empty. Throws a ProblemError
   * when there is none.
   */
  readonly checkout: (subject: StepSubject, directory: string) => Promise<void>;
  /** PATH of programs; that of the worker when left out. */
  readonly path?: string;
};

/** Longest time of one program; the engine ends what runs for 24 h without asking. */
const longest = 86_400_000 - 60_000;
/** Milliseconds for what was printed to arrive when nobody is left to print. */
const patience = 2_000;

/**
 * Runs a program or a script on the worker. It may come twice: the key is in its environment, what an earlier try left
 * running on this machine is ended first, and nothing of it survives its worker.
 */
export function shellStep(deps: ShellDeps): StepAdapter {
  const directory = resolve(deps.directory);
  return {
    kind: 'shell',
    lane: 'long',
    decide: decideShell,
    async run(payload, context) {
      const marker = markerOf(directory, context.key);
      const left = await endWork({ group: null, marker }, 0);
      await removeLeftDirectories(directory, context.key);
      if (left > 0) context.log('note', `Ended ${left} processes that an earlier try had left.\n`);
      context.signal.throwIfAborted();
      const effect = shellEffectSchema.parse(payload);
      const workspace = await openWorkspace(directory, context.key);
      try {
        return await runIn(workspace, marker, deps, effect, context);
      } finally {
        await removeTree(workspace.root);
      }
    },
  };
}

async function runIn(
  workspace: Workspace,
  marker: string,
  deps: ShellDeps,
  effect: ShellEffect,
  context: StepContext,
): Promise<ProgramEnd> {
  const masker = createMasker();
  const env = await environmentOf(workspace, marker, deps, effect, context, masker);
  if (effect.checkout) await deps.checkout(context.subject, workspace.work);
  const command = await commandOf(workspace, effect, env.PATH ?? '');
  context.signal.throwIfAborted();
  const program = await startGuarded({
    ...{ command, env, cwd: workspace.work, directory: workspace.root },
    marker: `${markerName}=${marker}`,
  });
  const out = keepPrinted('out', context.log);
  const err = keepPrinted('err', context.log);
  const read = Promise.all([readPipe(program.stdout, out), readPipe(program.stderr, err)]);
  try {
    const how = await untilOver(program, context.signal, Math.min(effect.timeout, longest));
    await endWork({ group: program.pid, marker });
    program.release();
    const { code, signal } = await program.exit;
    await Promise.race([read, wait(patience)]);
    if (how === 'stopped') context.signal.throwIfAborted();
    if (how === 'unguarded') throw new Error('the guardian of the program was ended');
    const isWell = code === 0 && how === 'exited';
    const tail = isWell ? '' : lastWords(err, out, masker.mask);
    const outputs = await outputsOf(workspace, isWell);
    return { code, signal, isLate: how === 'late', tail, outputs };
  } finally {
    program.stdout.destroy();
    program.stderr.destroy();
  }
}

type How = 'exited' | 'late' | 'stopped' | 'unguarded';

/** What came first. */
async function untilOver(
  program: Awaited<ReturnType<typeof startGuarded>>,
  signal: AbortSignal,
  timeout: number,
): Promise<How> {
  const over = Promise.withResolvers<How>();
  const stop = () => over.resolve('stopped');
  const timer = setTimeout(() => over.resolve('late'), timeout);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  void program.exit.then(() => over.resolve('exited'));
  void program.unguarded.then(() => over.resolve('unguarded'));
  try {
    return await over.promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

const wait = (milliseconds: number) =>
  new Promise<void>((resolved) => {
    setTimeout(resolved, milliseconds).unref();
  });

/** Nothing of the worker's own environment is in it but where programs are. */
async function environmentOf(
  workspace: Workspace,
  marker: string,
  deps: ShellDeps,
  { env }: ShellEffect,
  { subject, key, secret }: StepContext,
  masker: Masker,
): Promise<{ readonly [name: string]: string }> {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (typeof value === 'string') own[name] = value;
    else {
      own[name] = await secret(value.secret);
      masker.add(own[name]);
    }
  }
  return {
    PATH: deps.path ?? process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: workspace.work,
    TMPDIR: workspace.temporary,
    LANG: 'C.UTF-8',
    ...own,
    TIDEGATE_RUN: subject.run,
    TIDEGATE_STEP: subject.step,
    TIDEGATE_ATTEMPT: String(subject.attempt),
    TIDEGATE_KEY: key,
    TIDEGATE_OUTPUT: workspace.output,
    [markerName]: marker,
  };
}

async function commandOf(
  { work, script }: Workspace,
  effect: ShellEffect,
  path: string,
): Promise<readonly string[]> {
  if (effect.script !== undefined) {
    await writeFile(script, effect.script, { mode: 0o600 });
    return ['/bin/sh', '-eu', script];
  }
  const [program = '', ...args] = effect.command ?? [];
  return [await findProgram(program, path, work), ...args];
}

/** As execvp(3) would find it. TG1912 when there is none: the exit code would not tell it from one of the program's own. */
async function findProgram(program: string, path: string, work: string): Promise<string> {
  const places = program.includes('/')
    ? [isAbsolute(program) ? program : join(work, program)]
    : path.split(delimiter).map((directory) => join(resolve(work, directory || '.'), program));
  for (const place of program === '' ? [] : places) {
    if (await isProgram(place)) return place;
  }
  return fail('TG1912', { detail: `There is no program ${program || '""'} that can be run.` });
}

async function isProgram(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => null);
  if (!facts?.isFile()) return false;
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Of a program that failed, outputs that cannot be read are none: they must not hide why it failed. */
async function outputsOf(workspace: Workspace, isWhole: boolean) {
  const text = await readBounded(workspace.output, largestOutputs);
  const parsed = text === null ? null : parseOutputs(text);
  if (parsed?.ok) return parsed.values;
  if (!isWhole) return {};
  if (parsed === null)
    return fail('TG1915', {
      detail: `TIDEGATE_OUTPUT has more than ${largestOutputs} bytes, or is no file any more.`,
    });
  return fail('TG1907', {
    detail: parsed.detail,
    hint: 'Write one line NAME=VALUE for each output.',
  });
}
