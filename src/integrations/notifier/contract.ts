import { expect, test } from 'vitest';
import type { ChannelKind, Receiver } from '../../contract/kinds/channel.ts';
import { fail } from '../../platform/errors/problem.ts';
import { contextWith, deliveryOf, monstrousNotice } from './notice.fixture.ts';
import type { Delivered, Delivery, Notifier } from './port.ts';

/** What an adapter's test brings: a receiver that refuses what the vendor would, and the ways in which it can be away. */
export type NotifierCase<K extends ChannelKind> = {
  readonly notifier: Notifier<K>;
  readonly receiver: Receiver<K>;
  /** Values of the secrets that `receiver` names, by variable. */
  readonly secrets: { readonly [variable: string]: string };
  /** Receivers at which nobody answers, and at which nobody ever ends; null where that cannot be (the fake). */
  readonly silent: { readonly receiver: Receiver<K>; readonly secrets?: object } | null;
  /** From now on the receiver says: too fast; there is a fault of mine. Null where it has no such word. */
  readonly limit: (() => void) | null;
  readonly break: (() => void) | null;
  /** How many messages the receiver has taken. */
  readonly taken: () => number;
  readonly end: () => Promise<void>;
};

/** What every notifier does, whoever receives. */
export function notifierContract<K extends ChannelKind>(
  kind: K,
  open: () => Promise<NotifierCase<K>>,
): void {
  type Given = NotifierCase<K>;
  const using = async (run: (given: Given) => Promise<void>) => {
    const given = await open();
    try {
      await run(given);
    } finally {
      await given.end();
    }
  };
  const send = (given: Given, delivery: Delivery): Promise<Delivered> =>
    given.notifier.deliver(given.receiver, delivery, contextOf(given.secrets));

  test(`${kind}: has the name of its kind`, () =>
    using(async ({ notifier }) => expect(notifier.kind).toBe(kind)));

  test(`${kind}: a message is taken, and the next of its subject by what was answered`, () =>
    using(async (given) => {
      const first = await send(given, deliveryOf('post'));
      expect(first).toMatchObject({ ok: true });
      const ref = first.ok ? first.ref : null;
      const next = deliveryOf('reply', ref, {}, 'payments.k1.8.0');
      expect(await send(given, next)).toMatchObject({ ok: true });
      expect(given.taken()).toBe(2);
    }));

  test(`${kind}: the worst that others may write fits the receiver's limits`, () =>
    using(async (given) => {
      for (const act of ['post', 'reply', 'raise'] as const) {
        const worst = { ...deliveryOf(act, null, {}, `worst.${act}`), notice: monstrousNotice() };
        expect(await send(given, worst)).toMatchObject({ ok: true });
      }
      const empty = {
        title: '',
        text: '',
        facts: [],
        figures: [],
        next: [],
        links: [],
        events: [],
      };
      expect(await send(given, deliveryOf('post', null, empty, 'empty'))).toMatchObject({
        ok: true,
      });
    }));

  test(`${kind}: who does not answer is a value that comes again`, () =>
    using(async (given) => {
      if (given.silent === null) return;
      const { receiver, secrets } = given.silent;
      const context = contextOf({ ...given.secrets, ...secrets });
      const answer = await given.notifier.deliver(receiver, deliveryOf(), context);
      expect(answer).toMatchObject({ ok: false, blame: 'receiver', problem: { code: 'TG1951' } });
    }));

  test(`${kind}: too fast and broken are told apart`, () =>
    using(async (given) => {
      given.limit?.();
      if (given.limit) {
        expect(await send(given, deliveryOf())).toMatchObject({ problem: { code: 'TG1952' } });
      }
      given.break?.();
      if (given.break) {
        expect(await send(given, deliveryOf())).toMatchObject({ problem: { code: 'TG1951' } });
      }
    }));

  test(`${kind}: a secret that cannot be read is a value, and nothing is sent`, () =>
    using(async (given) => {
      if (Object.keys(given.secrets).length === 0) return;
      const answer = await given.notifier.deliver(given.receiver, deliveryOf(), contextOf({}));
      expect(answer).toMatchObject({ ok: false, problem: { code: 'TG1911' } });
      expect(given.taken()).toBe(0);
    }));

  test(`${kind}: what went wrong says nothing of a secret`, () =>
    using(async (given) => {
      given.break?.();
      const answer = await send(given, deliveryOf());
      for (const secret of Object.values(given.secrets)) {
        expect(JSON.stringify(answer)).not.toContain(secret);
      }
    }));
}

const contextOf = (secrets: { readonly [variable: string]: string }) =>
  contextWith(async ({ env = '' }) => secrets[env] ?? fail('TG1911', { detail: `no ${env}` }));
