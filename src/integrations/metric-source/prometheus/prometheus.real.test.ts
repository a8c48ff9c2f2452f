import { afterAll, expect, test } from 'vitest';
import { findProgram, startPrometheus } from '../../../../test/support/prometheus.ts';
import { metricSourceContract } from '../contract.ts';
import type { MetricQuestion } from '../port.ts';
import { questionOf } from '../question.fixture.ts';
import { serve } from '../server.fixture.ts';
import { prometheusSource } from './prometheus.ts';

const installed = (await findProgram('prometheus')) !== null;

/** A service with two releases, one of which errs, and the real Prometheus that scrapes it. */
const metrics = [
  '# TYPE requests_total counter',
  'requests_total{release="r-1",code="200"} 990',
  'requests_total{release="r-1",code="500"} 10',
  'requests_total{release="r-2",code="200"} 900',
  'requests_total{release="r-2",code="500"} 100',
  'odd{name="a\\"b\\\\c"} 7',
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
