import { expect, test } from 'vitest';
import { snapshot, strategy } from './fixture.ts';
import { World } from './fixture-world.ts';
import type { RolloutPlan } from './types.ts';

const ref = { templates: ['errors'] };

function waiting(canary: unknown, over: Partial<RolloutPlan> = {}): World {
  const world = new World(snapshot({ strategy: strategy({ canary }), ...over }));
  world.settle();
  return world;
}

const refusal = (world: World, action: string, over = {}) => {
  const { events } = world.ask(action, over);
  const event = events?.find((one) => one.type.endsWith('Requested'));
  return [event?.outcome, event?.because];
};

test('promote leaves a pause without an end', () => {
  const world = waiting({
    steps: [{ setWeight: 20 }, { pause: {} }, { setWeight: 50 }, { pause: {} }],
  });
  expect(world.last).toMatchObject({ phase: 'paused', wakeAt: null });
  expect(world.last?.because).toContain('waiting for a person to promote');
  world.ask('promote');
  world.settle();
  expect(world.snapshot.state).toMatchObject({ step: 3, weight: 50 });
});

test('promote is refused while targets are what it waits for', () => {
  const world = new World(snapshot());
  world.unready.set('eu-1', 0);
  world.settle();
  expect(refusal(world, 'promote')).toEqual([
    'refused',
    'It waits for targets, and goes on by itself.',
  ]);
});

test('a person pauses and resumes; the deadline does not count in between', () => {
  const world = new World(snapshot());
  world.unready.set('eu-1', 0);
  world.settle();
  world.advance(500_000).ask('pause', { because: 'looking into it' });
  expect(world.last).toMatchObject({
    phase: 'paused',
    wakeAt: null,
    because: 'Paused by user:ada: looking into it',
  });
  expect(refusal(world, 'promote')).toEqual(['refused', 'user:ada paused it; resume it first.']);
  expect(refusal(world, 'pause')).toEqual(['refused', 'user:ada paused it already.']);
  expect(world.advance(3_600_000).settle().phase).toBe('paused');
  world.ask('resume', { because: '' });
  expect(world.settle().phase).toBe('progressing');
  expect(world.advance(599_999).settle().phase).toBe('progressing');
  expect(world.advance(1).decide().phase).toBe('rollingBack');
  expect(refusal(world, 'resume')).toEqual(['refused', 'It is going back already.']);
});

test('approvals: who may, how many, each once', () => {
  const steps = [{ setWeight: 20 }, { approval: { count: 2, expires: '1h' } }, { pause: {} }];
  const world = waiting({ steps }, { approvers: ['ada', 'user:bob'] });
  expect(world.last?.because).toBe(
    'Waiting for 2 of 2 approvals from ada, user:bob, until 11:00:00 UTC',
  );
  expect(refusal(world, 'promote')).toEqual(['refused', 'It waits for an approval; approve it.']);
  expect(refusal(world, 'approve', { actor: 'user:eve' })).toEqual([
    'refused',
    'user:eve is not among its approvers: ada, user:bob.',
  ]);
  expect(refusal(world, 'approve')[0]).toBe('done');
  expect(refusal(world, 'approve')).toEqual(['refused', 'user:ada approved it already.']);
  expect(world.last?.because).toContain('Waiting for 1 of 2');
  world.ask('approve', { actor: 'user:bob' });
  expect(world.events).toContain('rollout.approveRequested');
  world.settle();
  expect(world.snapshot.state).toMatchObject({ step: 2, approvals: [] });
  expect(refusal(world, 'approve')).toEqual(['refused', 'It waits for no approval now.']);
});

test('an approval that expires takes it back', () => {
  const steps = [{ setWeight: 20 }, { approval: { approvers: ['ops'], expires: '1h' } }];
  const world = waiting({ steps });
  expect(world.last?.because).toContain('from ops');
  expect(world.last?.wakeAt).toEqual(new Date('2026-01-05T11:00:00Z'));
  const back = world.advance(3_600_000).decide();
  expect(back).toMatchObject({ phase: 'rollingBack', state: { retreat: { to: 'aborted' } } });
  expect(back.because).toContain('1 of 1 approvals were still missing after 1h (step 2 of 2)');
});

