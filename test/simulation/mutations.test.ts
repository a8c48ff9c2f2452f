import { expect, test } from 'vitest';
import { mutations } from './mutations.ts';
import { simulator } from './run.ts';

const most = 500;
/** Where worlds begin is worked out without any fault, and so once for all of them. */
const { run } = simulator();

test.each(
  mutations.map(([mutation, ...caughtBy]) => ({ name: mutation.name, mutation, caughtBy })),
)(
  'caught: $name',
  async ({ mutation, caughtBy }) => {
    for (let seed = 1; seed <= most; seed += 1) {
      const { violation } = await run(seed, { mutation });
      if (violation === null) continue;
      expect(caughtBy).toContain(violation.invariant);
      return;
    }
    throw new Error(`${mutation.name} was not caught by ${most} seeds`);
  },
  120_000,
);
