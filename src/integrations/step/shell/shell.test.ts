import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ProblemError, problem } from '../../../platform/errors/problem.ts';
import { type Bench, openBench } from './shell.fixture.ts';

/** A program may take a while to begin on a busy machine. */
const slowly = { timeout: 15_000 };

const own = {} as { bench: Bench };
beforeEach(async () => {
  own.bench = await openBench({
    checkout: async (subject, directory) => {
      await writeFile(join(directory, 'commit'), subject.commit ?? '');
    },
  });
});
afterEach(async () => {
  expect(own.bench.left()).toEqual([]);
  expect(readdirSync(own.bench.directory)).toEqual([]);
  await own.bench.remove();
});

const code = async (promise: Promise<unknown>) =>
  await promise.then(
    () => 'no error',
    (error) => (error instanceof ProblemError ? error.problem.code : error),
  );

test('a script runs to its end, and what it printed is in the log', async () => {
  const end = await own.bench.run({
    script: 'echo one; echo two >&2; printf "three ü" >/dev/stderr\n',
  });
  expect(end).toEqual({ code: 0, signal: null, isLate: false, tail: '', outputs: {} });
  expect(own.bench.logged).toEqual({ out: 'one\n', err: 'two\nthree ü', note: '' });
});

test('a script stops at the first failure and at what is not set', async () => {
  expect(await own.bench.run({ script: 'false\necho reached' })).toMatchObject({ code: 1 });
  expect(await own.bench.run({ script: 'echo "$NOT_SET"\necho reached' })).toMatchObject({
    code: 2,
  });
  expect(own.bench.logged.out).toBe('');
});

test('a command is begun without a shell, its arguments are left as they are', async () => {
  const args = ['$HOME', '; rm -rf /', '`id`', '', 'a b'];
  await own.bench.run({ command: ['printf', '[%s]\n', ...args] });
  expect(own.bench.logged.out).toBe(args.map((arg) => `[${arg}]\n`).join(''));
});

test('the environment holds what is declared and nothing of the worker', async () => {
  process.env.TIDEGATE_SECRET_OTHER = 'of the worker';
  try {
    await own.bench.run({
      command: ['env'],
      env: { PLAIN: 'x y', COUNT: 3, KEY: { secret: 'token' }, TIDEGATE_RUN: 'forged' },
    });
  } finally {
    delete process.env.TIDEGATE_SECRET_OTHER;
  }
  const lines = own.bench.logged.out.trimEnd().split('\n');
  const env = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s)));
  expect(
    Object.keys(env)
      .filter((name) => !['_', 'PWD', 'SHLVL', 'OLDPWD'].includes(name))
      .sort(),
  ).toEqual([
    'COUNT',
    'HOME',
    'KEY',
    'LANG',
    'PATH',
    'PLAIN',
    'TIDEGATE_ATTEMPT',
    'TIDEGATE_GUARD',
    'TIDEGATE_KEY',
    'TIDEGATE_OUTPUT',
    'TIDEGATE_RUN',
    'TIDEGATE_STEP',
    'TMPDIR',
  ]);
  expect(env).toMatchObject({
    ...{ PLAIN: 'x y', COUNT: '3', KEY: 'hunter2-hunter2', LANG: 'C.UTF-8' },
    ...{ TIDEGATE_RUN: 'run-1', TIDEGATE_STEP: 'build', TIDEGATE_ATTEMPT: '3' },
    TIDEGATE_KEY: 'run/run-1/7/0',
  });
  expect(env.HOME).toContain(own.bench.directory);
});

test('it begins in an empty directory of its own, or in the source', async () => {
  await own.bench.run({ script: 'test "$PWD" = "$HOME"; ls -A; touch here' });
  await own.bench.run({ script: 'ls -A; cat commit', checkout: true });
  expect(own.bench.logged.out).toBe('commit\nc0ffee');
});

test('outputs are what it wrote into TIDEGATE_OUTPUT', async () => {
  const script =
    'echo "image=shop@sha256:1=2" >>"$TIDEGATE_OUTPUT"\necho >>"$TIDEGATE_OUTPUT"\necho n=1 >>"$TIDEGATE_OUTPUT"\necho n=2 >>"$TIDEGATE_OUTPUT"';
  expect((await own.bench.run({ script })).outputs).toEqual({ image: 'shop@sha256:1=2', n: '2' });
});

test.each([
  ['no line NAME=VALUE', 'echo nonsense >"$TIDEGATE_OUTPUT"', 'TG1907'],
  ['a name that is none', 'echo 1a=x >"$TIDEGATE_OUTPUT"', 'TG1907'],
  ['a name that every object has', 'echo __proto__=x >"$TIDEGATE_OUTPUT"', 'TG1907'],
  ['no text', 'printf "a=\\000" >"$TIDEGATE_OUTPUT"', 'TG1907'],
  ['too much', 'head -c 17000 /dev/zero | tr "\\0" x >"$TIDEGATE_OUTPUT"', 'TG1915'],
  ['a link', 'ln -sf /etc/passwd "$TIDEGATE_OUTPUT"', 'TG1915'],
  ['a pipe that nobody writes to', 'rm "$TIDEGATE_OUTPUT"; mkfifo "$TIDEGATE_OUTPUT"', 'TG1915'],
])('outputs that are %s are refused, and hide no failure', async (_name, script, expected) => {
  expect(await code(own.bench.run({ script }))).toBe(expected);
  expect(await own.bench.run({ script: `${script}\nexit 3` })).toMatchObject({
    code: 3,
    outputs: {},
  });
});

