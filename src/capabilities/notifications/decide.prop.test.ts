import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ChannelKind, channelKinds } from '../../contract/kinds/channel.ts';
import { notTaken, refused, tooFast } from '../../integrations/notifier/answers.ts';
import type { Delivered } from '../../integrations/notifier/port.ts';
import { Channel, eventOf, noticesOf, specOf } from './channel.fixture.ts';
import { traitsOf } from './decide-traits.ts';
import { roomIn } from './decide-work.ts';
import type { ChannelEvent } from './types.ts';

const types = [
  'rollout.opened',
  'rollout.step',
  'rollout.told',
  'rollout.held',
  'rollout.cleared',
  'rollout.rollingBack',
  'rollout.abortRequested',
] as const;

const happening = fc.record({
  rollout: fc.integer({ min: 0, max: 14 }),
  type: fc.constantFrom(...types),
});
const ok: Delivered = { ok: true, ref: { ts: '1' } };
const move = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      is: fc.constant('events' as const),
      of: fc.array(happening, { maxLength: 12 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      is: fc.constant('answer' as const),
      with: fc.constantFrom(
        ok,
        ok,
        ok,
        notTaken('away'),
        tooFast('slow', 3_000),
        refused('no', 'receiver'),
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      is: fc.constant('time' as const),
      ms: fc.integer({ min: 1, max: 5_000 }),
    }),
  },
);
type Move = typeof move extends fc.Arbitrary<infer M> ? M : never;

/** Plays a story on a channel; then everything ends, and the receiver takes whatever comes. */
function play(kind: ChannelKind, moves: readonly Move[]) {
  const channel = new Channel(specOf(kind));
  const written: ChannelEvent[] = [];
  const sentAt: number[] = [];
  let read = 0;
  const look = (): void => {
    const before = channel.asked.length;
    const room = roomIn(channel.state, traitsOf[kind]);
    const next = written.slice(read, read + room);
    read += next.length;
    channel.look(next);
    for (let n = before; n < channel.asked.length; n += 1) sentAt.push(channel.now);
  };
  const answer = (delivered: Delivered): void => {
    const before = channel.asked.length;
    channel.answer(delivered, 5);
    for (let n = before; n < channel.asked.length; n += 1) sentAt.push(channel.now);
  };
  const tell = (rollout: number, type: string): void => {
    written.push(eventOf(written.length + 1, type, { object: `rollout/ro-${rollout}` }));
  };
  for (const one of moves) {
    if (one.is === 'events') for (const { rollout, type } of one.of) tell(rollout, type);
    if (one.is === 'answer') answer(one.with);
    if (one.is === 'time') channel.now += one.ms;
    look();
  }
  for (let n = 0; n < 15; n += 1) tell(n, 'rollout.succeeded');
  for (let n = 0; n < 3_000; n += 1) {
    look();
    answer(ok);
    const isQuiet = read === written.length && channel.open.length === 0;
    if (isQuiet && Object.keys(channel.state.subjects).length === 0) break;
    channel.now = Math.max(
      channel.now + 1,
      Math.min(channel.wakeAt?.getTime() ?? 0, channel.now + 60_000),
    );
  }
  return { channel, written, sentAt };
}

test('webhook: each event arrives once, in the order of its subject, whatever fails in between', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
      const { channel, written } = play('webhook', moves);
      const byId = new Map(channel.asked.map(({ delivery }) => [delivery.id, delivery]));
      const told = [...byId.values()].flatMap(noticesOf).flatMap((one) => one.events);
      expect(told.map((one) => one.id).sort((a, b) => a - b)).toEqual(written.map((one) => one.id));
      for (let n = 0; n < 15; n += 1) {
        const own = told.filter((one) => one.object === `rollout/ro-${n}`).map((one) => one.id);
        expect(own).toEqual(own.toSorted((a, b) => a - b));
      }
    }),
    { numRuns: 150 },
  );
});

test.each(channelKinds)('%s: limits hold, and when all is over nothing is left', (kind) => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
      const { channel, sentAt } = play(kind, moves);
      expect(channel.state.subjects).toEqual({});
      expect(channel.state.again).toEqual([]);
      for (const { ms, most } of traitsOf[kind].limits) {
        // A fixed window may end where the next begins: never more than two of them meet. With one in each, none do.
        for (const [n, at] of sentAt.entries()) {
          const within = sentAt.slice(n).filter((other) => other < at + ms).length;
          expect(within).toBeLessThanOrEqual(most === 1 ? 1 : 2 * most);
        }
      }
    }),
    { numRuns: 80 },
  );
});

test('slack: what is shown in the end is the end', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
      const { channel } = play('slack', moves);
      const shown = new Map<string, string>();
      for (const { delivery } of channel.asked) {
        if (delivery.act !== 'reply') shown.set(delivery.notice.subject, delivery.notice.title);
      }
      for (const [subject, title] of shown) {
        if (subject.startsWith('rollout/')) expect(title).toContain('rollout.succeeded');
      }
    }),
    { numRuns: 80 },
  );
});

test('the state stays small while a receiver takes nothing', () => {
  const channel = new Channel(specOf('webhook'));
  channel.look([eventOf(1, 'rollout.opened')]).answer(notTaken('away'));
  let sizes = 0;
  for (let n = 0; n < 5_000; n += 1) {
    const room = roomIn(channel.state, traitsOf.webhook);
    if (room === 0) break;
    channel.look([eventOf(n, 'rollout.step', { object: `rollout/ro-${n % 700}` })]);
    sizes = Math.max(sizes, JSON.stringify(channel.state).length);
  }
  expect(roomIn(channel.state, traitsOf.webhook)).toBe(0);
  expect(sizes).toBeLessThan(400_000);
});