test('promoteFull skips steps and analyses, but neither approvals nor readiness', () => {
  const steps = [
    { setWeight: 20 },
    { analysis: ref },
    { pause: {} },
    { approval: {} },
    { pause: {} },
  ];
  const world = waiting({ steps });
  world.ask('promoteFull', { because: 'hotfix' });
  expect(world.asked).toEqual(['cancel analysis/ro-1/0/step-1']);
  expect(refusal(world, 'promoteFull')).toEqual(['refused', 'It is being promoted fully already.']);
  expect(world.settle().because).toContain('Waiting for 1 of 1 approvals');
  expect(world.snapshot.state.weight).toBe(20);
  world.ask('approve');
  world.settle();
  expect(world.snapshot.state).toMatchObject({ wave: 1, phase: 'paused' });
  world.ask('approve');
  expect(world.settle().phase).toBe('succeeded');
});

test('promote skips an analysis, and its verdict no longer counts', () => {
  const world = waiting({ steps: [{ setWeight: 20 }, { analysis: ref }, { pause: {} }] });
  world.ask('promote');
  expect(world.asked).toEqual(['cancel analysis/ro-1/0/step-1']);
  world.verdict('failed');
  world.settle();
  expect(world.snapshot.state).toMatchObject({ phase: 'paused', step: 2 });
});

test('promote ends a soak early', () => {
  const waves = [{ name: 'all', targets: ['eu-1', 'us-1'], soak: 3_600_000 }];
  const world = waiting({ steps: [{ setWeight: 20 }] }, { waves });
  expect(world.last).toMatchObject({ phase: 'soaking', wakeAt: new Date('2026-01-05T11:00:00Z') });
  expect(world.last?.because).toBe('Wave 1 of 1 (all) soaks for 1h, until 11:00:00 UTC');
  world.ask('promote');
  expect(world.settle().phase).toBe('succeeded');
});

test('an analysis without a verdict holds until a person promotes past it', () => {
  const world = waiting({ steps: [{ setWeight: 20 }, { analysis: ref }, { pause: {} }] });
  world.verdict('inconclusive', 'no data').settle();
  expect(world.last?.because).toBe('Analysis ro-1/0/step-1 is inconclusive: no data');
  expect(world.decide().events).toEqual([]);
  expect(world.events.filter((type) => type === 'rollout.held')).toHaveLength(1);
  world.ask('promote');
  world.settle();
  expect(world.snapshot.state).toMatchObject({ phase: 'paused', step: 2, trouble: null });
});

test('a background analysis without a verdict is skipped without leaving the step', () => {
  const world = waiting({ steps: [{ setWeight: 20 }, { pause: {} }], backgroundAnalysis: ref });
  world.verdict('error', 'unreachable').settle();
  expect(world.last?.because).toContain('Analysis ro-1/0/background is error');
  world.ask('promote');
  expect(world.settle()).toMatchObject({ phase: 'paused', state: { step: 1, trouble: null } });
});

test('a missing template holds, and promote goes on without it', () => {
  const steps = [{ setWeight: 20 }, { analysis: { templates: ['gone'] } }, { pause: {} }];
  const world = waiting({ steps, backgroundAnalysis: { templates: ['gone', 'lost'] } });
  expect(world.last?.because).toBe(
    'No analysis could be opened: AnalysisTemplates gone, lost not declared or without a metric',
  );
  world.ask('promote');
  expect(world.settle().because).toContain('AnalysisTemplate gone not declared');
  world.ask('promote');
  expect(world.settle()).toMatchObject({ phase: 'paused', state: { step: 2 } });
});

test('requests after an abort are refused, unknown ones too', () => {
  const world = waiting({ steps: [{ setWeight: 20 }, { pause: {} }] });
  expect(refusal(world, 'dance')).toEqual(['refused', 'Rollouts know no action dance.']);
  const at = world.now;
  const wish = (id: number, action: string) => ({
    id,
    action,
    actor: 'user:ada',
    because: '',
    payload: {},
    requestId: null,
    at,
  });
  world.snapshot = {
    ...world.snapshot,
    requests: [wish(1, 'abort'), wish(2, 'promote'), wish(3, 'supersede')],
  };
  const decision = world.decide();
  expect(decision.events?.slice(0, 3).map((event) => event.outcome)).toEqual([
    'done',
    'refused',
    'done',
  ]);
  expect(decision.taken?.requests).toEqual([1, 2, 3]);
  expect(decision.state.retreat?.to).toBe('aborted');
  expect(decision.because).toContain('user:ada aborted it; going back');
});

test('trouble that has just gone is cleared by promote without leaving the step', () => {
  const world = waiting({ steps: [{ setWeight: 20 }, { analysis: ref }, { pause: {} }] });
  world.verdict('inconclusive').settle();
  const analyses = world.snapshot.analyses.map((view) => ({ ...view, phase: 'running' as const }));
  world.snapshot = { ...world.snapshot, analyses };
  world.ask('promote');
  expect(world.settle()).toMatchObject({ state: { step: 1, trouble: null } });
});
