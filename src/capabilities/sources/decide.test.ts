import { expect, test } from 'vitest';
import { problem } from '../../platform/errors/problem.ts';
import {
  changed,
  commit,
  document,
  file,
  known,
  now,
  snapshot,
  state,
  unreachable,
} from './decide.fixture.ts';
import { decideSource } from './decide.ts';
import type { SourceLook } from './types.ts';

test.each([
  [0, 15],
  [1, 30],
  [2, 60],
  [4, 240],
  [5, 300],
  [60, 300],
])('after %i failures it is tried again in %i s, and what was read stands', (failures, seconds) => {
  const made = decideSource(snapshot(unreachable, { failures }), now);
  expect(made).toMatchObject({
    phase: 'unreachable',
    terminal: false,
    state: { ...state, failures: failures + 1 },
  });
  expect(made.wakeAt?.getTime()).toBe(now.getTime() + seconds * 1000);
  expect(made.because).toContain(
    `No route. Tried again in ${seconds} s; what was read before stands.`,
  );
  expect(made.events?.map((one) => one.type)).toEqual(failures === 0 ? ['source.unreachable'] : []);
  expect(made.writes ?? []).toEqual([]);
});

test('a head that was seen changes nothing, and renews the time of the last answer once a minute', () => {
  const same: SourceLook = { is: 'same', head: state.seenCommit ?? '' };
  const made = decideSource(snapshot(same), now);
  expect(made).toMatchObject({ phase: 'watching', state, events: [] });
  expect(made.wakeAt?.getTime()).toBe(now.getTime() + 15_000);
  const later = new Date('2026-01-05T10:00:30Z');
  expect(decideSource(snapshot(same), later).state.lastFetchedAt).toBe(later.toISOString());
  const back = decideSource(snapshot(same, { failures: 3 }), now);
  expect(back.state).toMatchObject({ failures: 0, lastFetchedAt: now.toISOString() });
  expect(back.events?.map((one) => one.type)).toEqual(['source.reachable']);
});

test('other settings are taken, told and lead to a fresh look', () => {
  const request = (payload: Record<string, string | number>) => ({
    id: 7,
    action: 'configure',
    actor: 'user:ada',
    because: '',
    payload,
    requestId: null,
    at: now,
  });
  const same: SourceLook = { is: 'same', head: 'a'.repeat(40) };
  const moved = decideSource(
    snapshot(same, {}, [request({ address: 'https://t@h/x' }), request({ branch: 'live' })]),
    now,
  );
  expect(moved).toMatchObject({ phase: 'reading', wakeAt: now, taken: { requests: [7, 7] } });
  expect(moved.state).toMatchObject({ address: 'https://t@h/x', branch: 'live', seenCommit: null });
  expect(JSON.stringify(moved.events)).not.toContain('t@h');
  const slower = decideSource(snapshot(same, {}, [request({ pollInterval: 60_000 })]), now);
  expect(slower).toMatchObject({
    phase: 'watching',
    state: { pollInterval: 60_000, seenCommit: 'a'.repeat(40) },
  });
  expect(slower.events?.map((one) => one.type)).toEqual(['source.configured']);
  expect(slower.wakeAt?.getTime()).toBe(now.getTime() + 60_000);
});

test.each([
  [
    'a Release',
    document('Release', 'production/shop', 'new'),
    ['shop@production'],
    ['shop@production'],
  ],
  [
    'an Application',
    document('Application', 'shop', 'new', ['staging', 'live']),
    ['shop@live', 'shop@staging'],
    ['shop@live', 'shop@staging'],
  ],
  ['an Environment', document('Environment', 'live', 'new'), ['blog@live', 'shop@live'], []],
  ['a Target', document('Target', 'eu-1', 'new'), ['blog@live', 'blog@staging', 'shop@live'], []],
  ['an AnalysisTemplate', document('AnalysisTemplate', 'errors', 'new'), [], []],
])('%s wakes whom it concerns', (_what, one, wake, open) => {
  const routes = {
    applications: { live: ['shop', 'blog'], staging: ['blog'] },
    environments: { 'eu-1': ['live', 'staging'] },
  };
  const made = decideSource(
    snapshot(changed({ files: [file('x.yaml', { documents: [one] })], routes })),
    now,
  );
  expect(made.wake).toEqual(wake.map((key) => `delivery/${key}`));
  expect(made.open?.map((each) => each.key)).toEqual(open);
  expect(made.events?.map((each) => [each.type, each.actor, each.outcome])).toEqual([
    ['document.changed', 'git:Ada', 'done'],
  ]);
});

test('environments that an Application left are woken too', () => {
  const look = changed({
    files: [file('shop.yaml', { documents: [document('Application', 'shop', 'new', ['live'])] })],
    known: [known('Application', 'shop', 'shop.yaml', { environments: ['staging'] })],
  });
  const made = decideSource(snapshot(look), now);
  expect(made.wake).toEqual(['delivery/shop@live', 'delivery/shop@staging']);
});

test('what means the same wakes nobody and stays the deed of its commit', () => {
  const look = changed({
    files: [file('b.yaml', { documents: [document('Release', 'live/shop', 'old')] })],
    known: [known('Release', 'live/shop', 'b.yaml')],
  });
  const made = decideSource(snapshot(look), now);
  expect([made.wake, made.events, made.open]).toEqual([[], [], []]);
  expect(made.writes).toMatchObject([
    { table: 'documents', row: { commit: commit('a').id, blob: 'f'.repeat(40) } },
  ]);
});

