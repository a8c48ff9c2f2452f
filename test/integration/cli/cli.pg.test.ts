import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { writeEvent } from '../../../src/engine/store.ts';
import { openWorld, seedRollout, type World } from '../api/world.ts';
import { asDeployer, runChild, runHere, start } from './run.ts';

const own: { world?: World } = {};
const world = (): World => own.world as World;
beforeAll(async () => {
  own.world = await openWorld();
});
afterAll(() => own.world?.close());

test('release, status and history tell one story', async () => {
  const made = await runChild(world(), 'release', 'shop', '--json');
  expect(made.code).toBe(0);
  const { release } = JSON.parse(made.out) as { release: { id: string; commit: string } };
  expect(release.commit).toBe(world().git('rev-parse', 'HEAD'));
  const again = await runChild(world(), 'release', 'shop');
  expect(again.out).toContain(`Already there: release ${release.id}`);
  const status = await runChild(world(), 'status');
  expect(status).toMatchObject({ code: 0, err: '' });
  expect(status.out).toMatch(/shop +production +notReleased/);
  const history = await runChild(world(), 'history', 'shop');
  expect(history.out).toContain(release.id);
  expect(history.out).toContain('Sell things');
});

test('a refusal is shown with its hint, as JSON for programs, and is exit code 1', async () => {
  const said = await runChild(world(), 'promote', 'shop', '--env', 'production');
  expect(said).toMatchObject({ code: 1, out: '' });
  expect(said.err).toContain('TG1202');
  expect(said.err).toContain('hint: Promote to staging first');
  const json = await runChild(world(), 'rollback', 'nope', '--env', 'production', '--json');
  expect(json).toMatchObject({ code: 1, err: '' });
  expect(JSON.parse(json.out)).toMatchObject({ problem: { code: 'TG1204', hint: /./ } });
});

test.each([
  [['promote', 'shop'], "required option '--env <environment>'"],
  [['statu'], 'Did you mean status?'],
  [['status', '--colour'], 'unknown option'],
  [['release'], "missing required argument 'app'"],
  [['promote', 'shop', '--env', 'staging', '--timeout', 'soon'], 'TG1802'],
])('tidegate %j is exit code 2 and says why', async (args, text) => {
  const said = await runChild(world(), ...args);
  expect(said).toMatchObject({ code: 2, out: '' });
  expect(said.err).toContain(text);
});

test('help and version need no server', async () => {
  const help = await runHere({}, 'help', 'promote');
  expect(help.code).toBe(0);
  expect(help.out).toContain('Examples:');
  expect((await start(['--version'], {}).done).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('without a server or a token it says what to do', async () => {
  const home = mkdtempSync(join(tmpdir(), 'tidegate-cli-'));
  const nowhere = await runHere({ TIDEGATE_HOME: home }, 'status');
  expect(nowhere.err).toContain('TG1803');
  writeFileSync(join(home, 'server.json'), JSON.stringify({ url: world().url, pid: 1 }));
  expect((await runHere({ TIDEGATE_HOME: home }, 'status')).err).toContain('TG1601');
  writeFileSync(join(home, 'token'), `${world().tokens.viewer}\n`);
  expect((await runHere({ TIDEGATE_HOME: home }, 'status')).code).toBe(0);
  const stranger = { TIDEGATE_HOME: home, TIDEGATE_URL: 'http://127.0.0.1:9' };
  const other = await runHere(stranger, 'status');
  expect(other.err).toContain('TG1601');
  rmSync(home, { recursive: true });
});

test('an action is asked by a person with a reason, and an illegal one is refused', async () => {
  await seedRollout(world().db, { id: 'ro-1', release: 'r-1', environment: 'staging' });
  const asked = await runChild(world(), 'rollout', 'abort', 'ro-1', '--reason', 'it smells');
  expect(asked).toMatchObject({ code: 0 });
  const rows = await world().db.query(`select action, because from requests`);
  expect(rows).toEqual([{ action: 'abort', because: 'it smells' }]);
  const illegal = await runChild(world(), 'rollout', 'resume', 'ro-1');
  expect(illegal.code).toBe(1);
  expect(illegal.err).toContain('TG1302');
});

test('watch follows a rollout to its end, line by line where nobody watches', async () => {
  await seedRollout(world().db, { id: 'ro-2', release: 'r-2', phase: 'progressing' });
  const watching = start(['rollout', 'watch', 'ro-2'], asDeployer(world()));
  await vi.waitFor(() => expect(watching.output.err).toContain('ro-2 progressing'), 10_000);
  await world().db.query(
    `update rollouts set phase = 'rolledBack', terminal = true, ended_at = now(), because = 'Too many errors.' where id = 'ro-2'`,
  );
  const ended = await watching.done;
  expect(ended.code).toBe(1);
  expect(ended.out).toContain('ro-2 rolledBack: Too many errors.');
});

test('events are followed as they come, one JSON value a line', async () => {
  const following = start(
    ['events', '--follow', '--json', '--type', 'test.cli'],
    asDeployer(world()),
  );
  const told = async (because: string) => {
    await writeEvent(world().db, { type: 'test.cli', actor: 'test', because, outcome: 'done' });
  };
  const heard = (): readonly string[] =>
    following.output.out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { because: string }).because);
  // It begins with what is new when it has come up, which takes as long as it takes.
  await vi.waitFor(
    async () => {
      await told('begun');
      expect(following.output.out).toContain('\n');
    },
    { timeout: 10_000, interval: 300 },
  );
  for (const because of ['one', 'two']) await told(because);
  await vi.waitFor(() => expect(heard()).toContain('two'), 10_000);
  following.child.kill('SIGINT');
  expect((await following.done).code).toBe(0);
  expect(heard().filter((because) => because !== 'begun')).toEqual(['one', 'two']);
});
