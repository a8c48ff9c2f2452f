import { expect, test } from 'vitest';
import type { TargetSummary } from '../../../../src/contract/api/fleet.ts';
import { changed } from './targets.ts';

const target = (name: string, revision = 1): TargetSummary => ({
  ...{ name, driver: 'process', labels: {}, connected: true, agent: 'edge', agentVersion: '1' },
  ...{ lastSeenAt: null, revision, applications: [] },
});
const before = [target('eu-1'), target('us-1')];
type Changes = Parameters<typeof changed>[1];

test.each<[string, Changes, string[]]>([
  ['nothing', [], ['eu-1 1', 'us-1 1']],
  ['a new one, at its place', [{ target: target('eu-2') }], ['eu-1 1', 'eu-2 1', 'us-1 1']],
  ['one that changed', [{ target: target('us-1', 2) }], ['eu-1 1', 'us-1 2']],
  ['one that is gone', [{ gone: 'eu-1' }], ['us-1 1']],
  ['one that never was', [{ gone: 'eu-9' }], ['eu-1 1', 'us-1 1']],
  [
    'one that went and came again',
    [{ gone: 'eu-1' }, { target: target('eu-1', 2) }],
    ['eu-1 2', 'us-1 1'],
  ],
  ['one that came and went', [{ target: target('ap-1') }, { gone: 'ap-1' }], ['eu-1 1', 'us-1 1']],
  [
    'twice the same, of which the last counts',
    [{ target: target('us-1', 2) }, { target: target('us-1', 3) }],
    ['eu-1 1', 'us-1 3'],
  ],
])('%s', (_what, changes, expected) => {
  const now = changed(before, changes);
  expect(now.map(({ name, revision }) => `${name} ${revision}`)).toEqual(expected);
});

test('what did not change stays the same object', () => {
  expect(changed(before, [{ target: target('us-1', 2) }])[0]).toBe(before[0]);
});
