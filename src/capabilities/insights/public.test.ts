import { expect, test } from 'vitest';
import { publicOf } from './public.ts';
import type { PublicRead } from './reads-public.ts';

const read = (change: Partial<PublicRead>): PublicRead => ({
  application: 'shop',
  environment: 'production',
  version: 'r-1',
  commit: 'c1',
  stableAt: new Date('2026-01-01T00:00:00Z'),
  changingAt: null,
  targets: 2,
  converged: 2,
  silent: 0,
  ...change,
});

const stable = '2026-01-01T00:00:00.000Z';
const begun = new Date('2026-01-02T00:00:00Z');

test.each<[string, Partial<PublicRead>, string, string | null]>([
  ['all targets serve it', {}, 'healthy', stable],
  ['a rollout is under way', { changingAt: begun, converged: 0 }, 'changing', begun.toISOString()],
  ['the first rollout', { changingAt: begun, version: null }, 'changing', begun.toISOString()],
  ['never released', { version: null, stableAt: null, targets: 0 }, 'unknown', null],
  ['no target is told to', { targets: 0, converged: 0 }, 'unknown', stable],
  ['a target does not', { converged: 1 }, 'unhealthy', stable],
  ['a target does not and another is silent', { converged: 0, silent: 1 }, 'unhealthy', stable],
  ['a target is silent', { converged: 1, silent: 1 }, 'unknown', stable],
  ['all are silent', { converged: 0, silent: 2 }, 'unknown', stable],
])('%s', (_name, change, health, since) => {
  expect(publicOf(read(change))).toMatchObject({ health, since });
});

test('nothing else is told', () => {
  expect(Object.keys(publicOf(read({}))).sort()).toEqual([
    'application',
    'commit',
    'environment',
    'health',
    'since',
    'version',
  ]);
});