test('pieces: nothing is removed before the last, and what turned up elsewhere never is', () => {
  const gone = file('a.yaml', { blob: null });
  const first = decideSource(
    snapshot(
      changed({
        files: [gone],
        known: [known('Release', 'live/a', 'a.yaml'), known('Release', 'live/b', 'a.yaml')],
        last: false,
        total: 5,
        after: '0:a.yaml',
      }),
    ),
    now,
  );
  expect(first).toMatchObject({
    phase: 'reading',
    wakeAt: now,
    writes: [],
    state: { seenCommit: 'a'.repeat(40) },
  });
  expect(first.because).toContain('1 of 5 files');
  expect(first.state.pending?.vanished.map((one) => one.name)).toEqual(['live/a', 'live/b']);
  const last = decideSource(
    {
      ...snapshot(
        changed({
          files: [file('z.yaml', { documents: [document('Release', 'live/a', 'old')] })],
          known: [known('Release', 'live/a', 'a.yaml'), known('Release', 'live/b', 'a.yaml')],
        }),
      ),
      state: first.state,
    },
    now,
  );
  expect(last.state).toMatchObject({ pending: null, seenCommit: 'b'.repeat(40) });
  expect(last.writes?.map((one) => [one.table, 'row' in one ? one.row.name : ''])).toEqual([
    ['documents', 'live/a'],
    ['removed', 'live/b'],
  ]);
  expect(last.wake).toEqual(['delivery/b@live']);
});

test('the second that declares a name is turned away, even within one file', () => {
  const shop = document('Application', 'shop', 'new', ['live']);
  const look = changed({
    files: [
      file('a.yaml', { documents: [shop, { ...shop, digest: 'other' }] }),
      file('b.yaml', { documents: [shop] }),
    ],
    known: [known('Application', 'shop', 'a.yaml')],
  });
  const broken =
    decideSource(snapshot(look), now).writes?.filter((one) => one.table === 'broken_files') ?? [];
  expect(broken.map((one) => [one.path, one.problems.map((each) => each.code)])).toEqual([
    ['a.yaml', ['TG1006']],
    ['b.yaml', ['TG1006']],
  ]);
});

test('a wrong version is told with what it was, and a file that is well again is cleared', () => {
  const fault = {
    kind: 'Release' as const,
    name: 'live/shop',
    isTorn: false,
    problems: [problem('TG1004', { detail: 'commit is missing.' })],
  };
  const files = [
    file('a.yaml', { faults: [fault] }),
    file('b.yaml'),
    file('c.yaml', { faults: [{ ...fault, name: null, kind: null }] }),
  ];
  const look = changed({
    files,
    known: [known('Release', 'live/shop', 'a.yaml'), known('Target', 'eu-1', 'c.yaml')],
    brokenPaths: ['b.yaml'],
  });
  const made = decideSource(snapshot(look), now);
  expect(made.writes?.map((one) => one.table)).toEqual([
    'faults',
    'broken_files',
    'broken_files',
    'faults',
  ]);
  expect(made.events?.[0]?.because).toBe(
    `Commit ${'b'.repeat(12)} (Commit b) made Release live/shop wrong: commit is missing. The last good version stays.`,
  );
  expect(made.wake).toEqual(['delivery/shop@live']);
});

const torn = (name: string) => ({
  ...{ kind: 'Environment' as const, name, isTorn: true },
  problems: [problem('TG1001', { detail: 'A bracket is open.' })],
});

test.each([
  ['a document that lost a part of its name', 'stagi', ['staging', 'live'], ['broken_files']],
  ['one that hides those after it', 'staging', ['staging', 'live'], []],
  ['a torn one in a new file', 'stagi', [], []],
] as const)(
  '%s removes nothing, and all that the file held are told',
  (_name, name, held, more) => {
    const look = changed({
      files: [file('a.yaml', { faults: [torn(name)] })],
      known: held.map((one) => known('Environment', one, 'a.yaml')),
    });
    const { writes = [], events } = decideSource(snapshot(look), now);
    const told = writes.filter(({ table }) => table === 'faults');
    const names = told.map((one) => 'row' in one && one.row.name);
    expect(names.toSorted()).toEqual(held.length > 0 ? ['live', 'staging'] : [name]);
    expect(writes.filter(({ table }) => table !== 'faults').map(({ table }) => table)).toEqual(
      more,
    );
    expect(events).toMatchObject([{ type: 'document.refused', outcome: 'refused' }]);
  },
);

test('a name taken twice by a wrong document is told with both', () => {
  const problems = [problem('TG1004', { detail: 'Wrong.' })];
  const look = changed({
    files: [
      file('b.yaml', { faults: [{ kind: 'Target', name: 'eu-1', isTorn: false, problems }] }),
    ],
    known: [known('Target', 'eu-1', 'a.yaml')],
  });
  const [write] = decideSource(snapshot(look), now).writes ?? [];
  expect(write).toMatchObject({
    table: 'broken_files',
    problems: [{ code: 'TG1006' }, { code: 'TG1004' }],
  });
});
