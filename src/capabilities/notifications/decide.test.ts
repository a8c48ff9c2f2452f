import { expect, test } from 'vitest';
import { refused } from '../../integrations/notifier/answers.ts';
import { Channel, eventOf, noticesOf, rolloutFacts, runFacts, specOf } from './channel.fixture.ts';

test('a new channel follows from now on', () => {
  const channel = new Channel(specOf('slack'), {});
  channel.look();
  expect(channel.state.cursor).toEqual({ tx: '2', id: 0 });
  expect(channel.phase).toBe('following');
  expect(channel.wakeAt?.getTime()).toBe(channel.now + 60_000);
});

test('slack: one message is edited, details go into the thread, and what is over is forgotten', () => {
  const channel = new Channel(specOf('slack'));
  channel.look([
    eventOf(1, 'rollout.opened', { actor: 'git:Ada' }),
    eventOf(2, 'rollout.step'),
    eventOf(3, 'rollout.told'),
  ]);
  expect(channel.acts).toEqual(['post rollout/ro-1']);
  channel.look([eventOf(4, 'rollout.weight')]);
  expect(channel.acts).toHaveLength(1);
  channel.answer().answer();
  channel.look([eventOf(5, 'rollout.succeeded')]).settle();
  expect(channel.acts).toEqual([
    'post rollout/ro-1',
    'edit rollout/ro-1',
    'reply rollout/ro-1',
    'edit rollout/ro-1',
    'reply rollout/ro-1',
  ]);
  const told = channel.asked.filter(({ delivery }) => delivery.act === 'reply');
  expect(told.map(({ delivery }) => delivery.notice.events.map((one) => one.id))).toEqual([
    [1, 2, 3, 4],
    [5],
  ]);
  expect(channel.asked[1]?.delivery.ref).toEqual({ ts: '1' });
  expect(channel.last.notice.facts).toContainEqual({ name: 'By', value: 'git:Ada' });
  expect(channel.state.subjects).toEqual({});
  expect(channel.because).toBe('It follows the events; all is told.');
});

test('slack: a first message with one event has nothing for its thread', () => {
  const channel = new Channel(specOf('slack'));
  channel.look([eventOf(1, 'rollout.opened')]).settle();
  expect(channel.acts).toEqual(['post rollout/ro-1']);
});

test('slack: a message that somebody removed is posted anew', () => {
  const channel = new Channel(specOf('slack'));
  channel.look([eventOf(1, 'rollout.opened')]).answer();
  channel.look([eventOf(2, 'rollout.held')]);
  channel.answer({ ...refused('message_not_found', 'message'), gone: true }).settle();
  expect(channel.acts).toEqual(['post rollout/ro-1', 'edit rollout/ro-1', 'post rollout/ro-1']);
  expect(channel.told).toEqual([]);
});

test('teams and mail tell what matters, with the details since, and mail answers its first', () => {
  for (const [kind, later] of [
    ['teams', 'post'],
    ['mail', 'reply'],
  ] as const) {
    const channel = new Channel(specOf(kind));
    channel.look([eventOf(1, 'rollout.opened')]).answer();
    channel.look([eventOf(2, 'rollout.step'), eventOf(3, 'rollout.weight')]);
    expect(channel.acts).toHaveLength(1);
    channel.look([eventOf(4, 'rollout.succeeded')]).settle();
    expect(channel.acts).toEqual(['post rollout/ro-1', `${later} rollout/ro-1`]);
    expect(channel.last.notice.events.map((one) => one.id)).toEqual([2, 3, 4]);
  }
});

test('webhook: everything, many subjects at once, each in order, none twice', () => {
  const channel = new Channel(specOf('webhook'));
  const of = (n: number) => ({ object: `rollout/ro-${n}` });
  channel.look([
    eventOf(1, 'rollout.opened', of(1)),
    eventOf(2, 'rollout.told', of(2)),
    eventOf(3, 'analysis.failed', { after: { rollout: 'ro-1' } }),
  ]);
  channel.look([eventOf(4, 'rollout.step', of(1)), eventOf(5, 'rollout.opened', of(3))]);
  channel.settle();
  const told = channel.asked.map(({ delivery }) =>
    noticesOf(delivery).map((one) => [one.subject, one.events.map(({ id }) => id)]),
  );
  expect(told).toEqual([
    [
      ['rollout/ro-1', [1, 3]],
      ['rollout/ro-2', [2]],
    ],
    [['rollout/ro-3', [5]]],
    [['rollout/ro-1', [4]]],
  ]);
});