test('a failure is told with its code and its last lines, without secrets', async () => {
  const script = 'seq 1 20; echo "token is $KEY" >&2; echo "second" >&2; exit 4';
  const end = await own.bench.run({ script, env: { KEY: { secret: 'token' } } });
  expect(end).toMatchObject({ code: 4, tail: 'token is ***\nsecond' });
  expect(await own.bench.run({ script: 'seq 1 20; exit 1' })).toMatchObject({
    tail: '16\n17\n18\n19\n20',
  });
  expect(await own.bench.run({ script: 'kill -SEGV $$' })).toMatchObject({
    code: null,
    signal: 'SIGSEGV',
  });
});

test('a program that is not there is told from one that ends with 127', async () => {
  expect(await code(own.bench.run({ command: ['no-such-program'] }))).toBe('TG1912');
  expect(await code(own.bench.run({ command: ['./no-such-program'] }))).toBe('TG1912');
  expect(await code(own.bench.run({ command: ['/etc/passwd'] }))).toBe('TG1912');
  expect(await code(own.bench.run({ command: [''] }))).toBe('TG1912');
  expect(await own.bench.run({ script: 'exit 127' })).toMatchObject({ code: 127 });
  expect(await code(own.bench.run({ script: 'true', env: { X: { secret: 'other' } } }))).toBe(
    'TG1911',
  );
});

test('what takes too long is asked to end, and then ended', async () => {
  const polite = 'trap "echo bye; exit 0" TERM; echo up; while true; do sleep 0.1; done';
  expect(await own.bench.run({ script: polite, timeout: 500 })).toMatchObject({
    code: 0,
    isLate: true,
  });
  expect(own.bench.logged.out).toBe('up\nbye\n');
  const begin = performance.now();
  const stubborn = 'trap "" TERM; echo up; while true; do sleep 0.1; done';
  expect(await own.bench.run({ script: stubborn, timeout: 300 })).toMatchObject({
    code: null,
    signal: 'SIGKILL',
    isLate: true,
  });
  expect(performance.now() - begin).toBeGreaterThan(5_000);
});

test('what it leaves behind is ended with it, also in a session of its own', async () => {
  const script =
    'sleep 1000 & setsid sleep 1000 & (setsid sh -c "sleep 1000 & sleep 1000" &) ; sleep 0.2; echo up';
  const begin = performance.now();
  expect(await own.bench.run({ script })).toMatchObject({ code: 0 });
  expect(performance.now() - begin).toBeLessThan(4_000);
  expect(own.bench.logged.out).toBe('up\n');
});

test('aborted, all of it is ended and the reason is passed on', async () => {
  const abort = new AbortController();
  const stopped = new ProblemError(problem('TG1705', { detail: 'stopped' }));
  const script = 'sleep 1000 & setsid sleep 1000 & echo up; wait';
  const running = own.bench.run({ script }, { signal: abort.signal });
  await expect.poll(() => own.bench.logged.out, slowly).toBe('up\n');
  expect(own.bench.left().length).toBeGreaterThanOrEqual(3);
  abort.abort(stopped);
  expect(await running.catch((error) => error)).toBe(stopped);
});

test('what was stopped before anything began does nothing', async () => {
  const script = 'echo ran';
  const signal = AbortSignal.abort(new Error('no'));
  await expect(own.bench.run({ script }, { signal })).rejects.toThrow('no');
  expect(own.bench.logged.out).toBe('');
});

test('leftovers and directories of an earlier try of the same work are ended first, of other work not', async () => {
  const abort = new AbortController();
  const quiet = 'trap "" TERM; echo up; sleep 1000';
  const first = own.bench.run({ script: quiet }, { signal: abort.signal }).catch(() => null);
  const other = own.bench
    .run({ script: quiet }, { key: 'other', signal: abort.signal })
    .catch(() => null);
  await expect.poll(() => own.bench.logged.out, slowly).toBe('up\nup\n');
  const before = own.bench.left();
  expect(await own.bench.run({ script: 'echo second' })).toMatchObject({ code: 0 });
  expect(own.bench.logged.note).toMatch(/^Ended \d processes/);
  for (const pid of before) expect(own.bench.left()).not.toContain(pid);
  expect(own.bench.left('other').length).toBeGreaterThan(0);
  abort.abort();
  await Promise.all([first, other]);
  expect(own.bench.left('other')).toEqual([]);
});

test('a lot of output does not hold the program up, nor the worker', async () => {
  const begin = performance.now();
  const end = await own.bench.run({
    script: 'head -c 60000000 /dev/zero | tr "\\0" x; echo; echo end; exit 1',
  });
  expect(end.tail.endsWith('end')).toBe(true);
  expect(end.tail.length).toBeLessThan(700);
  expect(own.bench.logged.out.length).toBeLessThan(5_000_000);
  expect(performance.now() - begin).toBeLessThan(15_000);
});

test('a program whose guardian was ended is ended too, and tried again', async () => {
  const running = own.bench.run({ script: 'echo $$; sleep 1000' });
  await expect.poll(() => own.bench.logged.out, slowly).not.toBe('');
  const [leader = ''] = own.bench.logged.out.split('\n');
  const found = execFileSync('pgrep', ['-f', `guardian ${leader} TIDEGATE_GUARD`]).toString();
  process.kill(Number(found.trim()), 'SIGKILL');
  await expect(running).rejects.toThrow('guardian');
});

test('a directory that it made read-only is removed all the same', async () => {
  await own.bench.run({ script: 'mkdir -p a/b; touch a/b/c; chmod 500 a/b; chmod 000 a' });
});
