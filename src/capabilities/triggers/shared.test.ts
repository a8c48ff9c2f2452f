import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { GitRepository, GitResult } from '../../integrations/git/port.ts';
import { batched } from './batch.ts';
import { sharedHeads } from './heads.ts';

type Fetch = { readonly branch: string; answer(head: string): void; fail(): void };

/** A repository whose answers come when the test says so. */
function slowGit() {
  const asked: Fetch[] = [];
  const fetch = (branch: string): Promise<GitResult<string>> => {
    const { promise, resolve, reject } = Promise.withResolvers<GitResult<string>>();
    asked.push({
      branch,
      answer: (value) => resolve({ ok: true, value }),
      fail: () => reject(new Error('gone')),
    });
    return promise;
  };
  return { asked, git: () => ({ fetch }) as unknown as GitRepository };
}

const heads = () => {
  const slow = slowGit();
  const time = { now: 0 };
  return { ...slow, time, shared: sharedHeads(slow.git, () => time.now) };
};
const value = async (result: Promise<GitResult<string>>) => {
  const found = await result;
  return found.ok ? found.value : found.problem.code;
};

test('those who ask at the same time share one question, and its answer for ten seconds', async () => {
  const { asked, time, shared } = heads();
  const many = [1, 2, 3].map(() => value(shared.head('a', 'main', false)));
  expect(asked).toHaveLength(1);
  asked[0]?.answer('one');
  expect(await Promise.all(many)).toEqual(['one', 'one', 'one']);
  time.now = 9_999;
  expect(await value(shared.head('a', 'main', false))).toBe('one');
  time.now = 10_000;
  void shared.head('a', 'main', false);
  void shared.head('a', 'other', false);
  void shared.head('b', 'main', false);
  expect(asked.map((one) => one.branch)).toEqual(['main', 'main', 'other', 'main']);
});

test('who heard that somebody pushed is answered by a question that was asked after that', async () => {
  const { asked, shared } = heads();
  const before = value(shared.head('a', 'main', true));
  const later = [1, 2].map(() => value(shared.head('a', 'main', true)));
  expect(asked).toHaveLength(1);
  asked[0]?.answer('old');
  expect(await before).toBe('old');
  await setImmediate();
  expect(asked).toHaveLength(2);
  asked[1]?.answer('new');
  expect(await Promise.all(later)).toEqual(['new', 'new']);
  expect(await value(shared.head('a', 'main', false))).toBe('new');
});

test('a question that breaks is asked again by whoever waits', async () => {
  const { asked, shared } = heads();
  const first = shared.head('a', 'main', true).catch((error: Error) => error.message);
  const second = value(shared.head('a', 'main', true));
  asked[0]?.fail();
  expect(await first).toBe('gone');
  await setImmediate();
  asked[1]?.answer('well');
  expect(await second).toBe('well');
});

test('work of one turn is one batch, bounded, and what comes meanwhile is the next', async () => {
  const batches: number[][] = [];
  const double = batched<number, number>(async (batch) => {
    batches.push([...batch]);
    await setImmediate();
    return batch.map((one) => one * 2);
  }, 3);
  const many = [1, 2, 3, 4].map(double);
  await setImmediate();
  many.push(double(5));
  expect(await Promise.all(many)).toEqual([2, 4, 6, 8, 10]);
  expect(batches).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
});

test('one that cannot be done fails none beside it', async () => {
  const careful = batched<number, number>(async (batch) => {
    if (batch.includes(2)) throw new Error('not two');
    return batch;
  }, 10);
  const settled = await Promise.allSettled([1, 2, 3].map(careful));
  expect(settled.map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  const short = batched<number, number>(async () => [], 10);
  await expect(short(1)).rejects.toThrow('too few');
});
