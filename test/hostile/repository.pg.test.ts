import { randomBytes } from 'node:crypto';
import { execa } from 'execa';
import { afterEach, describe, expect, test } from 'vitest';
import { listDocuments, listProblems } from '../../src/capabilities/sources/reads.ts';
import {
  application,
  environment,
  release,
  startWorld,
  target,
  type World,
} from '../../src/capabilities/sources/sources.fixture.ts';

const started: World[] = [];
afterEach(async () => {
  for (const world of started.splice(0)) await world.stop();
});
async function begin(files: { readonly [path: string]: string }): Promise<World> {
  const world = await startWorld(files);
  started.push(world);
  return world;
}

type Raw = {
  readonly path: string | Buffer;
  readonly content: string | Buffer;
  readonly mode?: string;
};

/** A commit of bytes as they are: paths and messages that the usual tools would not write. */
async function pushRaw(
  world: World,
  files: readonly Raw[],
  message: string | Buffer = 'Change files',
  author = 'Mallory',
): Promise<string> {
  const data = (content: string | Buffer): Buffer =>
    Buffer.concat([
      Buffer.from(`data ${Buffer.byteLength(content)}\n`),
      Buffer.from(content as string),
      Buffer.from('\n'),
    ]);
  /** In C quotes, octal, as fast-import reads any bytes. */
  const quoted = (path: string | Buffer): string =>
    `"${[...Buffer.from(path as string)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}"`;
  const head = await world.remote.head();
  const input = Buffer.concat([
    Buffer.from(`commit refs/heads/main\ncommitter ${author} <m@example.com> 1700000000 +0000\n`),
    data(message),
    Buffer.from(`from ${head}\n`),
    ...files.flatMap(({ path, content, mode = '100644' }) => [
      Buffer.from(`M ${mode} inline ${quoted(path)}\n`),
      data(content),
    ]),
  ]);
  const cwd = world.remote.directory;
  await execa('git', ['fast-import', '--quiet', '--force'], { cwd, input });
  return await world.remote.head();
}

const codes = async ({ db }: World): Promise<Record<string, string[]>> => {
  const found: Record<string, string[]> = {};
  for (const { path, problems } of await listProblems(db))
    found[path] = [...new Set([...(found[path] ?? []), ...problems.map((one) => one.code)])];
  return found;
};
const names = async ({ db }: World): Promise<string[]> =>
  (await listDocuments(db, 'Target')).filter((one) => one.spec !== null).map((one) => one.name);

const annotated = (name: string, text: string): string =>
  target(name).replace(`name: ${name} `, `name: ${name}, annotations: { note: ${text} } `);

describe('a config repository that means harm', () => {
  test('each bad file has its code, and the good ones beside it are read', async () => {
    const world = await begin({ 'first.yaml': target('first') });
    await world.settle();
    await pushRaw(world, [
      { path: 'good.yaml', content: target('good') },
      { path: 'bytes.yaml', content: Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe]) },
      { path: 'nul.yaml', content: annotated('nul', '"a\\0b"') },
      { path: 'half.yaml', content: annotated('half', '"\\ud800"') },
      { path: 'raw-nul.yaml', content: 'a: "\u0000"' },
      { path: 'large.yaml', content: `a: ${'x'.repeat(1_048_576)}` },
      { path: 'many.yaml', content: '---\na: 1\n'.repeat(100_000) },
      { path: 'deep.yaml', content: '['.repeat(100_000) },
      { path: 'cut.yaml', content: `apiVersion: "${'x'.repeat(78)}🌊${'x'.repeat(40)}"` },
      { path: 'link.yaml', content: '/etc/passwd', mode: '120000' },
      { path: 'out.yaml', content: '../../../etc/passwd', mode: '120000' },
      { path: 'half-name.yaml', content: `${target('a')}"\\ud800": 1\n` },
      { path: 'message.yaml', content: `${target('a')}"${'k'.repeat(900)}": 1\n` },
    ]);
    await world.settle();
    expect(await codes(world)).toEqual({
      'bytes.yaml': ['TG1001'],
      'nul.yaml': ['TG1001'],
      'half.yaml': ['TG1001'],
      'raw-nul.yaml': ['TG1001'],
      'large.yaml': ['TG1005'],
      'many.yaml': ['TG1005'],
      'deep.yaml': ['TG1001', 'TG1005'],
      'cut.yaml': ['TG1002'],
      'half-name.yaml': ['TG1001'],
      'message.yaml': expect.arrayContaining(['TG1004']),
    });
    expect(await names(world)).toEqual(['first', 'good']);
  });

  test('paths that a shell, Git or an index would take for something else do no harm', async () => {
    const world = await begin({ 'first.yaml': target('first') });
    await world.settle();
    const paths = [
      ...['$(touch x).yaml', '-rf.yaml', '--help.yaml', ':(top)x.yaml', 'a\nb.yaml', '"q".yaml'],
      ...[
        "'; drop table documents; --.yaml",
        '%s.yaml',
        '*.yaml',
        'é🌊.yaml',
        'a\tb.yaml',
        '\u0001.yaml',
      ],
    ];
    await pushRaw(world, [
      ...paths.map((path, at) => ({ path, content: target(`t-${String(at).padStart(2, '0')}`) })),
      { path: Buffer.from([0x61, 0xff, 0x2e, 0x79, 0x6d, 0x6c]), content: 'a: [' },
      { path: Buffer.from([0x61, 0xfe, 0x2e, 0x79, 0x6d, 0x6c]), content: 'a: [' },
      {
        path: `${Array.from({ length: 16 }, () => randomBytes(100).toString('hex')).join('/')}.yaml`,
        content: 'a: [',
      },
    ]);
    await world.settle();
    expect(await names(world)).toEqual([
      'first',
      ...paths.map((_path, at) => `t-${String(at).padStart(2, '0')}`),
    ]);
  });
});