test('what happened before is told with its figures, who did it, and what can be done', () => {
  const channel = new Channel(specOf('slack'));
  channel.more = {
    baseUrl: 'https://tidegate.example/',
    facts: { 'rollout/ro-1': rolloutFacts({ phase: 'rollingBack' }) },
    figures: { 'rollout/ro-1': ['errors: failed, 3 failures; last: 0.12 > 0.01'] },
  };
  channel.look([eventOf(1, 'rollout.rollingBack')]);
  expect(channel.last.notice).toMatchObject({
    title: 'checkout → production: r-2 is rolling back',
    severity: 'error',
    text: 'r-2 gets 20 % of the traffic.',
    figures: ['errors: failed, 3 failures; last: 0.12 > 0.01'],
    facts: [
      { name: 'Application', value: 'checkout' },
      { name: 'Environment', value: 'production' },
      { name: 'Release', value: 'r-2' },
      { name: 'Instead of', value: 'r-1' },
      { name: 'Commit', value: '4b825dc642cb Sort the basket' },
      { name: 'Author', value: 'Ada' },
      { name: 'Wave', value: '1 of 2' },
      { name: 'By', value: 'tidegate' },
    ],
    next: [{ command: 'tidegate rollout watch ro-1' }],
    links: [{ url: 'https://tidegate.example/rollouts/ro-1' }],
  });
});

test.each([
  [
    { phase: 'paused', because: 'Waiting for 1 of 1 approvals.' },
    'waiting',
    'waits',
    'rollout approve',
  ],
  [
    { phase: 'paused', because: 'Waiting for a person to promote.' },
    'waiting',
    'waits',
    'rollout promote',
  ],
  [{ phase: 'paused', because: 'Pause for 10 m, until 12:00.' }, 'open', 'waits', 'rollout abort'],
  [{ phase: 'progressing' }, 'open', 'is rolling out', 'rollout abort'],
  [{ phase: 'unheard-of' }, 'open', 'unheard-of', 'rollout abort'],
] as const)('a rollout that is %j', (over, standing, words, command) => {
  const channel = new Channel(specOf('webhook'));
  const facts = rolloutFacts(over);
  channel.more = { facts: { 'rollout/ro-1': facts } };
  channel.look([eventOf(1, 'rollout.paused', { because: facts.because })]);
  expect(channel.last.notice.standing).toBe(standing);
  expect(channel.last.notice.title).toContain(words);
  expect(channel.last.notice.next[0]?.command).toContain(command);
});

test('a rollout that is over has no more to do than to see why it failed', () => {
  for (const [type, phase, next] of [
    ['rolledBack', 'rolledBack', ['tidegate explain ro-1']],
    ['succeeded', 'succeeded', []],
  ] as const) {
    const channel = new Channel(specOf('webhook'));
    channel.more = { facts: { 'rollout/ro-1': rolloutFacts({ phase, terminal: true }) } };
    channel.look([eventOf(1, `rollout.${type}`)]);
    expect(channel.last.notice.next.map((one) => one.command)).toEqual(next);
  }
});

test('a run waits for a person as long as its row says so', () => {
  const channel = new Channel(specOf('slack', { topics: ['approvals'] }));
  const about = { object: 'run/run-1', environment: null };
  channel.look([eventOf(1, 'run.opened', about)]);
  expect(channel.acts).toEqual([]);
  channel.more = { facts: { 'run/run-1': runFacts({ awaiting: ['go'] }) } };
  channel.look([eventOf(2, 'step.awaiting', about)]);
  expect(channel.last.notice).toMatchObject({
    title: 'checkout: deliver waits for go',
    standing: 'waiting',
    next: [
      { command: 'tidegate approve run-1 go' },
      { command: 'tidegate reject run-1 go --reason "…"' },
      { command: 'tidegate run cancel run-1 --reason "…"' },
    ],
  });
  channel.more = { facts: { 'run/run-1': runFacts({ application: null }) } };
  channel.answer().look([eventOf(3, 'step.approved', { ...about, actor: 'user:ada' })]);
  expect(channel.last.notice).toMatchObject({
    title: 'deliver is running (2 of 5 steps)',
    standing: 'open',
  });
  channel.more = {
    facts: { 'run/run-1': runFacts({ phase: 'failed', terminal: true }) },
    baseUrl: 'x',
  };
  channel
    .answer()
    .answer()
    .look([eventOf(4, 'run.failed', { ...about, outcome: 'failed' })]);
  expect(channel.last.notice).toMatchObject({
    title: 'checkout: deliver failed',
    next: [{ command: 'tidegate run show run-1' }],
    links: [{ url: 'x/runs/run-1' }],
  });
});

