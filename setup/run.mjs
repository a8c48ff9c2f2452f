/*
 * Runs a program of this project on its pinned Node, after bringing what the lock file asks for. It must itself
 * run on an older Node (20): plain JavaScript, nothing but the standard library.
 *
 *   node setup/run.mjs [--web] PROGRAM [ARGUMENTS …]     --web: with the dashboard built, where its sources changed
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const node = join(root, 'node_modules', 'node', 'bin', 'node');
const stamp = join(root, 'node_modules', '.installed');

try {
  await install();
  const env = { PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
  const asked = process.argv.slice(2);
  const program = asked[0] === '--web' ? asked.slice(1) : asked;
  const built = program === asked ? 0 : await run(node, [join(root, 'setup', 'web.ts')], env);
  process.exitCode = built === 0 ? await run(node, program, env) : built;
} catch (error) {
  process.stderr.write(
    `TG1801 Set-up failed: ${error.message}\n    hint: mend what is said above and run it again.\n`,
  );
  process.exitCode = 1;
}

/** Installs when the lock file is not the one that was installed last. */
async function install() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(node) && existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  process.stderr.write('Installing what package-lock.json names (once; about a minute) …\n');
  rmSync(stamp, { force: true });
  const since = Date.now();
  const ticking = setInterval(() => {
    process.stderr.write(`  still installing, ${Math.round((Date.now() - since) / 1000)} s\n`);
  }, 10_000);
  try {
    await npmInstall();
  } finally {
    clearInterval(ticking);
  }
  if (!existsSync(node))
    throw new Error(
      'the package "node" did not bring its program; are install scripts switched off?',
    );
  writeFileSync(stamp, lock);
  process.stderr.write(`Installed in ${Math.round((Date.now() - since) / 1000)} s.\n`);
}

async function npmInstall() {
  const cli = process.env.npm_execpath;
  const args = [
    'ci',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--no-progress',
    '--ignore-scripts=false',
  ];
  const code = cli?.endsWith('.js')
    ? await run(process.execPath, [cli, ...args], {})
    : await run('npm', args, {});
  if (code !== 0) throw new Error(`npm ci ended with code ${code}`);
}

/** Runs a child to its end; signals sent to this process reach it. Gives its exit code as a shell would. */
function run(command, args, env) {
  return new Promise((resolve, reject) => {
    const quiet = args.includes('ci');
    const child = spawn(command, args, {
      cwd: quiet ? root : process.cwd(),
      // Standard output belongs to the program that is run: npm's own words go to standard error.
      stdio: ['inherit', quiet ? process.stderr : 'inherit', 'inherit'],
      env: { ...process.env, ...env },
    });
    const pass = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, pass);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      for (const name of signals) process.off(name, pass);
      resolve(signal ? 128 + constants.signals[signal] : code);
    });
  });
}
