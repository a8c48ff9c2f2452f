import { expect, test } from 'vitest';
import type { Changed } from './decide-files.ts';
import { triggerOpenings, triggersOf } from './decide-triggers.ts';

const changed = (kind: Changed['kind'], name: string, over: Partial<Changed> = {}): Changed => ({
  ...{ kind, name, environments: [], triggers: true, gone: false },
  ...over,
});
const keys = (changes: readonly Changed[]) => triggerOpenings(changes).map((one) => one.key);
const none = { applications: {}, environments: {} };

test('what may begin runs is opened once, asleep in state and due at once', () => {
  const changes = [
    changed('Pipeline', 'ship'),
    changed('Application', 'shop'),
    changed('Application', 'shop'),
    changed('Application', 'plain', { triggers: false }),
    changed('Pipeline', 'gone', { gone: true }),
    changed('Environment', 'live'),
  ];
  expect(keys(changes)).toEqual(['application:shop', 'pipeline:ship']);
  expect(triggerOpenings(changes)[0]).toMatchObject({
    kind: 'trigger',
    phase: 'idle',
    state: { pipeline: null, memory: {} },
  });
});

test('what changed, what is gone and who follows it are woken, each once', () => {
  const changes = [
    changed('Pipeline', 'ship'),
    changed('Application', 'shop', { gone: true }),
    changed('Application', 'plain', { triggers: false }),
  ];
  const routes = { ...none, followers: ['shop', 'other'] };
  expect(triggersOf(changes, routes)).toEqual([
    'trigger/application:other',
    'trigger/application:shop',
    'trigger/pipeline:ship',
  ]);
  expect(triggersOf([changed('Target', 'eu-1')], none)).toEqual([]);
});
