import { expect, test } from 'vitest';
import type { EffectOutcome } from '../../engine/types.ts';
import { notTaken, refused, tooFast } from '../../integrations/notifier/answers.ts';
import type { Delivered } from '../../integrations/notifier/port.ts';
import { Channel, eventOf, noticesOf, rolloutFacts, specOf } from './channel.fixture.ts';

test('many at once are one message; errors and waits for a person are told by themselves', () => {
  const channel = new Channel(specOf('slack'));
  const of = (n: number) => ({ object: `rollout/ro-${n}` });
  const events = Array.from({ length: 60 }, (_, n) => eventOf(n, 'rollout.opened', of(n)));
  channel.look([
    ...events,
    eventOf(70, 'rollout.succeeded', of(1)),
    eventOf(71, 'rollout.rollingBack', of(2)),
    eventOf(72, 'rollout.paused', { ...of(3), because: 'Waiting for a person to promote.' }),
    eventOf(73, 'rollout.aborted', { ...of(4), actor: 'user:ada' }),
  ]);
  channel.settle();
  expect(channel.acts.slice(0, 2)).toEqual(['post rollout/ro-3', 'post rollout/ro-2']);
  const digest = channel.asked.find(({ delivery }) =>
    delivery.notice.subject.startsWith('digest/'),
  );
  expect(digest?.delivery.notice).toMatchObject({
    title: '58 changes at once: 56 under way, 1 succeeded, 1 over',
    severity: 'warning',
    left: 18,
  });
  expect(digest?.delivery.notice.text.split('\n')).toHaveLength(40);
  expect(channel.acts.filter((act) => act.startsWith('post'))).toHaveLength(3);
  // What then happens to one of them is told by itself.
  channel.look([eventOf(80, 'rollout.succeeded', of(9))]).settle();
  expect(channel.acts.at(-1)).toMatch(/(post|reply) rollout\/ro-9/);
});

test('filters: places, names, outcomes, severity; a channel never tells of itself', () => {
  const acts = (over: object, ...events: Parameters<typeof eventOf>[]) => {
    const channel = new Channel(specOf('webhook', over));
    return channel.look(events.map((one) => eventOf(...one))).asked.length;
  };
  const source = { object: 'source/a', application: null, environment: null };
  expect(acts({ applications: ['other'] }, [1, 'rollout.opened'])).toBe(0);
  expect(acts({ applications: ['checkout'] }, [1, 'rollout.opened'])).toBe(1);
  expect(acts({ environments: ['production'] }, [1, 'source.unreachable', source])).toBe(0);
  expect(acts({ events: ['rollout.st*'] }, [1, 'rollout.opened'])).toBe(0);
  expect(acts({ events: ['rollout.st*'] }, [1, 'rollout.step'])).toBe(1);
  expect(acts({ events: ['token.created'] }, [1, 'token.created', source])).toBe(1);
  expect(acts({}, [1, 'token.created', source])).toBe(0);
  expect(acts({}, [1, 'token.created', { ...source, outcome: 'failed' }])).toBe(1);
  expect(acts({ outcomes: ['failed'] }, [1, 'rollout.opened'])).toBe(0);
  expect(acts({ severity: 'error' }, [1, 'rollout.opened'], [2, 'rollout.rollingBack'])).toBe(1);
  expect(acts({ topics: ['runs'] }, [1, 'rollout.opened'])).toBe(0);
  expect(acts({}, [1, 'channel.broken', { object: 'channel/payments' }])).toBe(0);
  expect(acts({}, [1, 'channel.broken', { object: 'channel/other' }])).toBe(1);
});

test('a document that is wrong is a problem until it is mended; one that is well is none', () => {
  const channel = new Channel(specOf('slack'));
  const of = (path: string) => ({ object: 'source/a', application: null, after: { path } });
  channel.look([eventOf(1, 'document.changed', of('a.yaml'))]);
  expect(channel.acts).toEqual([]);
  channel.look([eventOf(2, 'document.refused', { ...of('b.yaml'), outcome: 'refused' })]).answer();
  const gone = { ...of('b.yaml'), after: null, before: { path: 'b.yaml' } };
  channel.look([eventOf(3, 'document.removed', gone)]).settle();
  expect(channel.acts).toEqual([
    'post document/b.yaml',
    'edit document/b.yaml',
    'reply document/b.yaml',
  ]);
  expect(channel.last.notice.standing).toBe('succeeded');
});

