import { type ChannelSpec, channelSpecSchema } from '../../contract/kinds/channel.ts';
import type { EffectOutcome, NewEffect } from '../../engine/types.ts';
import type { Delivered, Delivery, Notice } from '../../integrations/notifier/port.ts';
import type { Json } from '../../platform/ids/types.ts';
import { decideChannel } from './decide.ts';
import {
  type ChannelEvent,
  type ChannelSnapshot,
  type ChannelState,
  type NotifyEffect,
  newChannel,
  type SubjectFacts,
} from './types.ts';

const secret = { env: 'TIDEGATE_SECRET_X' };

const receivers = {
  slack: { token: secret, channel: 'C1' },
  teams: { url: secret },
  pagerduty: { routingKey: secret },
  webhook: { url: 'https://example.com', secret },
  mail: { to: ['a@example.com'], from: 'b@example.com', smtp: { host: 'mail' } },
} as const;

export const specOf = (kind: keyof typeof receivers, over: object = {}): ChannelSpec =>
  channelSpecSchema.parse({ [kind]: receivers[kind], ...over });

const began = Date.parse('2026-01-02T03:04:05.000Z');

/** An event of rollout ro-1 unless it says else. */
export const eventOf = (
  id: number,
  type: string,
  over: Partial<ChannelEvent> = {},
): ChannelEvent => ({
  id,
  at: new Date(began + id * 10).toISOString(),
  type,
  actor: 'tidegate',
  application: 'checkout',
  environment: 'production',
  object: 'rollout/ro-1',
  outcome: 'done',
  because: `${type} ${id}.`,
  before: null,
  after: null,
  ...over,
});

export const rolloutFacts = (
  over: Partial<Extract<SubjectFacts, { is: 'rollout' }>> = {},
): SubjectFacts => ({
  is: 'rollout',
  id: 'ro-1',
  phase: 'progressing',
  terminal: false,
  because: 'r-2 gets 20 % of the traffic.',
  application: 'checkout',
  environment: 'production',
  release: 'r-2',
  stable: 'r-1',
  commit: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  message: 'Sort the basket',
  author: 'Ada',
  weight: 20,
  wave: 0,
  waves: 2,
  ...over,
});
export const runFacts = (
  over: Partial<Extract<SubjectFacts, { is: 'run' }>> = {},
): SubjectFacts => ({
  is: 'run',
  id: 'run-1',
  phase: 'running',
  terminal: false,
  because: 'Waiting for tests.',
  application: 'checkout',
  pipeline: 'deliver',
  release: 'r-2',
  commit: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  actor: 'user:ada',
  trigger: 'push',
  awaiting: [],
  done: 2,
  steps: 5,
  ...over,
});

/** A channel in memory: it decides, and what it asks for is answered when the test says so. */
export class Channel {
  state: ChannelState;
  spec: ChannelSpec | null;
  generation = 0;
  now = began;
  because = '';
  phase = '';
  wakeAt: Date | null = null;
  more: Partial<ChannelSnapshot> = {};
  readonly asked: NotifyEffect[] = [];
  readonly open: { readonly id: number; readonly effect: NewEffect }[] = [];
  readonly told: { readonly type: string; readonly because: string }[] = [];

  constructor(spec: ChannelSpec, state: Partial<ChannelState> = { cursor: { tx: '1', id: 0 } }) {
    this.spec = spec;
    this.state = { ...newChannel, ...state };
  }

  /** One look, with these events and outcomes. */
  look(
    events: readonly ChannelEvent[] = [],
    outcomes: readonly EffectOutcome[] = [],
    requests: ChannelSnapshot['requests'] = [],
  ): this {
    const decision = decideChannel(
      {
        name: 'payments',
        generation: this.generation,
        state: this.state,
        spec: this.spec,
        events,
        cursor: { tx: '2', id: events.at(-1)?.id ?? 0 },
        more: false,
        facts: {},
        figures: {},
        effects: outcomes,
        requests,
        baseUrl: null,
        ...this.more,
      },
      new Date(this.now),
    );
    // State is JSON between two looks.
    this.state = JSON.parse(JSON.stringify(decision.state)) as ChannelState;
    this.because = decision.because;
    this.phase = decision.phase;
    this.wakeAt = decision.wakeAt;
    this.generation += 1;
    for (const effect of decision.effects ?? []) {
      this.open.push({ id: this.asked.length, effect });
      this.asked.push(effect.payload as unknown as NotifyEffect);
    }
    for (const { type, because } of decision.events ?? []) this.told.push({ type, because });
    return this;
  }

  /** Everything that is under way is answered like this, and looked at after a while. */
  answer(delivered: Delivered = { ok: true, ref: { ts: '1' } }, after = 1_000): this {
    const outcomes = this.open.splice(0).map(
      ({ id, effect }): EffectOutcome => ({
        id,
        key: `channel/payments/${id}`,
        kind: effect.kind,
        payload: effect.payload,
        outcome: { ok: true, value: delivered as unknown as Json },
      }),
    );
    this.now += after;
    return this.look([], outcomes);
  }

  /** Answers until nothing is under way and nothing waits. */
  settle(delivered?: Delivered): this {
    for (let n = 0; n < 500 && this.open.length > 0; n += 1) this.answer(delivered);
    return this;
  }

  get acts(): readonly string[] {
    return this.asked.map(({ delivery }) => `${delivery.act} ${delivery.notice.subject}`);
  }

  get last(): Delivery {
    const found = this.asked.at(-1);
    if (!found) throw new Error('nothing was asked for');
    return found.delivery;
  }
}

export const noticesOf = ({ notice, more }: Delivery): readonly Notice[] => [notice, ...more];
