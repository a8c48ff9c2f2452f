import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/support/postgres.ts';
import { fail, ProblemError, problem } from '../../platform/errors/problem.ts';
import { effectOf, handlerOf, insertRun } from './effects.fixture.ts';
import { logTuning } from './logs.ts';
import { readLogs } from './logs-store.ts';

const world = {} as { fresh: FreshDatabase };
beforeAll(async () => {
  world.fresh = await freshDatabase();
});
afterAll(() => world.fresh.drop());

const db = () => world.fresh.db;
const signal = new AbortController().signal;
const logOf = async (run: string) =>
  (await readLogs(db(), { run, step: null, after: 0, limit: 500 })).map(
    ({ step, attempt, stream, text }) => ({ step, attempt, stream, text }),
  );

test('a kind that does something has a handler, in its own lane; another has none', async () => {
  const short = handlerOf(db(), async () => null, { kind: 'http' });
  expect([short.kind, short.lane]).toEqual(['step.http', 'short']);
  expect(handlerOf(db(), async () => null, { lane: 'long' }).lane).toBe('long');
});

test('what it prints is in the log before it ends, and no secret in any of it', async () => {
  await insertRun(db(), 'run-a');
  const handler = handlerOf(db(), async ({ secret, log, subject }) => {
    log('out', 'before\n');
    const token = await secret('token');
    log('out', `token ${token.slice(0, 5)}`);
    log('err', 'beside it\n');
    log('out', `${token.slice(5)} and ${Buffer.from(token).toString('base64')}\n`);
    const key = await secret('key');
    log('note', key);
    return { step: subject.step, said: `it is ${token}`, [token]: [encodeURIComponent(key)] };
  });
  expect(await handler.run(effectOf('run-a', 'build', 3), 'k', signal)).toEqual({
    ...{ step: 'build', said: 'it is ***' },
    '***': ['***'],
  });
  expect(await logOf('run-a')).toEqual([
    { step: 'build', attempt: 3, stream: 'out', text: 'before\ntoken ' },
    { step: 'build', attempt: 3, stream: 'err', text: 'beside it\n' },
    { step: 'build', attempt: 3, stream: 'out', text: '*** and ***\n' },
    { step: 'build', attempt: 3, stream: 'note', text: '***' },
  ]);
});

test('what it fails with shows no secret, and is of the same kind of failure', async () => {
  await insertRun(db(), 'run-b');
  const failing = (end: (token: string) => never) =>
    handlerOf(db(), async ({ secret }) => end(await secret('token')))
      .run(effectOf('run-b'), 'k', signal)
      .catch((error) => (error instanceof ProblemError ? error.problem : error));
  expect(
    await failing((token) =>
      fail('TG1921', { detail: `no ${token}`, data: { url: [`?t=${token}`] } }),
    ),
  ).toMatchObject({ code: 'TG1921', detail: 'no ***', data: { url: ['?t=***'] } });
  expect(
    await failing((token) => {
      throw new Error(`refused ${token}`);
    }),
  ).toMatchObject({ code: 'TG1704', detail: 'refused ***' });
});

test('a secret that is not declared, or not there, is TG1911', async () => {
  await insertRun(db(), 'run-c');
  const handler = handlerOf(db(), ({ secret }) => secret('other'));
  await expect(handler.run(effectOf('run-c'), 'k', signal)).rejects.toThrow('TG1911');
});

test('stopped before it begins: what is short does nothing, what is long clears up', async () => {
  await insertRun(db(), 'run-d');
  const stopped = AbortSignal.abort(new ProblemError(problem('TG1705', { detail: 'stopped' })));
  const ran: string[] = [];
  const run = (name: string) => async () => {
    ran.push(name);
    return null;
  };
  const short = handlerOf(db(), run('short'), { kind: 'http' });
  await expect(short.run(effectOf('run-d'), 'k', stopped)).rejects.toThrow('TG1705');
  const long = handlerOf(db(), run('long'), { lane: 'long' });
  await long.run(effectOf('run-d'), 'k', stopped);
  expect(ran).toEqual(['long']);
});

