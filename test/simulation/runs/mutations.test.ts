import { expect, test } from 'vitest';
import { simulator } from '../run.ts';
import { runMutations } from './mutations.ts';
import { hasRuns } from './pipelines.ts';

const most = 500;

test.each(
  runMutations.map(([mutation, ...caughtBy]) => ({ name: mutation.name, mutation, caughtBy })),
)('caught: $name', async ({ mutation, caughtBy }) => {
  const { run } = simulator();
  for (let seed = 1; seed <= most; seed += 1) {
    if (!hasRuns(seed)) continue;
    const { violation } = await run(seed, { mutation });
    if (violation === null) continue;
    expect(caughtBy).toContain(violation.invariant);
    return;
  }
  throw new Error(`${mutation.name} was not caught by ${most} seeds`);
});