test('words of its own; a template without a value leaves the usual ones and says so once', () => {
  const templates = {
    title: '${{ subject.application }} by ${{ event.actor }}',
    text: '${{ event.after.missing.more }}',
  };
  const channel = new Channel(specOf('webhook', { templates }));
  channel.look([eventOf(1, 'rollout.opened', { after: { release: 'r-1' } })]);
  expect(channel.last.notice).toMatchObject({
    title: 'checkout by tidegate',
    text: 'rollout.opened 1.',
  });
  expect(channel.told).toMatchObject([{ type: 'channel.template' }]);
  expect(channel.because).toContain('A template has no value');
  channel.answer().look([eventOf(2, 'rollout.step')]);
  expect(channel.told).toHaveLength(1);
  const well = { text: '${{ [event.type, string(subject.weight)] }}' };
  channel.spec = specOf('webhook', { templates: well });
  channel.more = { facts: { 'rollout/ro-1': rolloutFacts() } };
  channel.answer().look([eventOf(3, 'rollout.step', { after: { pad: 'x'.repeat(9_000) } })]);
  expect(channel.last.notice.text).toBe('["rollout.step","20"]');
  expect(channel.told).toHaveLength(1);
});

test('what is not taken comes again as it was, ever later; then all that came meanwhile', () => {
  const channel = new Channel(specOf('webhook'));
  channel.look([eventOf(1, 'rollout.opened')]);
  for (let n = 0; n < 3; n += 1) {
    channel.now = Math.max(channel.now, channel.wakeAt?.getTime() ?? 0);
    channel.look().answer(notTaken('away'), 10);
  }
  expect(channel.phase).toBe('broken');
  expect(channel.told).toMatchObject([{ type: 'channel.broken' }]);
  expect(channel.open).toEqual([]);
  expect(channel.because).toMatch(/away.*wait.*Tried again at/);
  channel.look([
    eventOf(2, 'rollout.step'),
    eventOf(3, 'rollout.opened', { object: 'rollout/ro-2' }),
  ]);
  expect(channel.open).toEqual([]);
  channel.now = channel.wakeAt?.getTime() ?? 0;
  channel.look();
  const ids = channel.asked.map(({ delivery }) => delivery.id);
  expect(new Set(ids).size).toBe(1);
  expect(channel.last.notice.events.map((one) => one.id)).toEqual([1]);
  channel.settle();
  expect(channel.told.map((one) => one.type)).toEqual(['channel.broken', 'channel.mended']);
  expect(noticesOf(channel.last).flatMap((one) => one.events.map(({ id }) => id))).toEqual([2, 3]);
  expect(channel.phase).toBe('following');
});

test('Retry-After is obeyed, and too much at once is no fault', () => {
  const channel = new Channel(specOf('slack'));
  channel.look([eventOf(1, 'rollout.opened')]).answer(tooFast('429', 30_000));
  expect(channel.wakeAt?.getTime()).toBe(channel.now + 30_000);
  for (let n = 0; n < 5; n += 1) {
    channel.now += 30_000;
    channel.look().answer(tooFast('429', 30_000), 0);
  }
  expect(channel.phase).toBe('following');
  expect(channel.told).toEqual([]);
});

test('a message that is refused for what it is is let go of; three in a row are the receiver', () => {
  const channel = new Channel(specOf('webhook'));
  for (let n = 0; n < 2; n += 1) {
    channel.look([eventOf(n, 'rollout.step')]).answer(refused('400', 'message'));
  }
  expect(channel.told.map((one) => one.type)).toEqual(['channel.dropped', 'channel.dropped']);
  expect(channel.phase).toBe('following');
  channel.look([eventOf(9, 'rollout.step')]).answer(refused('400', 'message'));
  expect(channel.phase).toBe('broken');
  expect(channel.told.at(-1)?.type).toBe('channel.broken');
});

