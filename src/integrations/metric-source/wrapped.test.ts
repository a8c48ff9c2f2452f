import { expect, test } from 'vitest';
import { problem } from '../../platform/errors/problem.ts';
import type { Json } from '../../platform/ids/types.ts';
import { metricSourceContract } from './contract.ts';
import type { MetricAnswer, MetricQuestion, MetricSource } from './port.ts';
import { questionOf } from './question.fixture.ts';
import { type RateLimit, resolve, retryWait, wrapped } from './wrapped.ts';

const plenty: RateLimit = { perSecond: 1_000, burst: 1_000 };
const found = (result: Json): MetricAnswer => ({
  ...{ ok: true, value: { result }, query: 'up', baseline: null },
});
const failed = (data?: { readonly [key: string]: Json }): MetricAnswer => ({
  ok: false,
  problem: problem('TG1401', { detail: 'status 503', ...(data ? { data } : {}) }),
  query: 'up',
});
const momentary = (retryAfter: number | null = null) => failed({ transient: true, retryAfter });

const question = (query: string, more: object = {}, rest: Partial<MetricQuestion> = {}) =>
  questionOf({ prometheus: { address: 'http://prom:9090', query, ...more } }, rest);
const signal = () => AbortSignal.timeout(5_000);

/** A source that answers one after the other, in a world whose clock only goes on while somebody sleeps. */
function world(answers: readonly MetricAnswer[], limit = plenty) {
  const state = { now: 1_000, asked: [] as number[] };
  const source: MetricSource = {
    name: 'prometheus',
    measure: async () => {
      state.asked.push(state.now);
      return answers[state.asked.length - 1] ?? found(state.asked.length);
    },
  };
  const measure = wrapped(source, {
    limit,
    clock: () => state.now,
    sleep: async (ms) => {
      state.now += ms;
    },
    random: () => 0,
  }).measure;
  return { state, measure };
}

/** A source whose answers are given by hand; nothing sleeps to its end. */
function heldWorld() {
  const asked: { readonly signal: AbortSignal; answer: (value: MetricAnswer) => void }[] = [];
  const source: MetricSource = {
    name: 'prometheus',
    measure: (_, given) => {
      const { promise, resolve: answer } = Promise.withResolvers<MetricAnswer>();
      given.addEventListener('abort', () => answer(failed()), { once: true });
      asked.push({ signal: given, answer });
      return promise;
    },
  };
  const { measure } = wrapped(source, { limit: plenty, clock: () => 0 });
  const turn = () => new Promise((done) => setImmediate(done));
  return { asked, measure, turn };
}

metricSourceContract('prometheus', async () => {
  const answers: { readonly [query: string]: MetricAnswer } = {
    value: found(1),
    noData: { ok: true, value: null, query: 'noData', baseline: null },
  };
  const source: MetricSource = {
    name: 'prometheus',
    measure: async ({ provider }) =>
      ('prometheus' in provider && answers[provider.prometheus.query]) || failed(),
  };
  return {
    source: wrapped(source, { limit: plenty, clock: () => 0 }),
    value: question('value'),
    noData: question('noData'),
    silent: question('silent'),
    end: async () => {},
  };
});

test('the same question within a second is asked once, and after that again', async () => {
  const { state, measure } = world([]);
  expect(await measure(question('up'), signal())).toEqual(found(1));
  state.now += 999;
  expect(await measure(question('up'), signal())).toEqual(found(1));
  state.now += 1;
  expect(await measure(question('up'), signal())).toEqual(found(2));
});

test('a failure is not kept', async () => {
  const { measure } = world([failed(), found(7)]);
  expect((await measure(question('up'), signal())).ok).toBe(false);
  expect(await measure(question('up'), signal())).toEqual(found(7));
});

const rollout = { ...question('up').subject, rollout: 'ro-2' };
test.each<[string, MetricQuestion, MetricQuestion, boolean]>([
  ['another rollout', question('up'), question('up', {}, { subject: rollout }), true],
  [
    'values that come to the same',
    question('up{a="{{args.x}}"}', {}, { args: { x: '1' } }),
    question('up{a="{{args.y}}"}', {}, { args: { y: '1' } }),
    true,
  ],
  ['another query', question('up'), question('down'), false],
  ['another address', question('up'), question('up', { address: 'http://b' }), false],
  [
    'another release',
    question('up{r="{{release}}"}'),
    question('up{r="{{release}}"}', {}, { subject: { ...rollout, candidate: 'r-3' } }),
    false,
  ],
  [
    'another header',
    question('up'),
    question('up', { headers: [{ name: 'a', value: 'b' }] }),
    false,
  ],
  ['a value that is missing', question('{{args.x}}'), question('{{args.y}}'), false],
])('%s', (_name, one, other, isSame) => {
  expect(resolve(one).key === resolve(other).key).toBe(isSame);
});

test.each([
  [{ prometheus: { address: 'http://{{args.x}}:9', query: 'up' } }, 'h:9'],
  [{ web: { url: 'https://user:word@web/a' } }, 'web'],
  [
    { datadog: { query: 'a', apiKey: { env: 'A' }, appKey: { env: 'A' } } },
    'datadog datadoghq.com',
  ],
  [{ newrelic: { account: 1, region: 'eu', query: 'a', key: { env: 'A' } } }, 'newrelic eu'],
  [{ prometheus: { address: '{{args.none}}', query: 'up' } }, ''],
])('the place of %j is %j', (provider, place) => {
  expect(resolve(questionOf(provider, { args: { x: 'h' } })).place).toBe(place);
});

