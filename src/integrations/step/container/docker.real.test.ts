import Docker from 'dockerode';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startDocker, type TestDocker, whyNoDocker } from '../../../../test/support/docker.ts';
import { startRegistry } from '../../../../test/support/registry.ts';
import { fail, ProblemError, problem } from '../../../platform/errors/problem.ts';
import type { Json } from '../../../platform/ids/types.ts';
import type { StepContext } from '../port.ts';
import { containerStep, nameOf } from './container.ts';
import { type ContainerEnd, containerEndSchema } from './decide.ts';
import { dockerRunner } from './docker.ts';
import { removeOrphans } from './orphans.ts';

const reason = await whyNoDocker();
const own = {} as { docker: TestDocker; engine: Docker };

/** One worker's step, with a log in memory. */
const bench = (key: string, socketPath = own.docker.socketPath) => {
  const logged = { out: '', err: '', note: '' };
  const unfinished = new Set([key]);
  const runner = dockerRunner({ socketPath });
  const deps = { runner, owner: 'test', unfinished: async () => unfinished };
  const { run } = containerStep(deps);
  if (!run) throw new Error('the container step runs nothing');
  return {
    ...{ logged, unfinished, deps },
    name: nameOf('test', key),
    run: async (
      payload: { readonly [part: string]: Json },
      signal = new AbortController().signal,
    ): Promise<ContainerEnd> => {
      const context: StepContext = {
        subject: {
          ...{ run: 'run-1', pipeline: 'p', step: 'build', attempt: 2, application: null },
          ...{ release: null, commit: null, actor: 'user:ada', author: null },
        },
        ...{ key, signal },
        secret: async (name) =>
          name === 'token' ? 'hunter2-hunter2' : fail('TG1911', { detail: `No ${name}.` }),
        log: (stream, text) => {
          logged[stream] += text;
        },
      };
      const until = new Date(Date.now() + 60_000).toISOString();
      const usual = { image: own.docker?.image ?? 'x:1', network: 'none', memory: '32Mi', until };
      return containerEndSchema.parse(await run({ ...usual, ...payload }, context));
    },
  };
};

/** A container may take a while to begin on a busy machine. */
const slowly = { timeout: 15_000 };

const sh = (script: string) => ({ command: ['/bin/sh', '-euc', script] });
const names = async () =>
  (await own.engine.listContainers({ all: true })).flatMap(({ Names }) => Names);
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error) => (error instanceof ProblemError ? error.problem.code : error),
  );

/** Against a real engine; where none can be started, the name of the test says why it was skipped. */
const real = (name: string, run: () => Promise<void>) =>
  test.skipIf(reason !== null)(reason === null ? name : `${name} (skipped: ${reason})`, run);

beforeAll(async () => {
  if (reason !== null) return;
  own.docker = await startDocker();
  own.engine = new Docker({ socketPath: own.docker.socketPath });
}, 120_000);
afterEach(async () => {
  if (reason !== null) return;
  await expect.poll(names, slowly).toEqual([]);
});
afterAll(() => own.docker?.stop(), 60_000);

real('a container runs to its end; what it printed is in the log, and it is removed', async () => {
  const { run, logged } = bench('k1');
  const end = await run(sh('echo one; echo two >&2; printf three'));
  expect(end).toEqual({ is: 'ended', code: 0, isOutOfMemory: false, isLate: false, tail: '' });
  expect(logged).toEqual({ out: 'one\nthree', err: 'two\n', note: '' });
});

