import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { insertRelease } from '../../../src/capabilities/releases/store.ts';
import { runCli } from '../../../src/cli/cli.ts';
import { writeEvent } from '../../../src/engine/store.ts';
import { openWorld, seedRollout, type World } from '../api/world.ts';
import { asDeployer, run, runHere } from './run.ts';
import { watchedScreen } from './terminal.ts';

const own: { world?: World } = {};
const world = (): World => own.world as World;
beforeAll(async () => {
  own.world = await openWorld();
});
afterAll(() => own.world?.close());

test('what was made, promoted and asked for is told with what to do next', async () => {
  const made = await run(world(), 'release', 'shop', '--ref', 'main', '--env', 'staging');
  expect(made.out).toMatch(/^Made release r-[0-9a-f]{12} of commit [0-9a-f]{12} Sell things\n/);
  expect(made.out).toContain('next: tidegate promote shop --env ENVIRONMENT');
  const asked = await run(
    world(),
    'promote',
    'shop',
    '--env',
    'staging',
    '--fast',
    '--reason',
    'fair',
  );
  expect(asked.out).toContain('goes to staging with its commit.');
  const [row] = await world().db.query<{ state: object }>(
    `select state from objects where kind = 'promotion'`,
  );
  expect(row?.state).toMatchObject({ fastTrack: true, because: 'fair', actor: 'user:dora' });
  expect((await run(world(), 'history', 'shop')).out).toContain('Sell things');
  const image = await run(world(), 'release', 'shop', '--image', 'shop:latest', '--json');
  expect(JSON.parse(image.out)).toMatchObject({ problem: { code: 'TG1201' } });
});

test('an application that is not there is said to be not there', async () => {
  const said = await run(world(), 'status', 'shpo');
  expect(said).toMatchObject({ code: 1 });
  expect(said.out).toContain('No application shpo is declared here.');
});

test('explain tells the facts and what happened', async () => {
  const probe = { path: '/readyz', interval: 1000, timeout: 1000, failureThreshold: 3 };
  const health = { readiness: probe, liveness: null, startTimeout: 1000, drain: 1000 };
  const artifact = { image: `shop@sha256:${'a'.repeat(64)}` };
  const content = {
    application: 'shop',
    commit: 'd'.repeat(40),
    artifact,
    config: { command: [], env: {}, health },
  };
  await insertRelease(world().db, {
    content,
    subject: '',
    author: '',
    committedAt: null,
    createdBy: 't',
  });
  const [row] = await world().db.query<{ id: string }>(
    `select id from releases where commit = $1`,
    ['d'.repeat(40)],
  );
  await seedRollout(world().db, { id: 'ro-e', release: row?.id ?? '', phase: 'progressing' });
  await writeEvent(world().db, {
    type: 'rollout.opened',
    actor: 'tidegate',
    objectId: 'rollout/ro-e',
    because: 'Git asked for it.',
    outcome: 'done',
  });
  for (const command of [
    ['explain', 'ro-e'],
    ['rollout', 'explain', 'ro-e'],
  ]) {
    const told = await run(world(), ...command);
    expect(told.out).toContain('It is progressing');
    expect(told.out).toContain('rollout.opened  Git asked for it.');
  }
  const promoted = await run(world(), 'rollout', 'promote', 'ro-e', '--full');
  expect(promoted.out).toContain('promoteFull was asked of ro-e.');
  const reason = ['--reason', 'agreed with the owner'];
  const refused = await run(world(), 'rollout', 'override-freeze', 'ro-e', ...reason);
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('TG1606') });
  await world().db.query(
    `update objects set state = jsonb_set(state, '{plan,approvers}', '["dora"]')
      where id = 'rollout/ro-e'`,
  );
  const unreasoned = await run(world(), 'rollout', 'override-freeze', 'ro-e');
  expect(unreasoned).toMatchObject({ code: 1, err: expect.stringContaining('needs a reason') });
  const overridden = await run(world(), 'rollout', 'override-freeze', 'ro-e', ...reason);
  expect(overridden.out).toContain('overrideFreeze was asked of ro-e.');
  const over = { id: 'ro-f', release: row?.id ?? '', phase: 'succeeded', terminal: true } as const;
  await seedRollout(world().db, over);
  const aborted = await run(world(), 'rollout', 'abort', 'ro-f');
  expect(aborted).toMatchObject({ code: 0, out: expect.stringContaining('Nothing was running') });
});

test('events are listed oldest first, and followed', async () => {
  const listed = await run(world(), 'audit', '--type', 'rollout.opened');
  expect(listed.out).toContain('Git asked for it.');
  const screen = watchedScreen(world());
  const following = runCli(['events', '--follow', '--type', 'test.noted'], screen);
  const note = () =>
    writeEvent(world().db, { type: 'test.noted', actor: 't', because: 'now', outcome: 'done' });
  await vi.waitFor(
    async () => {
      await note();
      expect(screen.out.join()).toContain('test.noted');
    },
    { timeout: 10_000, interval: 300 },
  );
  screen.interrupt();
  expect(await following).toBe(0);
});

test('an answer that is not understood, and one of a stranger, are said to be so', async () => {
  const stranger = { ...asDeployer(world()), TIDEGATE_URL: 'ftp://example.org' };
  expect((await runHere(stranger, 'status')).code).toBe(2);
  const elsewhere = { ...asDeployer(world()), TIDEGATE_URL: `${world().url}/elsewhere` };
  const said = await runHere(elsewhere, 'status');
  expect(said.err).toContain('TG1602');
  await world().db.query(`update documents set problems = '[{"code": 1}]' where name = 'shop'`);
  const odd = await runHere(asDeployer(world()), 'problems');
  expect(odd).toMatchObject({ code: 1 });
  expect(odd.err).toContain('TG1604');
});
