import { afterAll, expect, test } from 'vitest';
import { findProgram, startPrometheus } from '../../../../test/support/prometheus.ts';
import { begin, metric, opened } from '../../../capabilities/analysis/analysis.fixture.ts';
import { decideAnalysis } from '../../../capabilities/analysis/decide.ts';
import { dueMetrics } from '../../../capabilities/analysis/due.ts';
import { measureAll } from '../../../capabilities/analysis/measure.ts';
import type { AnalysisState } from '../../../capabilities/analysis/types.ts';
import { metricSourceContract } from '../contract.ts';
import type { MetricQuestion } from '../port.ts';
import { questionOf } from '../question.fixture.ts';
import { serve } from '../server.fixture.ts';
import { prometheusSource } from './prometheus.ts';

const installed = (await findProgram('prometheus')) !== null;

const looks = 60;

/** Latencies of three releases at each look: of r-1 and same about 100 ms, of slow 50 ms more, all as the day goes. */
function wanderingLatencies(): readonly string[] {
  const more = { 'r-1': 0, same: 0, slow: 0.05 };
  return Object.entries(more).flatMap(([release, by], side) =>
    Array.from({ length: looks }, (_, at) => {
      const day = 0.02 * Math.sin(at / 9);
      const own = 0.004 * Math.sin((at + 1) * (side + 2) * 12.9898);
      return `latency_seconds{release="${release}",look="${at}"} ${0.1 + day + own + by}`;
    }),
  );
}

/** A service with two releases, one of which errs, and the real Prometheus that scrapes it. */
const metrics = [
  '# TYPE requests_total counter',
  'requests_total{release="r-1",code="200"} 990',
  'requests_total{release="r-1",code="500"} 10',
  'requests_total{release="r-2",code="200"} 900',
  'requests_total{release="r-2",code="500"} 100',
  'odd{name="a\\"b\\\\c"} 7',
  ...wanderingLatencies(),
  '',
].join('\n');
const service = installed ? await serve((_, answer) => answer.end(metrics)) : null;
const prometheus = service ? await startPrometheus([`127.0.0.1:${service.port}`]) : null;
afterAll(async () => {
  await prometheus?.stop();
  await service?.stop();
});

const question = (query: string, args: MetricQuestion['args'] = {}) => {
  const address = prometheus?.url ?? 'http://127.0.0.1:9';
  return questionOf({ prometheus: { address, query } }, { args });
};
const measure = (asked: MetricQuestion) =>
  prometheusSource().measure(asked, AbortSignal.timeout(5000));
const scraped = () =>
  expect
    .poll(() => measure(question('sort(requests_total)')), { timeout: 20_000 })
    .toMatchObject({ value: { result: [10, 100, 900, 990] } });

if (!prometheus) {
  test.skip('skipped: the program prometheus is not installed (Debian package prometheus)', () => {});
} else {
  metricSourceContract('prometheus', async () => ({
    source: prometheusSource(),
    value: question('vector({{args.x}})', { x: '1' }),
    noData: question('absent(vector(1))'),
    silent: question('sum by('),
    end: async () => {},
  }));
}

const errorRate =
  'sum(requests_total{release="{{release}}",code=~"5.."}) / sum(requests_total{release="{{release}}"})';

test.skipIf(!prometheus)('the error rate of the candidate, from scraped metrics', async () => {
  await scraped();
  expect(await measure(question(errorRate))).toEqual({
    ok: true,
    value: { result: [0.1] },
    query: errorRate.replaceAll('{{release}}', 'r-2'),
    baseline: null,
  });
});

test.skipIf(!prometheus).each([
  ['0/0', { result: Number.NaN }],
  ['1/0', { result: Number.POSITIVE_INFINITY }],
  ['-1/0', { result: Number.NEGATIVE_INFINITY }],
  ['vector(0)/0', { result: [Number.NaN] }],
  ['requests_total{release="none"}', null],
])('%s', async (query, value) => {
  expect(await measure(question(query))).toMatchObject({ ok: true, value });
});

test.skipIf(!prometheus)(
  'an argument with quotes is one label value and nothing else',
  async () => {
    await scraped();
    const query = 'odd{name="{{args.x}}"}';
    expect(await measure(question(query, { x: 'a"b\\c' }))).toMatchObject({
      value: { result: [7] },
    });
    const evil = question(query, { x: 'a"} or requests_total{code="200' });
    expect(await measure(evil)).toMatchObject({ ok: true, value: null });
  },
);

test.skipIf(!prometheus)(
  'a query that is wrong is a problem with what Prometheus says',
  async () => {
    const answer = await measure(question('sum by('));
    expect(!answer.ok && answer.problem.detail).toContain('parse error');
  },
);

test.skipIf(!prometheus)('nobody at the address', async () => {
  const gone = questionOf({ prometheus: { address: 'http://127.0.0.1:9', query: 'up' } });
  const answer = await measure(gone);
  expect(!answer.ok && answer.problem.detail).toContain('ECONNREFUSED');
});

/** Looks at both releases, as an analysis does, until it is decided. */
async function compare(candidate: string): Promise<AnalysisState> {
  const compared = metric({
    successCondition: undefined,
    name: 'latency',
    count: looks,
    provider: {
      prometheus: {
        address: prometheus?.url ?? 'http://127.0.0.1:9',
        query: 'sum(latency_seconds{release="{{release}}",look="{{args.look}}"})',
      },
    },
    sequential: { minimumChange: { relative: '25%' }, minimumSample: 10 },
    noData: 'fail',
  });
  const source = prometheusSource();
  const start = opened([compared]);
  let state: AnalysisState = { ...start, subject: { ...start.subject, candidate } };
  let now = begin;
  for (let at = 0; at < looks && state.phase === 'running'; at += 1) {
    state = { ...state, args: { look: String(at) } };
    const due = dueMetrics(state, false, now);
    const answers = await measureAll(
      () => source,
      state,
      due,
      now,
      () => false,
    );
    const seen = {
      id: 'analysis/ro-1/0/step',
      state,
      at: now.toISOString(),
      answers,
      requests: [],
    };
    const decision = decideAnalysis(seen, now);
    state = decision.state;
    now = decision.wakeAt ?? now;
  }
  return state;
}

test.skipIf(!prometheus)(
  'a value of two releases is compared by evidence: what is slower fails, what is alike passes',
  async () => {
    await scraped();
    const slow = await compare('slow');
    expect(slow.phase).toBe('failed');
    expect(slow.because).toMatch(/^latency: 0\.1\d+, stable 0\.1\d*: evidence of harm /);
    const [measured] = slow.metrics[0]?.recent ?? [];
    expect(measured?.query).toBe('sum(latency_seconds{release="slow",look="0"})');
    expect(measured?.value).toMatchObject({
      result: [expect.any(Number)],
      stable: [expect.any(Number)],
    });
    const same = await compare('same');
    expect(same.phase).toBe('successful');
    expect(same.because).toContain('+25 % of stable is ruled out');
    const none = await compare('none');
    expect(none.because).toBe('latency: no data, which fails it');
  },
);
