import { describe, expect, test } from 'vitest';
import type { StepAdapter, StepMove } from '../../integrations/step/port.ts';
import type { Json } from '../../platform/ids/types.ts';
import { openWorld, specOf, statuses, step } from './runs.fixture.ts';

/** A kind that makes this one move, whatever it sees. */
const moving = (move: unknown, more: Partial<StepAdapter> = {}): StepAdapter => ({
  kind: 'http',
  decide: () => move as StepMove,
  ...more,
});
const ends = (more: object) =>
  moving({ is: 'end', status: 'succeeded', because: 'x', outputs: {}, ...more });
const waits = (more: object, rest: Partial<StepAdapter> = {}) =>
  moving({ is: 'wait', because: 'x', memory: null, wakeAt: null, ...more }, rest);

const http = (name: string, more: object = {}): Json => ({
  name,
  http: { url: 'http://127.0.0.1' },
  ...more,
});
const one = specOf({ steps: [http('work')] });

const because = (adapter: StepAdapter, spec = one) => {
  const world = openWorld(spec, { adapters: [adapter] });
  world.settle();
  const { status, because: why } = world.step('work');
  return `${status}: ${why}`;
};

describe('what a kind does wrong is an error of its step', () => {
  const throwing = {
    kind: 'http',
    decide: () => {
      throw new Error('oops');
    },
  } as const;
  test.each([
    ['throws', throwing, 'http could not decide: Error: oops (TG1604)'],
    ['moves nowhere', moving(undefined), 'could not decide: TypeError'],
    ['makes no move', moving({ is: 'jump', because: 'x' }), 'its move is none'],
    ['ends as nothing', ends({ status: 'done' }), 'its move is none'],
    ['gives no reason', ends({ because: 7 }), 'its move is none'],
    ['waits for no time', waits({ wakeAt: new Date(Number.NaN) }), 'its move is none'],
    ['puts out a text', ends({ outputs: 'x' }), 'its outputs are not a map (TG1915)'],
    [
      'puts out too much',
      ends({ outputs: { a: 'x'.repeat(17_000) } }),
      'of at most 16384 (TG1915)',
    ],
    ['remembers too much', waits({ memory: 'x'.repeat(17_000) }), 'too large (TG1915)'],
    ['remembers what has no JSON', waits({ memory: () => 1 }), 'too large (TG1915)'],
    [
      'asks for what it cannot do',
      waits({ effect: 1 }),
      'http asked for what it cannot do (TG1604)',
    ],
  ])('%s', (_name, adapter, why) => {
    const text = because(adapter);
    expect(text).toMatch(/^errored: /);
    expect(text).toContain(why);
  });

  test('a kind that is not known here', () => {
    const world = openWorld(one);
    world.settle();
    expect(world.step('work').because).toBe('steps of kind http are not known here (TG1907)');
  });
});

test('NUL and halves of surrogate pairs never reach the state', () => {
  const adapter = ends({
    because: 'a\0b\ud800',
    outputs: { 'k\0': 'v\udfff', ok: '\\u0000 é 🎉' },
  });
  const world = openWorld(one, { adapters: [adapter] });
  world.settle();
  expect(world.step('work').because).toBe('a\ufffdb\ufffd');
  expect(world.step('work').outputs).toEqual({ 'k\ufffd': 'v\ufffd', ok: '\\u0000 é 🎉' });
});

test('a long reason is cut', () => {
  expect(because(ends({ because: 'x'.repeat(5_000) })).length).toBeLessThan(1_020);
});

test('outputs that make the run too large are an error of their steps, and the rest goes on', () => {
  const adapter = ends({ outputs: { text: 'x'.repeat(16_000) } });
  const spec = specOf({
    steps: [http('many', { forEach: { items: Array(100).fill(0) } })],
    finally: [step('clean')],
  });
  const world = openWorld(spec, { adapters: [adapter] });
  world.settle();
  const all = Object.values(statuses(world));
  expect(all.filter((status) => status === 'succeeded').length).toBeGreaterThan(50);
  expect(world.step('many[99]').because).toContain('TG1908');
  expect(JSON.stringify(world.state).length).toBeLessThan(1024 * 1024 + 50_000);
  expect(world.state.phase).toBe('errored');
  expect(world.step('clean').status).toBe('succeeded');
});

