import { expect, test } from 'vitest';
import { addUp, missing } from './coverage.ts';
import { mutations } from './mutations.ts';
import { simulator } from './run.ts';
import { shrink } from './shrink.ts';

const seeds = 6_000;

test(`what must always hold does, in ${seeds} seeds, and every kind of fault was hit`, async () => {
  const { run } = simulator();
  const hits = new Map<string, number>();
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { violation, hits: own } = await run(seed);
    expect(violation, `npm run simulate -- --seed ${seed}`).toBeNull();
    addUp(hits, own);
  }
  expect(missing(hits)).toEqual([]);
}, 300_000);

test('the same seed tells the same story, and another one another', async () => {
  const stories = await Promise.all(
    [7, 7, 8].map(async (seed) => (await simulator().run(seed)).story()),
  );
  expect(stories[0]).toEqual(stories[1]);
  expect(stories[0]).not.toEqual(stories[2]);
});

test('a failing seed shrinks to what it takes to fail', async () => {
  const { run } = simulator();
  const mutation = mutations.find(([one]) => one.name === 'an event is written twice')?.[0];
  if (!mutation) throw new Error('there is no such mutation');
  for (let seed = 1; ; seed += 1) {
    const { violation, plan } = await run(seed, { mutation });
    if (!violation) continue;
    const again = async (rest: typeof plan) =>
      (await run(seed, { mutation, plan: rest })).violation;
    const shortest = await shrink(plan, violation, again);
    expect(shortest.length).toBeLessThan(plan.length);
    expect((await again(shortest))?.invariant).toBe(violation.invariant);
    for (const one of shortest) {
      const without = await again(shortest.filter((each) => each !== one));
      expect(without?.invariant).not.toBe(violation.invariant);
    }
    return;
  }
});