test('a log has a bound, with a note; a second try of the attempt shares it and says so', async () => {
  await insertRun(db(), 'run-e');
  const tuning = { ...logTuning, bytes: 100, row: 40, pause: 10 };
  const print = (text: string) =>
    handlerOf(
      db(),
      async ({ log }) => {
        log('out', text);
        return null;
      },
      { tuning },
    );
  await print('ü'.repeat(30)).run(effectOf('run-e'), 'k', signal);
  await print('x'.repeat(90)).run(effectOf('run-e'), 'k', signal);
  await print('y'.repeat(90)).run(effectOf('run-e', 'build', 2), 'k', signal);
  const rows = await logOf('run-e');
  const first = rows.filter(({ attempt }) => attempt === 1);
  expect(first.filter(({ stream }) => stream === 'note').map(({ text }) => text)).toEqual([
    expect.stringContaining('once more'),
    expect.stringContaining('more than 100 bytes'),
  ]);
  const printed = first.filter(({ stream }) => stream === 'out').map(({ text }) => text);
  expect(printed.join('')).toBe(`${'ü'.repeat(30)}${'x'.repeat(40)}`);
  expect(Math.max(...printed.map((text) => text.length))).toBeLessThanOrEqual(40);
  expect(
    rows
      .filter(({ attempt }) => attempt === 2)
      .map(({ text }) => text)
      .join(''),
  ).toBe('y'.repeat(90));
});

test('what PostgreSQL cannot keep is replaced, and no half of a letter is cut', async () => {
  await insertRun(db(), 'run-f');
  const tuning = { ...logTuning, bytes: 21, row: 5 };
  const handler = handlerOf(
    db(),
    async ({ log }) => {
      log('out', 'a\0b\ud800');
      log('out', '😀😀😀😀');
      return null;
    },
    { tuning },
  );
  await handler.run(effectOf('run-f'), 'k', signal);
  const rows = await logOf('run-f');
  const printed = rows.filter(({ stream }) => stream === 'out').map(({ text }) => text);
  expect(printed.join('')).toBe('a\ufffdb\ufffd😀😀😀');
  for (const text of printed) expect(text.isWellFormed()).toBe(true);
});

test('a log that cannot be stored costs its step nothing, and is stored when it can be', async () => {
  await insertRun(db(), 'run-g');
  const away = { times: 2 };
  const sql = {
    query: async <Row>(text: string, values?: readonly unknown[]) => {
      if (text.includes('written') && away.times > 0) {
        away.times -= 1;
        throw new Error('connection terminated');
      }
      return await db().query<Row>(text, values);
    },
  };
  const tuning = { ...logTuning, pause: 5, again: 20 };
  const handler = handlerOf(
    sql,
    async ({ log }) => {
      log('out', 'kept');
      return 'done';
    },
    { tuning },
  );
  expect(await handler.run(effectOf('run-g'), 'k', signal)).toBe('done');
  expect((await logOf('run-g')).map(({ text }) => text)).toEqual(['kept']);
  const nowhere = handlerOf(
    db(),
    async ({ log }) => {
      log('out', 'x');
      return 'done';
    },
    { tuning },
  );
  expect(await nowhere.run(effectOf('run-gone'), 'k', signal)).toBe('done');
});

test('writers of one run that go on at once are read in order, each to its end', async () => {
  await insertRun(db(), 'run-h');
  const tuning = { ...logTuning, pause: 1 };
  const writers = Array.from({ length: 6 }, (_, n) =>
    handlerOf(
      db(),
      async ({ log }) => {
        for (let at = 0; at < 30; at += 1) {
          log('out', `${at}\n`);
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
        return null;
      },
      { tuning },
    ).run(effectOf('run-h', `s${n}`), 'k', signal),
  );
  const seen: { step: string; text: string }[] = [];
  const over = { is: false };
  const all = Promise.all(writers).then(() => {
    over.is = true;
  });
  let after = 0;
  for (let isLast = false; ; ) {
    const rows = await readLogs(db(), { run: 'run-h', step: null, after, limit: 500 });
    seen.push(...rows);
    after = rows.at(-1)?.id ?? after;
    if (isLast) break;
    isLast = over.is;
  }
  await all;
  const expected = Array.from({ length: 30 }, (_, at) => `${at}\n`).join('');
  for (let n = 0; n < 6; n += 1) {
    expect(
      seen
        .filter(({ step }) => step === `s${n}`)
        .map(({ text }) => text)
        .join(''),
    ).toBe(expected);
  }
});
