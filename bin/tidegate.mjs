#!/usr/bin/env node
// Starts Tidegate under the Node that the project pins: the machine's own may be too old to run TypeScript. This file
// itself must therefore run on any Node from 18 on.
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(realpathSync(fileURLToPath(import.meta.url))), '..');
const main = join(root, 'src', 'main.ts');
const [major = '0'] = process.versions.node.split('.');

if (Number(major) >= 26) {
  process.argv[1] = main;
  await import(main);
} else {
  const pinned = join(root, 'node_modules', 'node', 'bin', 'node');
  if (!existsSync(pinned)) {
    console.error(
      `TG1801 Set-up failed: ${pinned} is not there.\n    hint: Run npm start or npm ci in ${root}.`,
    );
    process.exit(1);
  }
  const child = spawn(pinned, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  // The terminal sends Ctrl-C to both; the child decides when to end, and this process ends with it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT') child.kill(signal);
    });
  }
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
  });
}
