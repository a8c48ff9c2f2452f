import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { touchAgent } from '../../../src/capabilities/fleet/store.ts';
import { declare, openWorld, seedRollout, type World } from '../api/world.ts';
import { asDeployer, run, runHere, start } from './run.ts';

const own: { world?: World; directory: string } = { directory: '' };
const world = (): World => own.world as World;
beforeAll(async () => {
  own.world = await openWorld();
  own.directory = mkdtempSync(join(tmpdir(), 'tidegate-validate-'));
});
afterAll(async () => {
  await own.world?.close();
  rmSync(own.directory, { recursive: true, force: true });
});

const target = (name: string, driver: string) =>
  `apiVersion: tidegate.dev/v1\nkind: Target\nmetadata: { name: ${name} }\nspec: { driver: ${driver} }\n`;
const put = (path: string, text: string): void => {
  mkdirSync(join(own.directory, path, '..'), { recursive: true });
  writeFileSync(join(own.directory, path), text);
};

test('validate needs no server, and says where each fault is and how to mend it', async () => {
  put('good/targets/eu-1.yaml', target('eu-1', 'simulated'));
  const good = await runHere({}, 'validate', join(own.directory, 'good'));
  expect(good).toMatchObject({ code: 0, out: '1 file: nothing is wrong.\n', err: '' });
  put('bad/eu-1.yaml', target('eu-1', 'mainframe'));
  put('bad/deep/broken.yml', 'apiVersion: [\n');
  put('bad/node_modules/x.yaml', 'not: ours\n');
  put('bad/.git/x.yaml', 'not: ours\n');
  symlinkSync('/etc/passwd', join(own.directory, 'bad', 'passwd.yaml'));
  const bad = await runHere({}, 'validate', join(own.directory, 'bad'));
  expect(bad.code).toBe(1);
  expect(bad.out).toMatch(/eu-1\.yaml:4:\d+ {2}TG1004/);
  expect(bad.out).toMatch(/deep\/broken\.yml:\d+:\d+ {2}TG1001/);
  expect(bad.out).toContain('2 files: ');
  const json = await runHere({}, 'validate', join(own.directory, 'bad'), '--json');
  const { files, problems } = JSON.parse(json.out) as { files: number; problems: object[] };
  expect(files).toBe(2);
  expect(problems[0]).toMatchObject({ code: 'TG1001', where: { file: 'deep/broken.yml' } });
});

test('validate takes one file, refuses one that is too large, and a path that is not there', async () => {
  put('large.yaml', `# ${'x'.repeat(1_100_000)}\n`);
  const large = await runHere({}, 'validate', join(own.directory, 'large.yaml'));
  expect(large.code).toBe(1);
  expect(large.out).toContain('TG1005');
  const missing = await runHere({}, 'validate', join(own.directory, 'nowhere'));
  expect(missing.code).toBe(2);
});

test('init writes documents that validate, and keeps what is there', async () => {
  const directory = join(own.directory, 'new');
  put('new/targets/eu-1.yaml', target('eu-1', 'simulated'));
  const args = ['init', directory, '--app', 'checkout', '--repository', '../checkout'];
  const made = await runHere({}, ...args);
  expect(made.out).toContain('wrote applications/checkout.yaml');
  expect(made.out).toContain('kept  targets/eu-1.yaml');
  expect(readFileSync(join(directory, 'targets/eu-1.yaml'), 'utf8')).toBe(
    target('eu-1', 'simulated'),
  );
  expect(await runHere({}, 'validate', directory)).toMatchObject({ code: 0 });
  const again = await runHere({}, ...args, '--json');
  expect(JSON.parse(again.out)).toMatchObject({ written: [], kept: { length: 7 } });
  const odd = await runHere({}, 'init', directory, '--app', '../etc', '--repository', 'x');
  expect(odd).toMatchObject({ code: 2 });
});

