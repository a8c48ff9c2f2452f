import { expect, test } from 'vitest';
import type { StatusRead } from './reads.ts';
import { statusOf } from './status.ts';

const rollout = (phase: string, terminal: boolean): NonNullable<StatusRead['rollout']> => ({
  id: 'ro-1',
  release: 'r-2',
  phase,
  terminal,
  weight: 20,
  wave: 0,
  waves: 2,
  step: 1,
  steps: 3,
  because: `why it is ${phase}`,
  startedAt: '2026-01-01T01:00:00+01:00',
  updatedAt: '2026-01-01T00:00:01.123456+00:00',
});

const read = (change: Partial<StatusRead>): StatusRead => ({
  application: 'shop',
  environment: 'production',
  owner: 'team-shop',
  declared: true,
  desiredCommit: 'c2',
  stable: 'r-1',
  stableCommit: 'c2',
  rollout: rollout('succeeded', true),
  endpoints: [],
  problems: [],
  waiting: 'what the delivery says',
  ...change,
});

test.each<[string, Partial<StatusRead>, string, string]>([
  [
    'going back',
    { rollout: rollout('rollingBack', false) },
    'rollingBack',
    'why it is rollingBack',
  ],
  ['paused', { rollout: rollout('paused', false) }, 'waiting', 'why it is paused'],
  ['not begun', { rollout: rollout('pending', false) }, 'waiting', 'why it is pending'],
  ['under way', { rollout: rollout('progressing', false) }, 'rollingOut', 'why it is progressing'],
  [
    'under way before Git was read',
    { rollout: rollout('soaking', false), declared: false },
    'rollingOut',
    'why it is soaking',
  ],
  ['never released', { declared: false, stable: null, rollout: null }, 'notReleased', 'no release'],
  ['not looked at', { waiting: null, stable: null, rollout: null }, 'waiting', 'nobody has looked'],
  [
    'failed',
    { rollout: rollout('rolledBack', true), stableCommit: 'c1' },
    'failed',
    'delivery says',
  ],
  [
    'failed, delivery silent',
    { rollout: rollout('rolledBack', true), stableCommit: 'c1', waiting: '' },
    'failed',
    'why it is rolledBack',
  ],
  [
    'failed and reverted',
    { rollout: rollout('rolledBack', true) },
    'steady',
    'The last rollout: why it is rolledBack',
  ],
  ['first one is on its way', { stable: null, rollout: null }, 'waiting', 'delivery says'],
  ['steady', {}, 'steady', 'r-1 is stable.'],
])('%s', (_name, change, state, because) => {
  const row = statusOf(read(change));
  expect(row.state).toBe(state);
  expect(row.because).toContain(because);
});

test('times are in UTC with a Z, whatever PostgreSQL wrote', () => {
  const { rollout: shown } = statusOf(read({}));
  expect(shown).toMatchObject({
    startedAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:01.123Z',
  });
});
