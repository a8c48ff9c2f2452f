import { askJson, parseAddress, refusal } from '../http.ts';
import type { MetricSource } from '../port.ts';
import { fill, fillHeaders, inAddress } from '../template.ts';
import { inPromQl } from './promql.ts';
import { readSamples } from './samples.ts';

/**
 * Prometheus' instant query API, `GET /api/v1/query`. A scalar gives `result` as a number, a vector as a list of
 * numbers (`result[0]`); an empty vector is no data. NaN and infinities are handed on as they are.
 */
export function prometheusSource(): MetricSource {
  return {
    name: 'prometheus',
    async measure(question, signal) {
      if (!('prometheus' in question.provider)) return refusal('The metric is not of Prometheus.');
      const { headers: given, address, query: template } = question.provider.prometheus;
      const query = fill(template, question, inPromQl);
      if (!query.ok) return { ok: false, problem: query.problem, query: template };
      const base = fill(address, question, inAddress);
      if (!base.ok) return { ok: false, problem: base.problem, query: query.text };
      const url = parseAddress(`${base.text.replace(/\/+$/, '')}/api/v1/query`);
      if (!url.ok) return { ok: false, problem: url.problem, query: query.text };
      url.url.searchParams.set('query', query.text);
      if (question.asOf) url.url.searchParams.set('time', question.asOf.toISOString());
      const headers = fillHeaders(given, question);
      if (!headers.ok) return { ok: false, problem: headers.problem, query: query.text };
      const ask = { url: url.url, method: 'GET', headers: headers.headers } as const;
      const answer = await askJson(ask, signal);
      if (!answer.ok) return { ok: false, problem: answer.problem, query: query.text };
      return readSamples(answer.json, query.text, 'Prometheus');
    },
  };
}
