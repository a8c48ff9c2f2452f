/* Types, lint, format, size ratchets and the import rule: `npm run check`. */
import { type Outcome, printOutcome, runSteps } from './steps.ts';

export const checks = [
  { name: 'types', command: ['tsc', '-p', '.'] },
  { name: 'types of the dashboard', command: ['tsc', '-p', 'web', '--noEmit'] },
  { name: 'lint, format and sizes', command: ['biome', 'check', '--error-on-warnings', '.'] },
  {
    name: 'import rule',
    command: [
      'depcruise',
      '--config',
      '.dependency-cruiser.mjs',
      'src',
      'test',
      'examples',
      'setup',
      'web/src',
    ],
  },
  { name: 'generated reference is up to date', command: ['node', 'setup/docs.ts', '--check'] },
] as const;

export async function runChecks(): Promise<Outcome> {
  return await runSteps(checks);
}

if (import.meta.main) printOutcome(await runChecks());
