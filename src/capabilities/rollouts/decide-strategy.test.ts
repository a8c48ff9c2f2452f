import { expect, test } from 'vitest';
import { replicasFor, stepsOf } from './decide-strategy.ts';
import { fresh, old, plan, snapshot, strategy } from './fixture.ts';
import { World } from './fixture-world.ts';
import { strategyName } from './open.ts';
import type { RolloutPlan } from './types.ts';

const ref = { templates: ['errors'] };
const all = [{ name: 'all', targets: ['eu-1'], soak: 0 }];
const match = [{ cookie: { name: 'beta', regex: '^y' } }, { header: { name: 'x-b', prefix: 'q' } }];

function world(input: unknown, over: Partial<RolloutPlan> = {}): World {
  const made = new World(snapshot({ strategy: strategy(input), waves: all, ...over }));
  made.settle();
  return made;
}

const specOn = (from: World) => from.snapshot.targets[0]?.intent?.spec;

test('blue/green: preview, judged, switched at once, judged again, kept for a while', () => {
  const blueGreen = {
    prePromotionAnalysis: ref,
    postPromotionAnalysis: ref,
    autoPromotion: false,
    scaleDownDelay: '5m',
  };
  const made = world({ blueGreen });
  expect(made.intent('eu-1')).toBe(`${old}:2@100 ${fresh}:2@0`);
  expect(specOn(made)?.preview).toBe(fresh);
  expect(made.last?.because).toContain('ro-1/0/prePromotion-1');
  made.verdict('successful').settle();
  expect(made.last?.because).toContain('waiting for a person to promote');
  made.ask('promote');
  made.settle();
  expect(made.intent('eu-1')).toBe(`${old}:2@0 ${fresh}:2@100`);
  expect(specOn(made)?.preview).toBeNull();
  expect(made.last?.because).toContain('ro-1/0/postPromotion-4');
  made.verdict('successful').settle();
  expect(made.last).toMatchObject({
    phase: 'completing',
    because: `${old} is kept until 10:05:00 UTC, ready to be switched back to`,
  });
  expect(made.last?.wakeAt).toEqual(new Date('2026-01-05T10:05:00Z'));
  expect(made.advance(300_000).settle().phase).toBe('succeeded');
  expect(made.intent('eu-1')).toBe(`${fresh}:2@100`);
});

test('blue/green: a failed judgement after the switch switches back at once', () => {
  const made = world({ blueGreen: { postPromotionAnalysis: ref } });
  expect(made.intent('eu-1')).toBe(`${old}:2@0 ${fresh}:2@100`);
  made.verdict('failed').decide();
  expect(made.intent('eu-1')).toBe(`${old}:2@100 ${fresh}:2@0`);
});

test('blue/green: superseded while the old one is kept, it is the stable one already', () => {
  const made = world({ blueGreen: { scaleDownDelay: '5m' } });
  expect(made.last?.phase).toBe('completing');
  const end = made.ask('supersede', { actor: 'git:Ada' });
  expect(end).toMatchObject({ phase: 'succeeded', terminal: true });
  expect(made.intent('eu-1')).toBe(`${fresh}:2@100`);
});

test('progressive: a growing part of the replicas, with pause and analysis', () => {
  const steps = [{ percent: 25, pause: '1m', analysis: ref }, { percent: 75 }];
  const made = world({ progressive: { steps, backgroundAnalysis: ref } }, { replicas: 4 });
  expect(made.intent('eu-1')).toBe(`${old}:4@75 ${fresh}:1@25`);
  expect(made.snapshot.state.analyses.map((use) => use.purpose)).toEqual(['background']);
  made.advance(60_000).settle();
  expect(made.last?.because).toContain('ro-1/0/step-2');
  made.verdict('successful').settle();
  expect(made.last?.phase).toBe('succeeded');
});

test('A/B: routes for the whole duration, judged, then promoted', () => {
  const made = world({ abTest: { match, duration: '10m', analysis: ref } });
  expect(specOn(made)?.routes).toEqual([
    { release: fresh, match: { cookie: { name: 'beta', regex: '^y' } } },
    { release: fresh, match: { header: { name: 'x-b', prefix: 'q' } } },
  ]);
  expect(made.intent('eu-1')).toBe(`${old}:2@100 ${fresh}:2@0`);
  expect(made.last).toMatchObject({
    phase: 'progressing',
    because: 'Testing for 10m, until 10:10:00 UTC (step 2 of 2)',
  });
  made.advance(600_000).settle();
  expect(made.asked).toEqual(['end analysis/ro-1/0/step-1']);
  expect(made.last?.because).toContain('Waiting for the verdict of analysis');
  expect(made.decide().because).toBe('Waiting for analysis ro-1/0/step-1: measuring');
  made.verdict('successful').settle();
  expect(made.last?.phase).toBe('succeeded');
  expect(specOn(made)).toMatchObject({ routes: [] });
});

test('A/B without analysis, held for a person afterwards', () => {
  const made = world({ abTest: { match, duration: '10m', onSuccess: 'hold' } });
  made.advance(600_000).settle();
  expect(made.last?.because).toContain('Held after its test (step 3 of 3)');
  made.ask('promote');
  expect(made.settle().phase).toBe('succeeded');
});

test('a canary routes by header, takes the route back, and keeps clients where they were', () => {
  const one = [{ header: { name: 'x-beta', exact: 'yes' } }];
  const steps = [
    { setHeaderRoute: { match: one } },
    { pause: {} },
    { setHeaderRoute: { match: [] } },
    { pause: {} },
  ];
  const made = world({ canary: { steps, sticky: { cookie: 'v', ttl: '1m' } } });
  expect(specOn(made)).toMatchObject({
    routes: [{ release: fresh, match: { header: { name: 'x-beta', exact: 'yes' } } }],
    sticky: { cookie: 'v', ttlSeconds: 60 },
  });
  made.ask('promote');
  made.settle();
  expect(specOn(made)?.routes).toEqual([]);
});

test('the first release ever and the fast track have no steps', () => {
  expect(stepsOf(plan({ stable: null }))).toEqual([]);
  expect(stepsOf(plan({ fastTrack: true }))).toEqual([]);
  expect(stepsOf(plan({ strategy: {} }))).toEqual([]);
  expect(stepsOf(plan())).toHaveLength(3);
});

test('names and replica counts', () => {
  const named = (input: unknown) => strategyName(plan({ strategy: strategy(input) }));
  expect(named({ blueGreen: {} })).toBe('blueGreen');
  expect(named({ progressive: { steps: [{ percent: 50 }] } })).toBe('progressive');
  expect(named({ abTest: { match, duration: '1m' } })).toBe('abTest');
  expect(strategyName(plan())).toBe('canary');
  expect([replicasFor(10, 0), replicasFor(10, 1), replicasFor(3, 50), replicasFor(4, 100)]).toEqual(
    [1, 1, 2, 4],
  );
});
