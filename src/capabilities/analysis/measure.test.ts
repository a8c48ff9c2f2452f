import { expect, test } from 'vitest';
import type { MetricAnswer, MetricQuestion } from '../../integrations/metric-source/port.ts';
import { problem } from '../../platform/errors/problem.ts';
import { after, begin, metric, opened, subject } from './analysis.fixture.ts';
import { dueMetrics } from './due.ts';
import { measureAll } from './measure.ts';

const query = 'sum(rate(orders_total{release="{{release}}"}[1m]))';
const prometheus = { prometheus: { address: 'http://127.0.0.1:9', query } };
const compared = (over: object = {}) =>
  metric({ provider: prometheus, successCondition: undefined, ...over });

async function ask(
  one: ReturnType<typeof metric>,
  answers: (question: MetricQuestion) => MetricAnswer,
  over: { readonly stable?: string | null } = {},
) {
  const asked: MetricQuestion[] = [];
  const state = { ...opened([one]), subject: { ...subject, ...over } };
  const measure = async (question: MetricQuestion) => {
    asked.push(question);
    return answers(question);
  };
  const found = await measureAll(
    (name) => ({ name, measure }),
    state,
    dueMetrics(state, false, begin),
    after(0),
    () => false,
  );
  return { asked, answer: found[0] };
}

const answered = (result: number): MetricAnswer => ({
  ...{ ok: true, value: { result }, query: 'q', baseline: null },
});
const refused: MetricAnswer = {
  ...{ ok: false, query: 'q', problem: problem('TG1401', { detail: 'no' }) },
};

test('a metric that is compared is asked of the candidate and of the stable release', async () => {
  const { asked, answer } = await ask(compared(), ({ subject: { candidate } }) =>
    answered(candidate === 'r-2' ? 7 : 5),
  );
  expect(asked.map(({ subject: { candidate }, asOf }) => [candidate, asOf])).toEqual([
    ['r-2', undefined],
    ['r-1', undefined],
  ]);
  expect(answer).toMatchObject({ ok: true, value: { result: 7, stable: 5 } });
});

test('with a history as its baseline, the stable release is asked about as it was then', async () => {
  const { asked } = await ask(compared({ baseline: { history: '1h' } }), () => answered(1));
  expect(asked.map(({ subject: { candidate }, asOf }) => [candidate, asOf])).toEqual([
    ['r-2', undefined],
    ['r-1', after(-3_600_000)],
  ]);
});

test('one with conditions is asked once, and so is the router, which knows both sides', async () => {
  const conditions = metric({ provider: prometheus, successCondition: 'result < 1.0' });
  for (const one of [conditions, metric({ successCondition: undefined, sequential: {} })])
    expect((await ask(one, () => answered(1))).asked).toHaveLength(1);
});

test('without a stable release nobody is asked about it', async () => {
  const { asked, answer } = await ask(compared(), () => answered(3), { stable: null });
  expect(asked).toHaveLength(1);
  expect(answer).toMatchObject({ ok: true, value: { result: 3, stable: null } });
});

test.each([
  ['the candidate cannot be asked about', 'r-2', false],
  ['the stable release cannot be asked about', 'r-1', false],
])('when %s there is no answer', async (_, silent, ok) => {
  const { answer } = await ask(compared(), ({ subject: { candidate } }) =>
    candidate === silent ? refused : answered(1),
  );
  expect(answer?.ok).toBe(ok);
});

test('a candidate without data has no data, and a stable release without data is null', async () => {
  const none: MetricAnswer = { ok: true, value: null, query: 'q', baseline: null };
  const silent = (release: string) => (question: MetricQuestion) =>
    question.subject.candidate === release ? none : answered(1);
  expect((await ask(compared(), silent('r-2'))).answer).toMatchObject({ value: null });
  expect((await ask(compared(), silent('r-1'))).answer).toMatchObject({ value: { stable: null } });
});