test('doctor says what is wrong, step by step, and when all is well', async () => {
  const nothing = await runHere({ TIDEGATE_HOME: own.directory }, 'doctor');
  expect(nothing.code).toBe(1);
  expect(nothing.out).toMatch(/wrong +address +TG1803/);
  const silent = { TIDEGATE_URL: 'http://127.0.0.1:9', TIDEGATE_TOKEN: 'x' };
  expect((await runHere(silent, 'doctor')).out).toMatch(/wrong +server +TG1803/);
  const stranger = { ...asDeployer(world()), TIDEGATE_TOKEN: 'guess' };
  expect((await runHere(stranger, 'doctor')).out).toMatch(/wrong +token +TG1601/);
  await declare(world().db, target('eu-1', 'simulated'));
  const away = await run(world(), 'doctor');
  expect(away.code).toBe(1);
  expect(away.out).toMatch(/wrong +target eu-1 +agent-1 was last heard of never/);
  await world().db.transaction((tx) => touchAgent(tx, 'agent-1', '1.0.0'));
  const well = await run(world(), 'doctor');
  expect(well.code).toBe(0);
  expect(well.out).toMatch(/ok +documents +nothing is wrong/);
  expect((await run(world(), 'targets')).out).toMatch(/eu-1 +simulated +agent-1 +connected/);
});

test('sources are added by an admin, with a path made absolute', async () => {
  const refused = await run(world(), 'source', 'add', 'config', world().repository);
  expect(refused.err).toContain('TG1606');
  const admin = { ...asDeployer(world()), TIDEGATE_TOKEN: world().tokens.admin };
  const args = ['source', 'add', 'config', world().repository, '--poll', '30s'];
  expect((await runHere(admin, ...args)).out).toContain('config is followed now.');
  const list = await run(world(), 'source', 'list', '--json');
  expect(JSON.parse(list.out)).toMatchObject({
    items: [{ name: 'config', address: world().repository, pollInterval: 30_000 }],
  });
});

test('problems of documents are listed with their place, and are exit code 1', async () => {
  expect((await run(world(), 'problems')).code).toBe(0);
  const problem = { code: 'TG1001', title: 'Not valid YAML', detail: 'Tabs.', hint: 'Use spaces.' };
  await world().db.query(
    `insert into broken_files (repository, path, problems, commit) values ('config', 'a.yaml', $1, 'c')`,
    [JSON.stringify([{ ...problem, where: { line: 3, column: 1 } }])],
  );
  const found = await run(world(), 'problems');
  expect(found.code).toBe(1);
  expect(found.out).toContain('a.yaml:3:1  TG1001 Not valid YAML');
  await world().db.query('delete from broken_files');
});

test('rollouts are listed, shown and explained', async () => {
  await seedRollout(world().db, {
    id: 'ro-9',
    release: 'r-9',
    because: 'Waits for \u001b[31mred.',
  });
  const list = await run(world(), 'rollout', 'list', '--active');
  expect(list.out).toContain('ro-9');
  expect(list.out).not.toContain('\u001b');
  const show = await run(world(), 'rollout', 'show', 'ro-9');
  expect(show.out).toMatch(/abort +Moves all traffic back/);
  const unknown = await run(world(), 'explain', 'ro-none');
  expect(unknown.err).toContain('TG1301');
});

test('completion knows the words of this version', async () => {
  const { out } = await runHere({}, 'completion', 'bash');
  const script = `${out}\nCOMP_WORDS=(tidegate rollout pr); COMP_CWORD=2; _tidegate; echo "$COMPREPLY"`;
  expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim()).toBe('promote');
  expect((await runHere({}, 'completion', 'fish')).out).toContain("-a 'list show watch");
  expect((await runHere({}, 'completion', 'tcsh')).code).toBe(2);
});

/** The machine's own Node, which may be older than the pinned one. */
const machineNode = ['/usr/local/bin/node', '/usr/bin/node', '/opt/node/bin/node'].find(existsSync);

test.skipIf(machineNode === undefined)(
  "under the machine's own Node it runs just the same",
  async () => {
    const version = await start(['--version'], {}, machineNode).done;
    expect(version).toMatchObject({ code: 0, err: '' });
    expect((await start(['status', '--nope'], {}, machineNode).done).code).toBe(2);
  },
);
