import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type {
  Between,
  BetweenAsk,
  CommitRequest,
  FileChange,
  GitHistory,
  GitRepository,
  GitResult,
} from './port.ts';
import type { Remote } from './remote.fixture.ts';

export type Subject = {
  readonly repository: GitRepository & GitHistory;
  readonly remote: Remote;
  close(): Promise<void>;
};

/** Value of an answer that must be a good one. */
export function good<T>(answer: GitResult<T>): T {
  if (!answer.ok) throw new Error(`${answer.problem.code}: ${answer.problem.detail}`);
  return answer.value;
}

const codeOf = (answer: GitResult<unknown>): string => (answer.ok ? 'ok' : answer.problem.code);

const request = (over: Partial<CommitRequest>): CommitRequest => ({
  branch: 'main',
  edits: [],
  expect: {},
  message: 'Promote checkout',
  trailers: { 'Tidegate-Reason': 'line one\nTidegate-Rollback: true' },
  key: 'promotion/pr-1/3/0',
  ...over,
});

/** What every adapter of the port promises. */
export function gitContract(name: string, make: () => Promise<Subject>): void {
  const it = (title: string, run: (subject: Subject) => Promise<void>): void =>
    test(`${name}: ${title}`, async () => {
      const subject = await make();
      try {
        await run(subject);
      } finally {
        await subject.close();
      }
    });
  readingContract(it);
  touchedContract(it);
  betweenContract(it);
  commitContract(it);
  checkoutContract(it);
}

type It = (title: string, run: (subject: Subject) => Promise<void>) => void;

function readingContract(it: It): void {
  it('fetches the newest commit, and says when a branch is not there', async ({
    repository,
    remote,
  }) => {
    const first = await remote.push({ 'a.yaml': 'a' });
    expect(good(await repository.fetch('main'))).toBe(first);
    const second = await remote.push({ 'a.yaml': 'b' });
    expect(good(await repository.fetch('main'))).toBe(second);
    expect(codeOf(await repository.fetch('none'))).toBe('TG1101');
  });
  it('tells what differs, and who brought it', async ({ repository, remote }) => {
    const first = await remote.push({ 'a.yaml': 'a', 'dir/b.yaml': 'b', 'dir/c.yaml': 'c' });
    await remote.push(
      { 'a.yaml': 'a2' },
      { author: 'Grace', message: 'Change a\n\nTidegate-Reason: why' },
    );
    await remote.push({ 'dir/b.yaml': null, 'new.yaml': 'n' }, { author: 'Linus' });
    const head = good(await repository.fetch('main'));
    const changes = good(await repository.changes(first, head, '', { commits: true }));
    const facts = changes.map((one) => [one.path, one.status, one.commit?.author]);
    expect(facts.sort()).toEqual([
      ['a.yaml', 'modified', 'Grace'],
      ['dir/b.yaml', 'deleted', 'Linus'],
      ['new.yaml', 'added', 'Linus'],
    ]);
    expect(changes.find((one) => one.path === 'a.yaml')?.commit?.trailers).toEqual({
      'Tidegate-Reason': 'why',
    });
    const all = good(await repository.changes(null, head, 'dir'));
    expect(all.map((one) => [one.path, one.status])).toEqual([['dir/c.yaml', 'added']]);
    expect(codeOf(await repository.changes('0'.repeat(40), head))).toBe('TG1103');
  });
  it('reads blobs, and none over the limit', async ({ repository, remote }) => {
    await remote.push({ 'a.yaml': 'first\n', 'b.yaml': 'x'.repeat(100), 'c.yaml': '' });
    const head = good(await repository.fetch('main'));
    const changes = good(await repository.changes(null, head));
    const ids = changes.map((one) => one.object ?? '');
    const blobs = good(await repository.read(ids, 50));
    const texts = ids
      .map((id) => blobs.get(id))
      .map((one) => one && Buffer.from(one).toString('utf8'));
    expect(texts).toEqual(['first\n', null, '']);
    expect(codeOf(await repository.read(['f'.repeat(40)], 10))).toBe('TG1103');
  });
  it('resolves branches and ids, files and directories', async ({ repository, remote }) => {
    const first = await remote.push({ 'svc/run.sh': 'one', 'svc/lib/x': 'x' });
    await remote.push({ 'svc/run.sh': 'two' }, { message: 'Second' });
    good(await repository.fetch('main'));
    const now = good(await repository.resolve('main', 'svc'));
    const then = good(await repository.resolve(first, './svc/'));
    expect([now.type, now.commit.subject, then.commit.id]).toEqual(['tree', 'Second', first]);
    expect(now.object).not.toBe(then.object);
    expect(good(await repository.resolve(first.slice(0, 9), 'svc/lib')).object).toBe(
      good(await repository.resolve('main', 'svc/lib')).object,
    );
    expect(good(await repository.resolve('main', 'svc/run.sh')).type).toBe('blob');
    expect(codeOf(await repository.resolve('main', 'nothing'))).toBe('TG1103');
    expect(codeOf(await repository.resolve('nothing', '.'))).toBe('TG1103');
    expect(codeOf(await repository.resolve('main', '../etc'))).toBe('TG1010');
  });
}

