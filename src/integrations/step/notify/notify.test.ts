import { expect, test } from 'vitest';
import { contextOf } from '../context.fixture.ts';
import { lookOf, stepContract } from '../contract.ts';
import { notifyStep, type StepMessage } from './notify.ts';

const now = new Date('2026-03-02T10:00:00Z');
const settings = { channels: ['chat', 'pager'], message: 'Shipped 1.2', severity: 'warning' };

/** Messages by key, as PostgreSQL keeps them. */
function world(known: readonly string[] = ['chat', 'pager']) {
  const messages = new Map<string, StepMessage>();
  const adapter = notifyStep({
    leaveMessage: async (message) => {
      if (!known.includes(message.channel)) return false;
      messages.set(message.key, message);
      return true;
    },
  });
  return { adapter, messages };
}

stepContract('notify', () => {
  const { adapter, messages } = world(['chat']);
  return {
    adapter,
    settings: [settings],
    values: [{ left: ['chat'], missing: [] }],
    twice: async () => {
      await adapter.run?.(settings, contextOf());
      await adapter.run?.(settings, contextOf());
      return messages.size;
    },
  };
});

test('every channel is told once, with what and who', async () => {
  const { adapter, messages } = world();
  const twice = { ...settings, channels: ['chat', 'pager', 'chat'] };
  const value = (await adapter.run?.(twice, contextOf())) ?? null;
  expect([...messages.values()]).toMatchObject([
    {
      ...{ channel: 'chat', key: 'run/run-1/4/0/chat', severity: 'warning', text: 'Shipped 1.2' },
      ...{ application: 'shop', run: 'run-1', actor: 'user:ada' },
    },
    { channel: 'pager', key: 'run/run-1/4/0/pager' },
  ]);
  const look = lookOf({ settings, memory: { is: 'asked' }, outcome: { ok: true, value } });
  expect(adapter.decide(look, now)).toMatchObject({
    ...{ status: 'succeeded', because: 'left for chat, pager' },
    outputs: { channels: ['chat', 'pager'] },
  });
});

test('a channel that is not declared is no answer, and the others were told', async () => {
  const { adapter, messages } = world(['chat']);
  const value = (await adapter.run?.(settings, contextOf())) ?? null;
  expect(messages.size).toBe(1);
  const look = lookOf({ settings, memory: { is: 'asked' }, outcome: { ok: true, value } });
  expect(adapter.decide(look, now)).toMatchObject({
    status: 'errored',
    because: 'no channel pager is declared',
  });
});
