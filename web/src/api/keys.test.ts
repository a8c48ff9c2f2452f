import { expect, test } from 'vitest';
import { outdatedBy } from './keys.ts';

const shop = { application: 'shop', environment: 'production' };
const nobody = { application: null, environment: null };
const own = ['application', 'shop'];

test.each([
  ['rollout/ro-1', shop, [['rollout', 'ro-1'], ['rollouts'], own]],
  ['rollout/ro-1', nobody, [['rollout', 'ro-1'], ['rollouts']]],
  ['analysis/ro-1/0/error-rate', shop, [['rollout', 'ro-1']]],
  ['run/run-1', nobody, [['run', 'run-1'], ['runs']]],
  ['run/run-1', shop, [['run', 'run-1'], ['runs'], own]],
  ['delivery/shop@production', shop, [own]],
  ['promotion/p-1', shop, [own]],
  ['source/config', nobody, [['applications'], ['problems'], ['application']]],
  ['channel/slack', nobody, []],
  ['', nobody, []],
] as const)('a change of %s of %j puts out of date what shows it', (object, of, expected) => {
  expect(outdatedBy({ object, ...of })).toEqual(expected);
});
