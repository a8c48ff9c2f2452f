import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { saveStatuses, touchAgent, writeIntents } from '../../../src/capabilities/fleet/store.ts';
import { specOf, statusOf } from '../../../src/capabilities/fleet/test/fixtures.ts';
import { runCli } from '../../../src/cli/cli.ts';
import { writeEvent } from '../../../src/engine/store.ts';
import { openWorld, seedRollout, type World } from '../api/world.ts';
import { watchedScreen } from './terminal.ts';

const own: { world?: World } = {};
const world = (): World => own.world as World;
beforeEach(async () => {
  own.world = await openWorld();
});
afterEach(() => own.world?.close());

const sql = (text: string, values: readonly unknown[] = []) => world().db.query(text, values);

/** What the workers and the agents of a real installation do, step by step. */
const commitPromotion = (commit: string) =>
  sql(
    `update objects set phase = 'committed', because = 'Git has it.',
       state = state || jsonb_build_object('phase', 'committed', 'commit', $1::text) where kind = 'promotion'`,
    [commit],
  );
const endRollout = (id: string, phase: string, because: string) =>
  sql(
    `update rollouts set phase = $2, terminal = true, ended_at = now(), because = $3 where id = $1`,
    [id, phase, because],
  );

async function servesAtTwenty(): Promise<void> {
  const writer = { application: 'shop', environment: 'staging', writtenBy: 'rollout/ro-w' };
  const spec = specOf({ 'r-1': 80, 'r-2': 20 });
  await world().db.transaction(async (tx) => {
    await writeIntents(tx, writer, [{ target: 'eu-1', spec, because: 'test' }]);
    await touchAgent(tx, 'agent-1', '1.0.0');
    const [version] = statusOf('eu-1', 1, { requests: 1204 }).versions;
    const versions = version ? [{ ...version, release: 'r-2', weight: 20 }] : [];
    await saveStatuses(tx, 'agent-1', [statusOf('eu-1', 1, { environment: 'staging', versions })]);
  });
}

test('promote --wait follows the commit and draws its rollout to the end', async () => {
  await runCli(['release', 'shop'], { terminal: watchedScreen(world()).terminal });
  const screen = watchedScreen(world());
  const running = runCli(['promote', 'shop', '--env', 'staging', '--wait'], screen);
  await vi.waitFor(() => expect(screen.pictures.join()).toContain('promotion pr-'), 10_000);
  await seedRollout(world().db, {
    id: 'ro-w',
    release: 'r-2',
    stable: 'r-1',
    environment: 'staging',
    phase: 'progressing',
    because: 'Analysis success-rate: 3 of 10.',
  });
  await servesAtTwenty();
  await commitPromotion('c'.repeat(40));
  await vi.waitFor(() => expect(screen.pictures.at(-1)).toContain('1204 requests'), 10_000);
  const picture = screen.pictures.at(-1) ?? '';
  expect(picture).toContain('shop → staging  r-2 (from r-1)');
  expect(picture).toContain('████░░░░░░░░░░░░░░░░');
  expect(picture).toContain('wave 1 of 2, step 1 of 3');
  expect(picture).toContain('› weight 20 %');
  expect(picture).toContain('Analysis success-rate: 3 of 10.');
  await endRollout('ro-w', 'succeeded', 'Every wave is through.');
  expect(await running).toBe(0);
  expect(screen.out.join()).toContain('ro-w succeeded: Every wave is through.');
});

test('rollback --wait that fails is exit code 1; one that has nothing to commit is 0', async () => {
  await runCli(['release', 'shop'], { terminal: watchedScreen(world()).terminal });
  const [row] = await world().db.query<{ id: string }>(`select id from releases`);
  await sql(
    `insert into stables (application, environment, release, rollout) values ('shop', 'staging', $1, 'ro-0')`,
    [row?.id],
  );
  const failing = watchedScreen(world());
  const first = runCli(['rollback', 'shop', '--env', 'staging', '--wait', '--json'], failing);
  await vi.waitFor(
    async () => expect(await sql(`select 1 from objects where kind = 'promotion'`)).toHaveLength(1),
    10_000,
  );
  await sql(
    `update objects set because = 'The push was refused.', state = state || '{"phase":"failed"}' where kind = 'promotion'`,
  );
  expect(await first).toBe(1);
  expect(JSON.parse(failing.out.join())).toMatchObject({
    promotion: { phase: 'failed', message: 'The push was refused.' },
    rollout: null,
  });
  expect(failing.pictures).toEqual([]);
  await sql(`delete from objects where kind = 'promotion'`);
  const idle = watchedScreen(world());
  const second = runCli(['rollback', 'shop', '--env', 'staging', '--wait'], idle);
  await vi.waitFor(
    async () => expect(await sql(`select 1 from objects where kind = 'promotion'`)).toHaveLength(1),
    10_000,
  );
  await sql(`update objects set state = state || '{"phase":"committed"}' where kind = 'promotion'`);
  expect(await second).toBe(0);
});

test('waiting gives up after its timeout and says that the work goes on', async () => {
  await seedRollout(world().db, { id: 'ro-t', release: 'r-2', phase: 'progressing' });
  await runCli(['release', 'shop'], { terminal: watchedScreen(world()).terminal });
  const screen = watchedScreen(world());
  const args = ['promote', 'shop', '--env', 'staging', '--wait', '--timeout', '500ms'];
  expect(await runCli(args, screen)).toBe(1);
  expect(screen.err.join()).toContain('TG1804');
});

test('a watch outlives a server that is away for a moment', async () => {
  await seedRollout(world().db, { id: 'ro-s', release: 'r-2', phase: 'progressing' });
  const screen = watchedScreen(world());
  const running = runCli(['rollout', 'watch', 'ro-s'], screen);
  await vi.waitFor(() => expect(screen.pictures.length).toBeGreaterThan(0), 10_000);
  await sql(`alter table rollouts rename to rollouts_away`);
  await vi.waitFor(() => expect(screen.pictures.at(-1)).toContain('The server is away'), 10_000);
  await sql(`alter table rollouts_away rename to rollouts`);
  await endRollout('ro-s', 'rolledBack', 'Too many errors.');
  expect(await running).toBe(1);
});

test('status --watch draws again when something happened, until it is interrupted', async () => {
  const screen = watchedScreen(world());
  const running = runCli(['status', 'shop', '--watch'], screen);
  await vi.waitFor(() => expect(screen.pictures.at(-1)).toContain('notReleased'), 10_000);
  await seedRollout(world().db, {
    id: 'ro-v',
    release: 'r-2',
    phase: 'paused',
    because: 'Waits for 2 of 3 approvals.',
  });
  await writeEvent(world().db, {
    type: 'rollout.paused',
    actor: 't',
    because: '',
    outcome: 'done',
  });
  await vi.waitFor(
    () => expect(screen.pictures.at(-1)).toContain('Waits for 2 of 3 approvals.'),
    10_000,
  );
  screen.interrupt();
  expect(await running).toBe(0);
  expect(screen.pictures.at(-1)).toBe('drawn');
});
