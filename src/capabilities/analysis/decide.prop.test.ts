import fc from 'fast-check';
import { expect, test } from 'vitest';
import { answers, begin, look, metric, opened, request, type Verdict } from './analysis.fixture.ts';
import type { AnalysisState } from './types.ts';

const verdict = fc.constantFrom<Verdict>('success', 'failure', 'inconclusive', 'error');
const limits = fc.record({
  failureLimit: fc.integer({ min: 1, max: 4 }),
  consecutiveErrorLimit: fc.integer({ min: 1, max: 4 }),
  count: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  inconclusiveLimit: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
});
type Limits = typeof limits extends fc.Arbitrary<infer T> ? T : never;

const course = fc.record({
  metrics: fc.array(limits, { minLength: 1, maxLength: 3 }),
  looks: fc.array(fc.array(verdict, { minLength: 3, maxLength: 3 }), { maxLength: 15 }),
  end: fc.boolean(),
});
type Course = typeof course extends fc.Arbitrary<infer T> ? T : never;

const open = (all: readonly Limits[]): AnalysisState =>
  opened(all.map((one, index) => metric({ name: `m${index}`, ...one })));

function run({ metrics, looks, end }: Course): readonly AnalysisState[] {
  const states = [open(metrics)];
  let now = begin;
  for (const verdicts of looks) {
    const state = states.at(-1) ?? open(metrics);
    const given = Object.fromEntries(verdicts.map((v, index) => [`m${index}`, answers[v]]));
    const decision = look(state, given, now);
    states.push(decision.state);
    now = decision.wakeAt ?? now;
  }
  const last = states.at(-1);
  if (end && last) states.push(look(last, {}, now, [request('end')]).state);
  return states;
}

test('never successful without a success measurement for each metric', () => {
  fc.assert(
    fc.property(course, (given) => {
      for (const state of run(given)) {
        if (state.phase !== 'successful') continue;
        expect(state.metrics.every((m) => m.successes > 0)).toBe(true);
        expect(state.metrics.every((m) => m.failures < m.metric.failureLimit)).toBe(true);
      }
    }),
  );
});

test('what is over stays over, as it was', () => {
  fc.assert(
    fc.property(course, (given) => {
      const states = run(given);
      const over = states.findIndex((state) => state.phase !== 'running');
      if (over < 0) return;
      for (const state of states.slice(over)) expect(state).toEqual(states[over]);
    }),
  );
});

test('the same answers give the same analysis', () => {
  fc.assert(
    fc.property(course, (given) => {
      expect(run(given)).toEqual(run(given));
    }),
  );
});

test('the n-th failure fails it, whatever lies between', () => {
  const between = fc.array(fc.constantFrom<Verdict>('success', 'inconclusive', 'error'), {
    maxLength: 3,
  });
  fc.assert(
    fc.property(fc.array(between, { minLength: 1, maxLength: 5 }), (gaps) => {
      const limit = gaps.length;
      let decision = look(
        open([
          {
            failureLimit: limit,
            consecutiveErrorLimit: 5,
            count: undefined,
            inconclusiveLimit: undefined,
          },
        ]),
        {},
        begin,
      );
      for (const [index, gap] of gaps.entries()) {
        for (const v of [...gap, 'failure'] as const) {
          decision = look(decision.state, { m0: answers[v] }, decision.wakeAt ?? begin);
        }
        expect(decision.phase).toBe(index + 1 === limit ? 'failed' : 'running');
      }
      expect(decision.because).toMatch(new RegExp(`^m0: ${limit} of ${limit} failures?: `));
    }),
  );
});