test('who asks while it is asked shares the answer', async () => {
  const { asked, measure, turn } = heldWorld();
  const both = [measure(question('up'), signal()), measure(question('up'), signal())];
  await turn();
  asked[0]?.answer(found(5));
  expect(await Promise.all(both)).toEqual([found(5), found(5)]);
  expect(asked).toHaveLength(1);
});

test('one who leaves does not take the answer from the other', async () => {
  const { asked, measure, turn } = heldWorld();
  const leaving = new AbortController();
  const one = measure(question('up'), leaving.signal);
  const other = measure(question('up'), signal());
  await turn();
  leaving.abort();
  expect(await one).toMatchObject({ ok: false, problem: { code: 'TG1401' } });
  expect(asked[0]?.signal.aborted).toBe(false);
  asked[0]?.answer(found(5));
  expect(await other).toEqual(found(5));
});

test('when the last one leaves, nobody is asked any more, and who comes then asks anew', async () => {
  const { asked, measure, turn } = heldWorld();
  const leaving = new AbortController();
  const one = measure(question('up'), leaving.signal);
  await turn();
  leaving.abort();
  expect((await one).ok).toBe(false);
  expect(asked[0]?.signal.aborted).toBe(true);
  const next = measure(question('up'), signal());
  await turn();
  asked[1]?.answer(found(6));
  expect(await next).toEqual(found(6));
});

test('an ended signal asks nobody', async () => {
  const { state, measure } = world([]);
  expect((await measure(question('up'), AbortSignal.abort())).ok).toBe(false);
  expect(state.asked).toEqual([]);
});

test('what throws is thrown to whoever asked, and not for good', async () => {
  const fault = { isThere: true };
  const source: MetricSource = {
    name: 'prometheus',
    measure: async () => {
      if (fault.isThere) throw new Error('a fault of ours');
      return found(1);
    },
  };
  const { measure } = wrapped(source, { limit: plenty, clock: () => 0 });
  await expect(measure(question('up'), signal())).rejects.toThrow('a fault of ours');
  fault.isThere = false;
  expect(await measure(question('up'), signal())).toEqual(found(1));
});

test('what fails for a moment is asked again, twice at most, with growing pauses', async () => {
  const first = world([momentary(), momentary(), found(9)]);
  expect(await first.measure(question('up'), signal())).toEqual(found(9));
  expect(first.state.asked).toEqual([1_000, 1_125, 1_375]);
  const second = world([momentary(), momentary(), momentary(), found(9)]);
  expect((await second.measure(question('up'), signal())).ok).toBe(false);
  expect(second.state.asked).toHaveLength(3);
});

test('no time left to ask again: what went wrong is said', async () => {
  const leaving = new AbortController();
  const source: MetricSource = { name: 'prometheus', measure: async () => momentary(2_000) };
  const sleep = (_: number, given: AbortSignal) =>
    new Promise<void>((_done, end) => {
      given.addEventListener('abort', () => end(given.reason), { once: true });
      leaving.abort();
    });
  const { measure } = wrapped(source, { limit: plenty, clock: () => 0, sleep });
  expect(await measure(question('up'), leaving.signal)).toEqual(momentary(2_000));
});

test.each([
  ['an answer', found(1), 1, 0, null],
  ['what will not change', failed(), 1, 0, null],
  ['a moment', momentary(), 1, 0, 125],
  ['a moment, spread', momentary(), 1, 1, 250],
  ['a moment, the second time', momentary(), 2, 1, 500],
  ['a moment, the third time', momentary(), 3, 1, null],
  ['a limit that ends soon', momentary(3_000), 1, 1, 3_250],
  ['a limit that ends too late', momentary(10_001), 1, 1, null],
])('to ask again after %s', (_name, answer, attempt, chance, wait) => {
  expect(retryWait(answer, attempt, chance)).toBe(wait);
});

test('a host is asked as often as its limit allows, and another host at once', async () => {
  const { state, measure } = world([], { perSecond: 2, burst: 2 });
  for (const query of ['a', 'b', 'c', 'd']) await measure(question(query), signal());
  expect(state.asked).toEqual([1_000, 1_000, 1_500, 2_000]);
  await measure(question('a', { address: 'http://other' }), signal());
  expect(state.asked.at(-1)).toBe(2_000);
});

test('who leaves the line gives the place to those behind', async () => {
  const waits: number[] = [];
  const source: MetricSource = { name: 'prometheus', measure: async () => found(1) };
  const sleep = (ms: number, given: AbortSignal) =>
    new Promise<void>((_done, end) => {
      waits.push(ms);
      given.addEventListener('abort', () => end(given.reason), { once: true });
    });
  const limit = { perSecond: 1, burst: 1 };
  const { measure } = wrapped(source, { limit, clock: () => 0, sleep });
  await measure(question('a'), signal());
  const leaving = new AbortController();
  const one = measure(question('b'), leaving.signal);
  leaving.abort();
  expect((await one).ok).toBe(false);
  const end = new AbortController();
  const next = measure(question('c'), end.signal);
  end.abort();
  await next;
  expect(waits).toEqual([1_000, 1_000]);
});