describe('settings', () => {
  const settled = (url: string, more: object = {}) => {
    const seen: Json[] = [];
    const adapter: StepAdapter = {
      kind: 'http',
      decide: (look) => {
        seen.push(look.settings);
        return { is: 'end', status: 'succeeded', because: 'x', outputs: {} };
      },
    };
    const spec = specOf({
      inputs: { port: { type: 'number', default: 80 } },
      variables: { host: 'a.example', deep: '${{ inputs.port }}0', bad: '${{ inputs.no }}' },
      environments: { prod: { variables: { host: 'p.example' } } },
      steps: [http('work', { http: { url, ...more }, environment: 'prod' })],
    });
    const world = openWorld(spec, { adapters: [adapter], run: { inputs: { port: 80 } } });
    world.settle();
    return { settings: seen[0] as { [name: string]: Json } | undefined, step: world.step('work') };
  };

  test('are filled in, with the variables of the environment', () => {
    const url =
      'http://${{ variables.host }}:${{ inputs.port }}/${{ variables.deep }}/${{ environment }}';
    expect(settled(url).settings?.url).toBe('http://p.example:80/800/prod');
  });

  test('a whole expression keeps its type where any value may stand, and is text elsewhere', () => {
    const { settings } = settled('${{ inputs.port }}', { body: { n: '${{ inputs.port }}' } });
    expect(settings).toMatchObject({ url: '80', body: { n: 80 } });
  });

  test.each([
    ['${{ inputs.no }}', 'TG1906'],
    ['${{ [1] }}', 'http.url is a text, and ${{ [1] }} gave a list (TG1907)'],
    ['${{ {"a": 1} }}', 'gave a map (TG1907)'],
    ['${{ null }}', 'gave null (TG1907)'],
    ['${{ variables.bad }}', 'variables.bad has no value'],
  ])('%s is an error that says why', (url, why) => {
    const { settings, step: state } = settled(url);
    expect(settings).toBeUndefined();
    expect(state.status).toBe('errored');
    expect(state.because).toContain(why);
  });

  test('scripts and commands are left as they are', () => {
    const script = 'echo ${{ inputs.no }}';
    const spec = specOf({
      steps: [{ name: 'work', shell: { script, env: { A: '${{ 1 + 1 }}' } } }],
    });
    const world = openWorld(spec);
    world.settle();
    expect(world.step('work').outputs).toMatchObject({ script, env: { A: '2' } });
  });
});

describe('a kind that reads the world', () => {
  const reading = (): StepAdapter & { readonly seen: Json[] } => {
    const seen: Json[] = [];
    return {
      kind: 'http',
      seen,
      load: async () => null,
      decide: ({ facts, outcome }) => {
        seen.push(facts);
        if (outcome) return { is: 'end', status: 'succeeded', because: 'read', outputs: {} };
        return {
          is: 'wait',
          because: 'w',
          memory: 1,
          wakeAt: null,
          ...(facts === 1 ? { effect: 1 } : {}),
        };
      },
      run: async () => null,
    };
  };

  test('is asked only with what was read for this very attempt', () => {
    const adapter = reading();
    const world = openWorld(one, { adapters: [adapter] });
    world.look();
    expect(adapter.seen).toEqual([]);
    expect(world.wakeAt?.getTime()).toBe(world.at.now);
    world.facts = { work: 1 };
    world.settle();
    expect(adapter.seen).toEqual([1]);
  });

  test('is not asked while it cannot be read, and nothing that comes meanwhile is lost', () => {
    const adapter = reading();
    const world = openWorld(one, { adapters: [adapter] });
    world.look();
    world.facts = { work: 1 };
    world.settle();
    world.unread = { work: 'no connection' };
    world.come('work');
    expect(world.step('work').because).toBe('what it waits for could not be read: no connection');
    expect(world.wakeAt?.getTime()).toBe(world.at.now + 5_000);
    expect(world.outcomes).toHaveLength(1);
    world.unread = {};
    world.pass(5_000);
    expect(world.state.phase).toBe('succeeded');
    expect(world.outcomes).toEqual([]);
  });

  test('is over in the end, even if it can never be read', () => {
    const spec = specOf({ steps: [http('work', { timeout: '1m' })] });
    const world = openWorld(spec, { adapters: [reading()] });
    world.unread = { work: 'no connection' };
    world.settle();
    world.pass(60_000);
    world.pass(30_000);
    expect(world.step('work').status).toBe('errored');
  });
});

test('expressions see what runs where', () => {
  const say = '${{ live.environments["eu"].stable }}';
  const spec = specOf({ steps: [step('tell', { notify: { channels: ['room'], message: say } })] });
  const world = openWorld(spec);
  const eu = { stable: 'r-9', active: null, phase: null, health: 'healthy', frozen: false };
  world.live = { environments: { eu } };
  world.settle();
  expect(world.step('tell').outputs.message).toBe('r-9');
});
