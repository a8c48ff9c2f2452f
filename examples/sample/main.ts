/*
 * npm run sample -- --version 2.0.0 [--error-rate 0.05] [--slow-ms 500] [--never-ready] [--home DIR]
 *
 * A developer's day in the sample workspace: commits a new version of the probe to its repository, makes a release
 * of it, and promotes it through staging to production. Beside `npm start`, which must be running.
 */
import { parseArgs } from 'node:util';
import { runCli } from '../../src/cli/cli.ts';
import { homePaths } from '../../src/platform/config/home.ts';
import { createWorkspace, publishProbeVersion } from '../../src/workspace/workspace.ts';

const { values } = parseArgs({
  options: {
    version: { type: 'string', default: '2.0.0' },
    'error-rate': { type: 'string', default: '0' },
    'slow-ms': { type: 'string', default: '0' },
    'never-ready': { type: 'boolean', default: false },
    home: { type: 'string' },
  },
});
if (values.home) process.env.TIDEGATE_HOME = values.home;

const workspace = await createWorkspace({ directory: homePaths().workspace });
const commit = await publishProbeVersion(workspace, {
  version: values.version,
  faults: {
    errorRate: Number(values['error-rate']),
    slowMs: Number(values['slow-ms']),
    neverReady: values['never-ready'],
  },
});
process.stdout.write(`Commit ${commit.slice(0, 12)} in ${workspace.services.probe}\n`);

const because = `Version ${values.version}`;
const steps = [
  ['release', 'probe', '--ref', commit],
  ['promote', 'probe', '--env', 'staging', '--release', commit, '--reason', because, '--wait'],
  ['promote', 'probe', '--env', 'production', '--release', commit, '--reason', because, '--wait'],
];
for (const step of steps) {
  process.stdout.write(`\n$ tidegate ${step.join(' ')}\n`);
  process.exitCode = await runCli(step);
  if (process.exitCode !== 0) break;
}
