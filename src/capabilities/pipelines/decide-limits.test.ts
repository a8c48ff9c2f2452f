import { expect, test } from 'vitest';
import type { StepAdapter } from '../../integrations/step/port.ts';
import type { Json } from '../../platform/ids/types.ts';
import { sameJson } from './decide-equal.ts';
import { storable } from './decide-storable.ts';
import { openWorld, specOf, step, type World } from './runs.fixture.ts';

/** A run of which almost all of the room for its state is taken. */
function full(spec: ReturnType<typeof specOf>, adapters: readonly StepAdapter[] = []): World {
  const world = openWorld(spec, { adapters });
  world.state = { ...world.state, inputs: { filler: 'x'.repeat(1024 * 1024 - 20_000) } };
  world.settle();
  return world;
}

const remembering: StepAdapter = {
  kind: 'http',
  decide: () => ({ is: 'wait', because: 'x', memory: 'm'.repeat(15_000), wakeAt: null }),
};
const http = (name: string): Json => ({ name, http: { url: 'x' } });

test.each([
  ['what its steps remember', specOf({ steps: [http('a'), http('b')] }), 'b', 'too large (TG1908)'],
  [
    'the settings of a step',
    specOf({
      steps: [
        step('b', { notify: { channels: ['c'], message: 'y'.repeat(8_000) } }),
        step('c', { notify: { channels: ['c'], message: 'y'.repeat(8_000) } }),
        step('d', { notify: { channels: ['c'], message: 'y'.repeat(8_000) } }),
      ],
    }),
    'd',
    'too large for its',
  ],
  [
    'a list',
    specOf({ steps: [step('b', { forEach: { items: Array(60).fill('z') } })] }),
    'b',
    'too large for its list (TG1908)',
  ],
])('a run that becomes too large by %s ends that step, and goes on', (_name, spec, name, why) => {
  const world = full(spec, [remembering]);
  expect(world.step(name).status).toBe('errored');
  expect(world.step(name).because).toContain(why);
  expect(JSON.stringify(world.state).length).toBeLessThan(1024 * 1024 + 10_000);
});

test.each([
  ['${{ " " }}', 'gives a text of 0 characters'],
  ['${{ [1] }}', 'gives no text'],
  ['g${{ inputs.long }}', 'gives a text of 301 characters'],
])('a group %s ends the run', (group, why) => {
  const spec = specOf({ concurrency: { group }, steps: [step('a')] });
  const world = openWorld(spec, { run: { inputs: { long: 'x'.repeat(300) } } });
  world.settle();
  expect(world.state.phase).toBe('errored');
  expect(world.state.because).toContain(why);
});

test('a kind that cannot say whether an answer counts refuses it', () => {
  const asking: StepAdapter = {
    kind: 'http',
    decide: () => ({ is: 'wait', because: 'x', memory: null, wakeAt: null }),
    refuse: () => {
      throw new Error('oops');
    },
  };
  const world = openWorld(specOf({ steps: [http('a')] }), { adapters: [asking] });
  world.settle();
  world.ask('approve', { step: 'a' });
  expect(world.events.at(-1)).toMatchObject({
    outcome: 'refused',
    because: 'http could not say: Error: oops',
  });
});

test.each([
  [null, null, true],
  [1, '1', false],
  [[1, [2]], [1, [2]], true],
  [[1], [1, 2], false],
  [[], {}, false],
  [{ a: 1, b: { c: [null] } }, { b: { c: [null] }, a: 1 }, true],
  [{ a: 1 }, { b: 1 }, false],
  [{ a: null }, {}, false],
  [{ a: 1 }, null, false],
] as const)('%j and %j are the same: %s', (one, other, same) => {
  expect(sameJson(one, other)).toBe(same);
  expect(sameJson(other, one)).toBe(same);
});

test('what goes in circles, or is too large a number, has no JSON', () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  for (const value of [circle, 1n, undefined, () => 1]) expect(storable(value)).toBeNull();
  expect(storable({ a: undefined, b: Number.NaN })).toEqual({ value: { b: null }, size: 10 });
});
