import { expect, test } from 'vitest';
import { inSlices, oneAtATime } from './slices.ts';

function* counting(until: number): Generator<undefined, number> {
  for (let at = 0; at < until; at += 1) {
    const busy = performance.now() + 1;
    while (performance.now() < busy);
    yield;
  }
  return until;
}

test('work is done in slices, between which the process does other things', async () => {
  let others = 0;
  const timer = setInterval(() => {
    others += 1;
  }, 1);
  expect(await inSlices(counting(100), new AbortController().signal)).toBe(100);
  clearInterval(timer);
  expect(others).toBeGreaterThanOrEqual(5);
});

test('work that nobody waits for any more stops', async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 20);
  expect(await inSlices(counting(1_000_000), stop.signal)).toBeNull();
});

test('one is let in at a time, in their order, and not too many wait', async () => {
  const turn = oneAtATime(2);
  const entered: number[] = [];
  const come = (at: number) =>
    turn.enter().then((is) => {
      if (is) entered.push(at);
      return is;
    });
  expect(await come(1)).toBe(true);
  const [second, third] = [come(2), come(3)];
  expect(await come(4)).toBe(false);
  expect(entered).toEqual([1]);
  turn.leave();
  await second;
  expect(entered).toEqual([1, 2]);
  turn.leave();
  await third;
  turn.leave();
  expect(await come(5)).toBe(true);
  expect(entered).toEqual([1, 2, 3, 5]);
});