test('of many in one delivery, only the one at fault is let go of', () => {
  const channel = new Channel(specOf('webhook'));
  const of = (n: number) => ({ object: `rollout/ro-${n}` });
  channel.look([1, 2, 3].map((n) => eventOf(n, 'rollout.step', of(n))));
  channel.answer(refused('400', 'message'));
  expect(channel.told).toEqual([]);
  expect(channel.asked.slice(1).map(({ delivery }) => noticesOf(delivery).length)).toEqual([
    1, 1, 1,
  ]);
  const [first, ...others] = channel.open.splice(0);
  const outcome = (one: typeof first, delivered: Delivered): EffectOutcome => ({
    id: one?.id ?? 0,
    key: '',
    kind: 'notify.webhook',
    payload: one?.effect.payload ?? null,
    outcome: { ok: true, value: delivered as never },
  });
  const fine = others.map((one) => outcome(one, { ok: true, ref: null }));
  channel.look([], [outcome(first, refused('400', 'message')), ...fine]);
  expect(channel.told.map((one) => one.because)).toEqual([
    expect.stringContaining('about rollout/ro-1 was let go of'),
  ]);
  expect(Object.values(channel.state.subjects).flatMap((one) => one.pending)).toEqual([]);
});

test('an effect that failed by itself is a failure of the receiver', () => {
  const channel = new Channel(specOf('webhook'));
  channel.look([eventOf(1, 'rollout.opened')]);
  const [one] = channel.open.splice(0);
  const { problem } = refused('it was stopped', 'receiver');
  const failed = { id: 1, key: 'k', kind: 'notify.webhook', payload: one?.effect.payload ?? null };
  channel.look([], [{ ...failed, outcome: { ok: false, problem } }]);
  expect(channel.phase).toBe('broken');
  expect(channel.state.again).toHaveLength(1);
});

test('another receiver is told what the one before did not take, and knows nothing of it', () => {
  const channel = new Channel(specOf('webhook'));
  channel.look([eventOf(1, 'rollout.opened')]).answer(refused('401', 'receiver'));
  const before = channel.asked.length;
  channel.spec = specOf('slack');
  channel.look().settle();
  expect(channel.acts.slice(before)).toEqual(['post rollout/ro-1']);
  expect(channel.phase).toBe('following');
  channel.look([eventOf(2, 'rollout.step')]);
  channel.spec = specOf('mail');
  // What the old one answers to what is under way counts for nothing.
  channel.answer();
  expect(channel.state.subjects['rollout/ro-1']?.ref ?? null).toBeNull();
  channel.spec = specOf('pagerduty');
  channel.look();
  expect(channel.state.subjects).toEqual({});
});

test('a channel that is not declared forgets everything', () => {
  const channel = new Channel(specOf('slack'));
  channel.look([eventOf(1, 'rollout.opened')]);
  channel.spec = null;
  channel.answer();
  expect([channel.phase, channel.state.cursor, channel.wakeAt]).toEqual(['closed', null, null]);
});

test('messages that were left: once each, and what is none is taken away', () => {
  const request = (id: number, payload: object, action = 'message') => ({
    id,
    action,
    actor: 'user:ada',
    because: '',
    payload: payload as { readonly [key: string]: never },
    requestId: null,
    at: new Date(channel.now),
  });
  const message = (key: string, over: object = {}) => ({
    key,
    severity: 'error',
    text: 'Look.\nNow.',
    application: 'checkout',
    environment: null,
    run: null,
    ...over,
  });
  const channel = new Channel(specOf('pagerduty', { applications: ['other'] }));
  channel.look(
    [],
    [],
    [
      request(1, message('a')),
      request(2, message('a')),
      request(3, { key: 'b' }),
      request(4, message('c'), 'other'),
    ],
  );
  channel.settle();
  expect(channel.acts).toEqual(['raise message/a']);
  expect(channel.last.notice).toMatchObject({
    title: 'Look.',
    text: 'Look.\nNow.',
    severity: 'error',
  });
  expect(channel.state.subjects).toEqual({});
  const hook = new Channel(specOf('webhook'));
  hook.look([], [], [request(1, message('a', { severity: 'info', run: 'run-1' }))]);
  expect(hook.last.notice).toMatchObject({ standing: 'ended', events: [{ type: 'message' }] });
});