function touchedContract(it: It): void {
  it('tells of files that were changed and changed back, when asked to', async ({
    repository,
    remote,
  }) => {
    const first = await remote.push({ 'a.yaml': 'a', 'b.yaml': 'b', 'dir/c.yaml': 'c' });
    await remote.push({ 'a.yaml': 'a2', 'dir/c.yaml': 'c2', 'd.yaml': 'd' });
    await remote.push({ 'a.yaml': 'a', 'dir/c.yaml': 'c' }, { message: 'Back\n\nAgain: true' });
    await remote.push({ 'b.yaml': 'b2', 'd.yaml': null }, { author: 'Linus' });
    const head = good(await repository.fetch('main'));
    const asked = { commits: true, touched: true };
    const facts = (changes: readonly FileChange[]) =>
      changes.map((one) => [one.path, one.status, one.commit?.subject]).sort();
    const changes = good(await repository.changes(first, head, '', asked));
    expect(facts(changes)).toEqual([
      ['a.yaml', 'touched', 'Back'],
      ['b.yaml', 'modified', 'Change files'],
      ['dir/c.yaml', 'touched', 'Back'],
    ]);
    const again = changes.find((one) => one.path === 'a.yaml');
    expect(again?.commit?.trailers).toEqual({ Again: 'true' });
    expect(again?.object).toBe(good(await repository.resolve(first, 'a.yaml')).object);
    expect(facts(good(await repository.changes(first, head, '', { commits: true })))).toEqual([
      ['b.yaml', 'modified', 'Change files'],
    ]);
    expect(facts(good(await repository.changes(first, head, 'dir', asked)))).toEqual([
      ['dir/c.yaml', 'touched', 'Back'],
    ]);
    expect(good(await repository.changes(head, head, '', asked))).toEqual([]);
  });
}

function betweenContract(it: It): void {
  it('tells what lies between two commits, either way', async ({ repository, remote }) => {
    const push = (message: string, path: string) => remote.push({ [path]: message }, { message });
    const first = await push('First', 'svc/a');
    const second = await push('Second', 'other/b');
    const third = await push('Third', 'svc/c');
    good(await repository.fetch('main'));
    const ask = { from: first, to: third, path: '.', limit: 10 };
    const said = ({ ahead, behind }: Between) =>
      [ahead, behind].map((one) => [...one.commits.map((commit) => commit.subject), one.more]);
    const all = good(await repository.between(ask));
    expect([all.from, all.to, ...said(all)]).toEqual([
      first,
      third,
      ['Third', 'Second', false],
      [false],
    ]);
    expect(all.ahead.commits[1]).toMatchObject({ id: second, author: 'Ada' });
    expect(Date.parse(all.ahead.commits[1]?.at ?? '')).toBeGreaterThan(0);
    const back = { ...ask, from: third.slice(0, 9), to: first.slice(0, 9) };
    const backward = good(await repository.between(back));
    expect([backward.to, ...said(backward)]).toEqual([first, [false], ['Third', 'Second', false]]);
    const found = async (more: Partial<BetweenAsk>) =>
      said(good(await repository.between({ ...ask, ...more })));
    expect((await found({ limit: 1 }))[0]).toEqual(['Third', true]);
    expect((await found({ path: 'svc' }))[0]).toEqual(['Third', false]);
    expect(await found({ from: null })).toEqual([['Third', 'Second', 'First', false], [false]]);
    expect(await found({ from: third })).toEqual([[false], [false]]);
    for (const wrong of ['0'.repeat(40), 'main', '-x', ''])
      expect(codeOf(await repository.between({ ...ask, to: wrong }))).toBe('TG1103');
    expect(codeOf(await repository.between({ ...ask, from: 'f'.repeat(40) }))).toBe('TG1103');
    expect(codeOf(await repository.between({ ...ask, path: '../x' }))).toBe('TG1010');
  });
}

