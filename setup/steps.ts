import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';

export type Step = { readonly name: string; readonly command: readonly string[] };
export type Outcome = { readonly passed: number; readonly failed: number };

const root = join(import.meta.dirname, '..');

/** Runs each step to its end, prints one line for it, and the whole output of one that failed. */
export async function runSteps(steps: readonly Step[]): Promise<Outcome> {
  const outcome = { passed: 0, failed: 0 };
  for (const step of steps) {
    const since = performance.now();
    const { code, output } = await runStep(step.command);
    const seconds = ((performance.now() - since) / 1000).toFixed(1);
    process.stdout.write(`${code === 0 ? '✓' : '✗'} ${step.name} (${seconds} s)\n`);
    if (code === 0) outcome.passed += 1;
    else {
      outcome.failed += 1;
      process.stdout.write(`${output}\n`);
    }
  }
  return outcome;
}

/** The last line that CI reads; a failure is also the exit code. */
export function printOutcome({ passed, failed }: Outcome): void {
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  if (failed > 0) process.exitCode = 1;
}

async function runStep(command: readonly string[]): Promise<{ code: number; output: string }> {
  const [name = '', ...args] = command;
  const program = name === 'node' ? process.execPath : join(root, 'node_modules', '.bin', name);
  return await new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: root,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const parts: string[] = [];
    child.stdout.on('data', (part) => parts.push(String(part)));
    child.stderr.on('data', (part) => parts.push(String(part)));
    child.once('error', reject);
    child.once('exit', (code) => resolve({ code: code ?? 1, output: parts.join('') }));
  });
}

/** The programs in node_modules/.bin ask for `node`: it must be the pinned one. */
export function environment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}` };
}
