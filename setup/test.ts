/* All that CI runs: the checks, then every test with coverage. The last line is `N passed, N failed`. */
import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { runChecks } from './check.ts';
import { bringProgram, bringTree } from './debian.ts';
import { environment, type Outcome, printOutcome } from './steps.ts';
import { buildWeb } from './web.ts';

const root = join(import.meta.dirname, '..');

/** Real things that tests are made against, and the Debian packages that have them. */
const programs = [
  ['prometheus', 'prometheus'],
  ['dockerd', 'docker.io'],
  ['containerd', 'containerd'],
  ['runc', 'runc'],
  ['busybox', 'busybox-static'],
] as const;

async function runTests(args: readonly string[]): Promise<Outcome> {
  const report = join(tmpdir(), `tidegate-tests-${process.pid}.json`);
  const env = environment();
  for (const [program, debianPackage] of programs) {
    const folder = await bringProgram(program, debianPackage);
    if (folder) env.PATH = `${env.PATH}${delimiter}${folder}`;
  }
  const chromium = await bringTree('chromium', ['fonts-dejavu-core']);
  if (chromium) env.TIDEGATE_CHROMIUM = chromium;
  await buildWeb();
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const all = args.length === 0 ? ['--coverage'] : args;
  const code = await new Promise<number>((resolve, reject) => {
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const child = spawn(process.execPath, [vitest, 'run', ...all, ...reporters], {
      cwd: root,
      env,
      stdio: 'inherit',
    });
    child.once('error', reject);
    child.once('exit', (status) => resolve(status ?? 1));
  });
  return await readOutcome(report, code);
}

async function readOutcome(report: string, code: number): Promise<Outcome> {
  const text = await readFile(report, 'utf8').catch(() => '{}');
  await rm(report, { force: true });
  const { numPassedTests = 0, numFailedTests = 0 } = JSON.parse(text) as {
    numPassedTests?: number;
    numFailedTests?: number;
  };
  // A failure that is no test's (coverage too low, a file that does not load) counts as one.
  const failed = code !== 0 && numFailedTests === 0 ? 1 : numFailedTests;
  return { passed: numPassedTests, failed };
}

const given = process.argv.slice(2);
const checked = given.length === 0 ? await runChecks() : { passed: 0, failed: 0 };
const tested = await runTests(given);
printOutcome({
  passed: checked.passed + tested.passed,
  failed: checked.failed + tested.failed,
});