function commitContract(it: It): void {
  const edit = { edits: [{ path: 'env/app.yaml', content: 'two\n' }] };
  it('commits and pushes with its trailers, once per key', async ({ repository, remote }) => {
    await remote.push({ 'env/app.yaml': 'one\n', other: 'o' });
    const done = good(await repository.commit(request(edit)));
    expect(done).toMatchObject({ ok: true, repeated: false, commit: await remote.head() });
    expect(await remote.show('env/app.yaml')).toMatch(/^two/);
    const { commit } = good(await repository.resolve(await remote.head(), '.'));
    expect(commit.trailers).toEqual({
      'Tidegate-Reason': 'line one Tidegate-Rollback: true',
      'Tidegate-Key': 'promotion/pr-1/3/0',
    });
    await remote.push({ 'env/app.yaml': 'three\n' });
    const again = good(await repository.commit(request(edit)));
    expect(again).toEqual({ ok: true, commit: commit.id, repeated: true });
    expect(await remote.show('env/app.yaml')).toMatch(/^three/);
  });
  it('writes nothing when the file is not as expected', async ({ repository, remote }) => {
    const head = await remote.push({ 'env/app.yaml': 'one\n' });
    const blob =
      good(await repository.changes(null, good(await repository.fetch('main'))))[0]?.object ?? '';
    const overtaken = { ok: false, reason: 'overtaken', head };
    expect(
      good(await repository.commit(request({ ...edit, expect: { 'env/app.yaml': null } }))),
    ).toEqual(overtaken);
    expect(
      good(
        await repository.commit(request({ ...edit, expect: { 'env/app.yaml': 'a'.repeat(40) } })),
      ),
    ).toEqual(overtaken);
    expect(good(await repository.commit(request({ ...edit, expect: { gone: blob } })))).toEqual(
      overtaken,
    );
    expect(await remote.head()).toBe(head);
    const right = { ...edit, expect: { 'env/app.yaml': blob } };
    expect(good(await repository.commit(request(right))).ok).toBe(true);
    const same = good(await repository.commit(request({ ...edit, key: 'other' })));
    expect(same).toEqual({ ok: false, reason: 'unchanged', head: await remote.head() });
  });
  it('begins a branch where it was told to, and goes on with it', async ({
    repository,
    remote,
  }) => {
    const first = await remote.push({ 'env/app.yaml': 'one\n' });
    expect(codeOf(await repository.commit(request({ ...edit, branch: 'change' })))).not.toBe('ok');
    const begun = request({ ...edit, branch: 'change', from: 'main' });
    const done = good(await repository.commit(begun));
    expect(done).toMatchObject({ ok: true, commit: await remote.head('change') });
    expect(await remote.show('env/app.yaml', 'change')).toMatch(/^two/);
    expect(await remote.head()).toBe(first);
    expect(good(await repository.commit(begun))).toMatchObject({ ok: true, repeated: true });
    await remote.push({ 'env/app.yaml': 'main goes on\n' });
    const more = { ...begun, key: 'more', edits: [{ path: 'more.yaml', content: 'm\n' }] };
    expect(good(await repository.commit(more)).ok).toBe(true);
    expect(await remote.show('env/app.yaml', 'change')).toMatch(/^two/);
    const nowhere = request({ ...edit, branch: 'other', from: 'nothing' });
    expect(codeOf(await repository.commit(nowhere))).not.toBe('ok');
  });
  it('makes its commit on top of what others pushed meanwhile', async ({ repository, remote }) => {
    await remote.push({ 'env/app.yaml': 'one\n', other: 'o' });
    good(await repository.fetch('main'));
    await remote.push({ other: 'o2' });
    const remove = {
      edits: [
        { path: 'env/app.yaml', content: null },
        { path: 'env/new/b.yaml', content: 'b' },
      ],
    };
    expect(good(await repository.commit(request(remove))).ok).toBe(true);
    expect(await remote.show('env/app.yaml')).toBeNull();
    expect(await remote.show('env/new/b.yaml')).toBe('b');
    expect(await remote.show('other')).toBe('o2');
  });
  it('refuses a path that leaves the repository', async ({ repository, remote }) => {
    const head = await remote.push({ a: 'a' });
    for (const path of ['../x', '/etc/x', 'a//b'])
      expect(codeOf(await repository.commit(request({ edits: [{ path, content: 'x' }] })))).toBe(
        'TG1010',
      );
    expect(await remote.head()).toBe(head);
  });
}

function checkoutContract(it: It): void {
  it('writes a tree into an empty directory only', async ({ repository, remote }) => {
    await remote.push({ 'svc/run.sh': 'one', 'svc/lib/deep/x': 'x', other: 'o' });
    good(await repository.fetch('main'));
    const tree = good(await repository.resolve('main', 'svc')).object;
    const parent = await mkdtemp(join(tmpdir(), 'tidegate-checkout-'));
    try {
      good(await repository.checkout(tree, join(parent, 'bundle')));
      expect(await readFile(join(parent, 'bundle/lib/deep/x'), 'utf8')).toBe('x');
      expect((await readdir(join(parent, 'bundle'))).sort()).toEqual(['lib', 'run.sh']);
      await writeFile(join(parent, 'bundle/run.sh'), 'mine');
      expect(codeOf(await repository.checkout(tree, join(parent, 'bundle')))).toBe('TG1106');
      expect(await readFile(join(parent, 'bundle/run.sh'), 'utf8')).toBe('mine');
      expect(codeOf(await repository.checkout('a'.repeat(40), join(parent, 'none')))).toBe(
        'TG1103',
      );
      expect(await readdir(parent)).toEqual(['bundle']);
    } finally {
      await rm(parent, { recursive: true, force: true });
    }
  });
}