test('a run of an unknown phase is called by it', () => {
  const channel = new Channel(specOf('webhook'));
  channel.more = { facts: { 'run/run-1': runFacts({ phase: 'new' }) } };
  channel.look([eventOf(1, 'run.opened', { object: 'run/run-1' })]);
  expect(channel.last.notice.title).toBe('checkout: deliver new (2 of 5 steps)');
});

test('pagerduty: raised, taken on by a person, resolved when a later rollout succeeds', () => {
  const channel = new Channel(specOf('pagerduty'));
  channel.look([eventOf(1, 'rollout.opened'), eventOf(2, 'rollout.rollingBack')]);
  channel.look([eventOf(3, 'rollout.rolledBack', { outcome: 'failed' })]);
  channel.answer().answer();
  channel.look([eventOf(4, 'rollout.abortRequested', { actor: 'user:ada' })]).answer();
  const later = { object: 'rollout/ro-2' };
  channel.look([eventOf(5, 'rollout.opened', later), eventOf(6, 'rollout.succeeded', later)]);
  channel.settle();
  expect(channel.acts).toEqual([
    'raise delivery/checkout@production',
    'raise delivery/checkout@production',
    'acknowledge delivery/checkout@production',
    'resolve delivery/checkout@production',
  ]);
  expect(channel.state.subjects).toEqual({});
  // Once more: another alarm of the same name.
  channel.look([eventOf(7, 'rollout.rollingBack')]).settle();
  expect(channel.acts.at(-1)).toBe('raise delivery/checkout@production');
});

test('pagerduty: what is mended before it was told wakes nobody; what was on its way is resolved', () => {
  const quiet = new Channel(specOf('pagerduty', { severity: 'error' }));
  quiet.look([
    eventOf(1, 'rollout.held'),
    eventOf(2, 'rollout.cleared'),
    eventOf(3, 'source.unreachable', { object: 'source/config', application: null }),
    eventOf(4, 'source.reachable', { object: 'source/config', application: null }),
  ]);
  expect(quiet.acts).toEqual([]);
  const late = new Channel(specOf('pagerduty'));
  late.look([eventOf(1, 'rollout.held')]);
  late.look([eventOf(2, 'rollout.cleared')]).settle();
  expect(late.acts).toEqual(['raise rollout/ro-1', 'resolve rollout/ro-1']);
  late.look([eventOf(3, 'rollout.abortRequested', { actor: 'user:ada' })]);
  expect(late.acts).toHaveLength(2);
});

test('pagerduty: an alarm raised again while it is being resolved stays open', () => {
  const channel = new Channel(specOf('pagerduty'));
  channel.look([eventOf(1, 'rollout.held')]).answer();
  channel.look([eventOf(2, 'rollout.cleared')]);
  channel.look([eventOf(3, 'rollout.held')]);
  channel.settle();
  expect(channel.acts).toEqual([
    'raise rollout/ro-1',
    'resolve rollout/ro-1',
    'raise rollout/ro-1',
  ]);
  expect(channel.state.subjects['rollout/ro-1']?.alarm?.told).toBe('raised');
});

test('webhook with CDEvents: just what CDEvents has a word for, in its words', () => {
  const channel = new Channel(
    specOf('webhook', {
      webhook: {
        url: 'https://e.example',
        secret: { env: 'TIDEGATE_SECRET_X' },
        format: 'cdevents',
      },
    }),
  );
  channel
    .look([
      eventOf(1, 'rollout.opened'),
      eventOf(2, 'rollout.step'),
      eventOf(3, 'rollout.succeeded', { before: { release: 'r-0' }, after: { release: 'r-1' } }),
    ])
    .settle();
  const lines = channel.asked.flatMap(({ delivery }) => delivery.notice.events);
  expect(lines.map(({ id }) => id)).toEqual([3]);
  expect(lines[0]?.cdevents).toMatchObject([
    { context: { id: '3', type: 'dev.cdevents.service.upgraded.0.3.0' } },
  ]);
});
