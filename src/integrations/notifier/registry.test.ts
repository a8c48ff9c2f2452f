import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { channelKinds } from '../../contract/kinds/channel.ts';
import { tooFast } from './answers.ts';
import { notifierContract } from './contract.ts';
import { fakeNotifier } from './fake.ts';
import { contextWith, deliveryOf } from './notice.fixture.ts';
import type { Notifier } from './port.ts';
import { notifierKinds, notifiers } from './registry.ts';

test('the registry lists exactly the adapters that have a folder, and the kinds of the contract', async () => {
  const entries = await readdir(import.meta.dirname, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  expect([...notifierKinds].sort()).toEqual(folders.sort());
  expect([...notifierKinds].sort()).toEqual([...channelKinds].sort());
  expect(notifiers().map((one) => one.kind)).toEqual(notifierKinds);
});

notifierContract('webhook', async () => {
  const fake = fakeNotifier('webhook');
  const secret = { env: 'TIDEGATE_SECRET_X' };
  return {
    notifier: fake as Notifier<'webhook'>,
    receiver: { url: 'http://127.0.0.1', secret, format: 'tidegate' },
    secrets: {},
    silent: null,
    limit: () => fake.set(tooFast('The fake said so.', 1_000)),
    break: null,
    taken: () => fake.taken.length,
    end: async () => {},
  };
});

test('the fake drops a repeat and heeds its signal', async () => {
  const fake = fakeNotifier('slack');
  const context = contextWith(async () => 'x');
  const receiver = { token: { env: 'x' }, channel: 'C1', api: 'http://127.0.0.1' };
  await fake.deliver(receiver, deliveryOf(), context);
  await fake.deliver(receiver, deliveryOf(), context);
  expect([fake.taken.length, fake.tried.length]).toEqual([1, 2]);
  const late = contextWith(async () => 'x', AbortSignal.abort());
  expect(await fake.deliver(receiver, deliveryOf(), late)).toMatchObject({ ok: false });
});