real(
  'it has what is declared for it and nothing of the worker, and may do nothing special',
  async () => {
    const { run, logged } = bench('k2');
    const show = 'env; id -u; grep -E "CapEff|NoNewPrivs" /proc/self/status; ls /sys/class/net';
    await run({
      ...sh(show),
      env: { PLAIN: 'x y', N: 3, KEY: { secret: 'token' }, TIDEGATE_RUN: 'no' },
    });
    const lines = logged.out.trimEnd().split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        ...['PLAIN=x y', 'N=3', 'KEY=hunter2-hunter2', 'TIDEGATE_RUN=run-1', 'TIDEGATE_STEP=build'],
        ...[
          'TIDEGATE_ATTEMPT=2',
          'TIDEGATE_KEY=k2',
          'CapEff:\t0000000000000000',
          'NoNewPrivs:\t1',
          'lo',
        ],
      ]),
    );
    expect(lines.filter((line) => /^(DATABASE|NODE|TIDEGATE_GUARD)/.test(line))).toEqual([]);
    expect(lines).not.toContain('eth0');
  },
);

real('a failure is told with its code and its last lines, without secrets', async () => {
  const failing = {
    ...sh('seq 1 9; echo "no: $KEY" >&2; exit 7'),
    env: { KEY: { secret: 'token' } },
  };
  expect(await bench('k3').run(failing)).toMatchObject({ code: 7, tail: 'no: ***' });
});

real('what takes more memory than it may is ended, and says so', async () => {
  const greedy = sh('x=$(head -c 200000000 /dev/zero | tr "\\0" x); echo "$x"');
  const end = await bench('k4').run(greedy);
  expect(end).toMatchObject({ is: 'ended', isOutOfMemory: true });
  expect(end).not.toMatchObject({ code: 0 });
});

real('what takes too long is ended', async () => {
  const { run, logged } = bench('k5');
  const begin = performance.now();
  const end = await run({
    ...sh('trap "exit 0" TERM; echo up; while true; do sleep 0.1; done'),
    timeout: 1_500,
  });
  expect(end).toMatchObject({ isLate: true });
  expect(logged.out).toBe('up\n');
  expect(performance.now() - begin).toBeLessThan(10_000);
});

real('stopped, it is ended and removed, and the reason is passed on', async () => {
  const { run, logged } = bench('k6');
  const abort = new AbortController();
  const stopped = new ProblemError(problem('TG1705', { detail: 'stopped' }));
  const running = run(sh('echo up; sleep 1000'), abort.signal).catch((error) => error);
  await expect.poll(() => logged.out, slowly).toBe('up\n');
  abort.abort(stopped);
  expect(await running).toBe(stopped);
});

real('when only the worker ends it goes on, and the next one takes it to its end', async () => {
  const first = bench('k7');
  const abort = new AbortController();
  const running = first
    .run(sh('echo $$ begun; sleep 2; echo over; exit 5'), abort.signal)
    .catch((error) => error);
  await expect.poll(() => first.logged.out, slowly).toBe('1 begun\n');
  const why = new Error('the worker stops');
  abort.abort(why);
  expect(await running).toBe(why);
  const second = bench('k7');
  expect(await second.run(sh('echo another'))).toMatchObject({ code: 5 });
  expect(second.logged).toMatchObject({
    out: '1 begun\nover\n',
    note: expect.stringContaining('Goes on'),
  });
});

real('stopped after a worker that was killed, what it began is removed', async () => {
  const first = bench('k8');
  const abort = new AbortController();
  const running = first.run(sh('echo up; sleep 1000'), abort.signal).catch((error) => error);
  await expect.poll(() => first.logged.out, slowly).toBe('up\n');
  abort.abort(new Error('as if killed'));
  await running;
  const stopped = new ProblemError(problem('TG1705', { detail: 'stopped' }));
  await expect(bench('k8').run(sh('echo x'), AbortSignal.abort(stopped))).rejects.toBe(stopped);
});

real('an engine that is killed and comes back costs nothing', async () => {
  const { run, logged } = bench('k9');
  const running = run(sh('echo up; sleep 6; echo over; exit 3')).catch((error) => error);
  await expect.poll(() => logged.out, slowly).toBe('up\n');
  await own.docker.crash();
  const lost = await running;
  expect(lost).toBeInstanceOf(ProblemError);
  expect(lost.problem.code).toBe('TG1913');
  await own.docker.restart();
  const again = bench('k9');
  expect(await again.run(sh('echo another'))).toMatchObject({ code: 3 });
  expect(again.logged.out).toBe('up\nover\n');
});

