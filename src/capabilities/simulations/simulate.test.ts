import { expect, test } from 'vitest';
import { canary, course, simulated, template, watched } from './simulations.fixture.ts';

const sequential = template('errors', 'sequential: { falseAlarm: 5% }');
const bad = { errorRate: 0.1 };

test('the same seed gives the same answer, another one another', () => {
  const of = course(watched + sequential);
  const first = simulated(of, [{}, bad], { seeds: 10 });
  expect(simulated(of, [{}, bad], { seeds: 10 })).toEqual(first);
  expect(simulated(of, [{}, bad], { seeds: 10, seed: 2 })).not.toEqual(first);
});

test('a strategy without analysis catches nothing and exposes all of its weight', () => {
  const [one] = simulated(course(canary), [bad]);
  expect(one).toMatchObject({
    runs: 30,
    complete: true,
    caught: { count: 0, share: 0, low: 0 },
    passed: { count: 30, high: 1 },
    timeToCatch: null,
    timeToPass: { median: 180_000, p95: 180_000 },
  });
  // 50 a second: a tenth of them for a minute, and half of them for two.
  expect(one?.exposed).toBeGreaterThan(3_200);
  expect(one?.exposed).toBeLessThan(3_400);
  expect(one?.steps.map(({ exposed }) => Math.round(exposed / 100))).toEqual([0, 3, 0, 30, 0]);
});

test('false alarms keep to what the template declares, whatever the number of looks', () => {
  const [none] = simulated(course(watched + sequential), [{}], { seeds: 300, traffic: 100 });
  expect(none?.caught.low).toBeLessThanOrEqual(0.05);
  expect(none?.passed.share).toBeGreaterThan(0.5);
});

test('worse is caught more surely, sooner and at less cost', () => {
  const of = course(watched + sequential);
  const results = simulated(of, [{ errorRate: 0.01 }, { errorRate: 0.03 }, bad]);
  const caught = results.map((one) => one.caught.share);
  const exposed = results.map((one) => one.exposed);
  expect(caught).toEqual(caught.toSorted((a, b) => a - b));
  expect(exposed).toEqual(exposed.toSorted((a, b) => b - a));
  expect(results[2]).toMatchObject({ caught: { share: 1 } });
  expect(results[2]?.timeToCatch?.p95).toBeLessThanOrEqual(60_000);
  const byStep = results[2]?.steps.map((one) => one.caught.count) ?? [];
  expect(byStep).toEqual(byStep.toSorted((a, b) => a - b));
  expect(byStep.at(-1)).toBe(30);
});

test('conditions are judged as well, look by look', () => {
  const text = 'failureCondition: result.requests >= 20 && result.errorRate > 0.04';
  const [none, much] = simulated(course(watched + template('errors', text)), [{}, bad]);
  expect(much?.caught.share).toBe(1);
  expect(none?.caught.share).toBeLessThan(0.5);
});

test('latency is judged from the histogram of the router', () => {
  const of = course(watched + template('errors', 'sequential: { of: latency }'));
  expect(of.needsLatency).toBe(true);
  const [none, slower] = simulated(of, [{}, { latency: 0.5 }], { seeds: 15 });
  expect(none?.caught.count).toBe(0);
  expect(slower?.caught.count).toBe(15);
});

test('a step waits for its analysis, whose verdict ends the rollout', () => {
  const steps = 'canary: { steps: [{ setWeight: 20 }, { analysis: { templates: [errors] } }] }\n';
  const text = 'count: 3, failureCondition: result.errorRate > 0.05';
  const [none, much] = simulated(course(steps + template('errors', text)), [{}, bad]);
  // The first look comes before the first request, and the three that count ten seconds after each other.
  expect(none?.timeToPass).toEqual({ median: 30_000, p95: 30_000 });
  expect(much?.steps.map((one) => one.caught.share)).toEqual([0, 1, 1]);
});

test.each([
  [
    'an endless analysis of a step',
    'canary: { steps: [{ setWeight: 20 }, { analysis: { templates: [errors] } }] }\n',
  ],
  [
    'a preview that nobody visits',
    'blueGreen: { prePromotionAnalysis: { templates: [errors] } }\n',
  ],
])('%s comes to no verdict', (_name, strategy) => {
  const text = template('errors', 'failureCondition: result.errorRate > 0.05');
  const [one] = simulated(course(strategy + text), [{}], { seeds: 3 });
  expect(one).toMatchObject({ unclear: { share: 1 }, timeToPass: null, timeToCatch: null });
});

test('a test is asked for its verdict when its time is over', () => {
  const strategy = `abTest: { match: [{ header: { name: x, exact: y } }], duration: 2m, analysis: { templates: [errors] } }\n`;
  const of = course(strategy + template('errors', 'failureCondition: result.errorRate > 0.06'));
  const [none, much] = simulated(of, [{}, { errorRate: 0.5 }]);
  expect(none?.timeToPass).toEqual({ median: 120_000, p95: 120_000 });
  expect(much?.caught.share).toBe(1);
  expect(of.notes).toContain('10 % of the requests match a header or cookie route');
});

test('a progressive rollout is watched after its switch as long as it soaks', () => {
  const strategy = `progressive: { steps: [{ percent: 1, pause: 10s }], backgroundAnalysis: { templates: [errors] } }\n`;
  const text = template('errors', 'failureCondition: result.errorRate > 0.06');
  const [much] = simulated(course(strategy + text, 600_000), [bad], { traffic: 10 });
  expect(much?.caught.share).toBe(1);
  expect(much?.steps.at(-1)?.caught.count).toBeGreaterThan(much?.steps.at(-2)?.caught.count ?? 30);
});

test('what cannot be simulated is said and left out', () => {
  const prometheus = `---
apiVersion: tidegate.dev/v1
kind: AnalysisTemplate
metadata: { name: errors }
spec:
  metrics:
    - name: up
      provider: { prometheus: { address: "http://localhost:9090", query: up } }
      count: 1
      successCondition: result[0] > 0.0
`;
  const of = course(watched + prometheus);
  expect(of.background).toBeNull();
  expect(of.notes).toContain('up is left out: what prometheus would answer cannot be simulated');
  const people = 'canary: { steps: [{ setWeight: 20 }, { pause: {} }, { approval: {} }] }\n';
  expect(course(people).notes).toContain('people approve and promote at once');
  expect(course(people).steps.map(({ words }) => words)).toEqual([
    'weight 20 %',
    'pause',
    'approval',
  ]);
});

test('when time runs out, what was run until then counts', () => {
  let asked = 0;
  const spent = () => {
    asked += 1;
    return asked > 5 ? 1 : 0;
  };
  const results = simulated(course(canary), [{}, bad], { seeds: 20 }, spent);
  expect(results.map(({ runs, complete }) => [runs, complete])).toEqual([
    [3, false],
    [2, false],
  ]);
});

test('a run that takes far too long is given up', () => {
  let asked = 0;
  const spent = () => {
    asked += 1;
    return asked > 3 ? 2 : 0;
  };
  const [one] = simulated(course(watched + sequential), [{}], { seeds: 5 }, spent);
  expect(one).toMatchObject({ runs: 0, complete: false, caught: { low: 0, high: 1 }, exposed: 0 });
});
