import type { ChannelKind } from '../../contract/kinds/channel.ts';
import { refused } from './answers.ts';
import type { Delivered, Delivery, Notifier } from './port.ts';

export type FakeNotifier = Notifier & {
  /** What was delivered, in order, a repeat by its id left out, as a receiver would that can. */
  readonly taken: readonly Delivery[];
  /** Every try. */
  readonly tried: readonly Delivery[];
  /** What it answers from now on; null: it takes everything. */
  set(answer: Extract<Delivered, { readonly ok: false }> | null): void;
};

/** A receiver in memory, for tests of those that send. It names each message, as one that edits does. */
export function fakeNotifier(kind: ChannelKind): FakeNotifier {
  const taken: Delivery[] = [];
  const tried: Delivery[] = [];
  const answers: { now: Extract<Delivered, { readonly ok: false }> | null } = { now: null };
  return {
    kind,
    taken,
    tried,
    set: (answer) => {
      answers.now = answer;
    },
    deliver: async (_receiver, delivery, { signal }) => {
      tried.push(delivery);
      if (signal.aborted) return refused('The fake was asked with an ended signal.', 'receiver');
      if (answers.now) return answers.now;
      if (!taken.some((one) => one.id === delivery.id)) taken.push(delivery);
      return { ok: true, ref: delivery.ref ?? { message: delivery.id } };
    },
  };
}