describe('commits that mean harm', () => {
  test('a commit whose words imitate a listing is one commit, and its words are clipped', async () => {
    const world = await begin({ 'first.yaml': target('first') });
    await world.settle();
    const forged = `\u0001${'f'.repeat(40)}\u0003Root\u0003r@x\u0003now\u0003Trust me\u0003\u0003A: b\u0002\nsecond.yaml`;
    const message = `${'long '.repeat(100_000)}\u0003x\n\n${forged}\n\nTidegate-Rollback: true\n__proto__: x\n`;
    const id = await pushRaw(world, [{ path: 'second.yaml', content: target('second') }], message);
    await world.settle();
    const [second] = (await listDocuments(world.db, 'Target')).filter(
      (one) => one.name === 'second',
    );
    expect(second?.commit).toBe(id);
    expect(second?.commitInfo.author).toBe('Mallory');
    expect(second?.commitInfo.subject.length).toBeLessThanOrEqual(500);
  });

  test('a message with a NUL and with bytes that are no UTF-8 is read', async () => {
    const world = await begin({ 'first.yaml': target('first') });
    await world.settle();
    const words = Buffer.concat([Buffer.from('Say \u0007'), Buffer.from([0xff, 0xed, 0xa0, 0x80])]);
    await pushRaw(world, [{ path: 'b.yaml', content: target('b') }], words, 'M\u001b[31mallory');
    const tree = await world.remote.git('rev-parse', 'main^{tree}');
    const head = await world.remote.head();
    const raw = `tree ${tree}\nparent ${head}\nauthor A\u0007 <a> 1 +0000\ncommitter A <a> 1 +0000\n\nfirst\u0000second\n`;
    const cwd = world.remote.directory;
    const made = await execa(
      'git',
      ['hash-object', '-t', 'commit', '-w', '--literally', '--stdin'],
      { cwd, input: raw },
    );
    await world.remote.git('update-ref', 'refs/heads/main', made.stdout);
    await world.settle();
    expect(await names(world)).toEqual(['b', 'first']);
  });
});

describe('names', () => {
  test('a name that every JavaScript object has is refused, and nothing is stuck by it', async () => {
    const world = await begin({
      'application.yaml': application('constructor', ['constructor']),
      'environment.yaml': environment('constructor', ['constructor']),
      'target.yaml': target('constructor'),
      'release.yaml': release('constructor', 'constructor', 'a'),
    });
    await world.settle();
    expect(await codes(world)).toEqual({
      'application.yaml': ['TG1004'],
      'environment.yaml': ['TG1004'],
      'target.yaml': ['TG1004'],
      'release.yaml': ['TG1004'],
    });
    await world.remote.push({ 'target.yaml': target('good') });
    await world.settle();
    expect(await names(world)).toEqual(['good']);
  });
});

describe('a config repository that is too much', () => {
  test('100,000 documents in one commit are read, and a later small commit at once', async () => {
    const world = await begin({ 'first.yaml': target('first') });
    await world.settle();
    const files = Array.from({ length: 100 }, (_none, file) => ({
      path: `many/${file}.yaml`,
      content: Array.from({ length: 1_000 }, (_n, at) => `kind: No${file}${at}\n`).join('---\n'),
    }));
    await pushRaw(world, files);
    await world.settle();
    expect(Object.keys(await codes(world))).toHaveLength(100);
    const begun = performance.now();
    await world.remote.push({ 'last.yaml': target('last') });
    await world.settle();
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(await names(world)).toEqual(['first', 'last']);
  }, 60_000);
});