real('what cannot be had or begun is told, not tried for ever', async () => {
  const none = (detail: string) => ({ is: 'none', because: expect.stringContaining(detail) });
  expect(await bench('k10').run({ command: ['/no/such/program'] })).toEqual(none('TG1912'));
  expect(await bench('k11').run({ ...sh('true'), memory: '1Mi' })).toEqual(none('TG1912'));
  expect(await bench('k12').run({ ...sh('true'), image: 'Not A Name' })).toEqual(none('TG1914'));
  expect(await bench('k13').run({ ...sh('true'), image: '127.0.0.1:1/nothing:1' })).toEqual(
    none('TG1914'),
  );
  expect(await code(bench('k14').run({ ...sh('true'), env: { X: { secret: 'other' } } }))).toBe(
    'TG1911',
  );
});

real('an image is brought from where its name says, once unless it may move', async () => {
  const registry = await startRegistry('shop/api', '7', own.docker.layer);
  try {
    const image = `${registry.host}/shop/api:7`;
    const first = bench('k15');
    expect(await first.run({ ...sh('echo up'), image })).toMatchObject({ is: 'ended', code: 0 });
    expect(first.logged).toEqual({ out: 'up\n', err: '', note: `Bringing image ${image}.\n` });
    const asked = registry.asked.length;
    expect(await bench('k21').run({ ...sh('echo up'), image })).toMatchObject({ code: 0 });
    expect(registry.asked.length).toBe(asked);
    for (const unknown of ['shop/api:8', 'shop/api', 'shop/none:7']) {
      const end = await bench(unknown).run({ ...sh('true'), image: `${registry.host}/${unknown}` });
      const because = expect.stringMatching(/^TG1914 .*(unknown|not found)/);
      expect(end).toEqual({ is: 'none', because });
    }
    expect(registry.asked.some((line) => line.includes('/manifests/latest'))).toBe(true);
  } finally {
    registry.stop();
  }
});

real(
  'containers that nobody waits for are removed, others of the engine are left alone',
  async () => {
    const lost = bench('k16');
    const kept = bench('k17');
    const ends = [new AbortController(), new AbortController()] as const;
    const all = [lost, kept].map((one, at) =>
      one.run(sh('echo up; sleep 1000'), ends[at]?.signal).catch((error) => error),
    );
    await expect.poll(() => lost.logged.out + kept.logged.out, slowly).toBe('up\nup\n');
    ends[0].abort(new Error('as if killed'));
    await all[0];
    expect(await removeOrphans({ ...kept.deps, owner: 'another' }, 0)).toBe(0);
    expect(await removeOrphans(kept.deps)).toBe(0);
    expect((await names()).length).toBe(2);
    expect(await removeOrphans(kept.deps, 0)).toBe(1);
    expect(await names()).toEqual([`/${kept.name}`]);
    ends[1].abort(new ProblemError(problem('TG1705', { detail: 'stopped' })));
    await all[1];
  },
);

real('ten thousand lines come whole and in order', async () => {
  const { run, logged } = bench('k18');
  await run(sh('seq 1 10000'));
  const lines = logged.out.trimEnd().split('\n');
  expect(lines.length).toBe(10_000);
  expect(lines.every((line, at) => line === String(at + 1))).toBe(true);
});

test('without an engine it is tried again while there is time, and then ends', async () => {
  const { run, logged } = bench('k20', '/nonexistent/docker.sock');
  expect(await code(run(sh('true')))).toBe('TG1913');
  expect(logged.note).toContain('TG1913');
  expect(await run({ ...sh('true'), until: new Date(0).toISOString() })).toEqual({
    is: 'none',
    because: expect.stringContaining('/nonexistent/docker.sock'),
  });
});
