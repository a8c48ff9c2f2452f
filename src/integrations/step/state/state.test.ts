import { afterEach, expect, test } from 'vitest';
import type { Json } from '../../../platform/ids/types.ts';
import { contextOf } from '../context.fixture.ts';
import { lookOf, stepContract } from '../contract.ts';
import { outbound } from '../outbound.ts';
import type { StepLook, StepMove } from '../port.ts';
import { listen, type StepServer } from '../server.fixture.ts';
import { stateStep } from './state.ts';

const now = new Date('2026-03-02T10:00:00Z');
const cancelled = { actor: 'user:bob', because: '' };
const live = { stable: 'r-old', health: 'degraded' };
const adapter = stateStep({
  outbound: outbound(),
  readState: async (application, environment) =>
    environment === 'production' ? { ...live, application } : null,
});
const ofEnvironment = {
  environment: 'production',
  until: 'state.health == "healthy"',
  interval: 5_000,
  outputs: { stable: 'state.stable' },
};
const ofAddress = { http: { url: 'http://127.0.0.1:1/health', timeout: 500 }, interval: 2_000 };
const servers: StepServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

stepContract('state', () => ({
  adapter,
  settings: [ofEnvironment, { ...ofAddress, until: 'state.body.ready' }, ofAddress],
  facts: [{ state: live }, { state: { ...live, health: 'healthy' } }, { state: null }],
  values: [
    { is: 'met', because: 'ready', outputs: { a: 1 } },
    { is: 'notYet', because: 'no', outputs: {} },
    { is: 'errored', because: 'no value', outputs: {} },
  ],
  twice: null,
}));

const decide = (over: Partial<StepLook>): StepMove => adapter.decide(lookOf(over), now);

test('it asks what runs until the condition holds, and gives the outputs', () => {
  const no = decide({ settings: ofEnvironment, facts: { state: live } });
  expect(no).toMatchObject({
    ...{ is: 'wait', because: 'state.health == "healthy" is false' },
    wakeAt: new Date(now.getTime() + 5_000),
  });
  const healthy = { state: { ...live, health: 'healthy' } };
  expect(decide({ settings: ofEnvironment, facts: healthy })).toMatchObject({
    ...{ status: 'succeeded', outputs: { stable: 'r-old' } },
  });
  const once = { ...ofEnvironment, until: null };
  expect(decide({ settings: once, facts: { state: live } })).toMatchObject({ status: 'succeeded' });
});

test.each<readonly [string, Partial<StepLook>, string]>([
  [
    'what is not declared',
    { settings: ofEnvironment, facts: { state: null } },
    'shop in production is not declared',
  ],
  [
    'no application',
    { settings: ofEnvironment, subject: { ...lookOf().subject, application: null } },
    'names no application',
  ],
  [
    'a condition without a value',
    { settings: { ...ofEnvironment, until: 'state.none' }, facts: { state: live } },
    'has no value',
  ],
  [
    'an output without a value',
    {
      settings: { ...ofEnvironment, until: null, outputs: { x: 'state.none' } },
      facts: { state: live },
    },
    'output x has no value',
  ],
])('%s is no answer', (_what, over, words) => {
  const move = decide(over);
  expect(move).toMatchObject({ status: 'errored' });
  expect(move.because).toContain(words);
});

/** Lives through one round of asking an address. */
async function round(settings: Json, memory: Json = null): Promise<StepMove> {
  const asked = decide({ settings, memory });
  if (asked.is === 'end') return asked;
  const value = (await adapter.run?.(asked.effect ?? null, contextOf())) ?? null;
  return decide({ settings, memory: asked.memory, outcome: { ok: true, value } });
}

test('an address is asked again and again, also while nobody is there yet', async () => {
  const until = 'state.status == 200 && state.body.ready';
  const away = await round({ ...ofAddress, until });
  expect(away).toMatchObject({ is: 'wait', wakeAt: new Date(now.getTime() + 2_000) });
  expect(away.because).toContain('TG1921');
  const answers = [{ ready: false }, { ready: true, version: '1.2' }];
  const server = await listen(() => ({ status: 200, body: answers.shift() }));
  servers.push(server);
  const settings = {
    ...{ http: { url: server.url, timeout: 2_000 }, until, interval: 2_000 },
    outputs: { version: 'state.body.version' },
  };
  const first = await round(settings);
  expect(first).toMatchObject({ is: 'wait', because: `${until} is false` });
  if (first.is !== 'wait') throw new Error('it ended');
  // Not before its time, whatever wakes the run meanwhile.
  expect(decide({ settings, memory: first.memory })).not.toHaveProperty('effect');
  const later = adapter.decide(
    lookOf({ settings, memory: first.memory }),
    new Date('2026-03-02T10:00:02Z'),
  );
  expect(later).toMatchObject({ effect: { url: server.url } });
  const value =
    (await adapter.run?.((later.is === 'wait' ? later.effect : null) ?? null, contextOf())) ?? null;
  const memory = later.is === 'wait' ? later.memory : null;
  expect(decide({ settings, memory, outcome: { ok: true, value } })).toMatchObject({
    ...{ status: 'succeeded', outputs: { version: '1.2' } },
  });
});

test('without `until` nobody there is no answer, and an address that is not allowed never is', async () => {
  expect(await round(ofAddress)).toMatchObject({ status: 'errored' });
  const metadata = { http: { url: 'http://169.254.169.254/', timeout: 500 }, until: 'true' };
  const move = await round(metadata);
  expect(move).toMatchObject({ status: 'errored' });
  expect(move.because).toContain('TG1922');
});

test('a cancel stops what is being asked', () => {
  const memory = { is: 'asking', asked: 1, at: null, last: '' };
  expect(decide({ settings: ofAddress, memory, cancelled })).toMatchObject({ stopEffect: true });
  expect(decide({ settings: ofAddress, cancelled })).toMatchObject({ status: 'cancelled' });
});

test('what runs is read of the application that is meant', async () => {
  const look = (settings: Json) => adapter.load?.(lookOf({ settings }));
  expect(await look(ofEnvironment)).toMatchObject({ state: { application: 'shop' } });
  expect(await look({ ...ofEnvironment, application: 'cart' })).toMatchObject({
    state: { application: 'cart' },
  });
  expect(await look({ ...ofEnvironment, environment: 'moon' })).toEqual({ state: null });
  expect(await look(ofAddress)).toBeNull();
});
