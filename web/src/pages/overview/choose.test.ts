import { expect, test } from 'vitest';
import { statusRow } from '../../page.fixture.tsx';
import { type Choice, countStates, environmentsOf, linesOf } from './choose.ts';

const rollout = (updatedAt: string) => ({
  ...{ id: 'ro-1', release: 'r-2', phase: 'progressing', terminal: false, because: '' },
  ...{ weight: 20, wave: 0, waves: 1, step: 0, steps: 1, startedAt: updatedAt, updatedAt },
});
const rows = [
  statusRow('api', 'staging', { owner: 'team-core', rollout: rollout('2026-11-21T10:00:00Z') }),
  statusRow('api', 'production', { owner: 'team-core', state: 'rollingOut', stable: 'r-77' }),
  statusRow('shop', 'staging', { state: 'failed' }),
  statusRow('web', 'edge', { rollout: rollout('2026-11-21T11:00:00Z') }),
];

test.each<[string, [string, string][], string[]]>([
  ['nothing', [], []],
  [
    'one path',
    [
      ['a', 'staging'],
      ['a', 'production'],
    ],
    ['staging', 'production'],
  ],
  [
    'a path that leaves one out',
    [
      ['a', 'dev'],
      ['a', 'staging'],
      ['a', 'production'],
      ['b', 'staging'],
      ['b', 'production'],
    ],
    ['dev', 'staging', 'production'],
  ],
  [
    'as many one way as the other, by name',
    [
      ['a', 'x'],
      ['a', 'y'],
      ['b', 'y'],
      ['b', 'x'],
    ],
    ['x', 'y'],
  ],
])('columns of %s', (_what, pairs, expected) => {
  expect(environmentsOf(pairs.map(([a, e]) => statusRow(a, e)))).toEqual(expected);
});

test.each<[Choice, string[]]>([
  [{}, ['api', 'shop', 'web']],
  [{ q: '  ' }, ['api', 'shop', 'web']],
  [{ q: 'SHOP' }, ['shop', 'web']],
  [{ q: 'shop staging' }, ['shop']],
  [{ q: 'r-77' }, ['api']],
  [{ q: 'shop r-77' }, []],
  [{ state: 'failed' }, ['shop']],
  [{ state: 'failed', q: 'api' }, []],
  [{ environment: 'staging' }, ['api', 'shop']],
  [{ environment: 'staging', state: 'rollingOut' }, []],
  [{ sort: 'attention' }, ['shop', 'api', 'web']],
  [{ sort: 'changed' }, ['web', 'api', 'shop']],
  [{ sort: 'of an old address' }, ['api', 'shop', 'web']],
])('the choice %j leaves %j', (choice, expected) => {
  expect(linesOf(rows, choice).map(({ application }) => application)).toEqual(expected);
});

test('a line has all its environments, also those that do not fit', () => {
  const [line] = linesOf(rows, { state: 'rollingOut' });
  expect(line?.owner).toBe('team-core');
  expect([...(line?.cells.keys() ?? [])]).toEqual(['staging', 'production']);
});

test('states are counted', () => {
  expect(Object.fromEntries(countStates(rows))).toEqual({ steady: 2, rollingOut: 1, failed: 1 });
});
