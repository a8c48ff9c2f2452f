import { z } from 'zod';
import { problem } from '../../../platform/errors/problem.ts';
import type { Json } from '../../../platform/ids/types.ts';
import { askJson, parseAddress } from '../http.ts';
import type { MetricAnswer, MetricSource } from '../port.ts';
import { fill, fillHeaders, inAddress } from '../template.ts';
import { inPromQl } from './promql.ts';

const sampleSchema = z.tuple([z.number(), z.string()]);
const responseSchema = z.object({
  status: z.literal('success'),
  data: z.discriminatedUnion('resultType', [
    z.object({ resultType: z.literal('scalar'), result: sampleSchema }),
    z.object({
      resultType: z.literal('vector'),
      result: z.array(z.object({ value: sampleSchema })).max(10_000),
    }),
  ]),
});

/**
 * Prometheus' instant query API, `GET /api/v1/query`. A scalar gives `result` as a number, a vector as a list of
 * numbers (`result[0]`); an empty vector is no data. NaN and infinities are handed on as they are.
 */
export function prometheusSource(): MetricSource {
  return {
    name: 'prometheus',
    async measure(question, signal) {
      if (!('prometheus' in question.provider)) return refused('The metric is not of Prometheus.');
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
      return read(answer.json, query.text);
    },
  };
}

function read(json: Json, query: string): MetricAnswer {
  const parsed = responseSchema.safeParse(json);
  if (!parsed.success) {
    return refused('Prometheus gave neither a scalar nor a vector of samples.', query);
  }
  const { data } = parsed.data;
  if (data.resultType === 'scalar') return measured(numberOf(data.result[1]), query);
  if (data.result.length === 0) return { ok: true, value: null, query, baseline: null };
  return measured(
    data.result.map((sample) => numberOf(sample.value[1])),
    query,
  );
}

const measured = (result: Json, query: string): MetricAnswer => ({
  ok: true,
  value: { result },
  query,
  baseline: null,
});

/** Prometheus writes numbers as Go does: `+Inf`, `-Inf`, `NaN`. */
function numberOf(text: string): number {
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}

const refused = (detail: string, query = ''): MetricAnswer => ({
  ok: false,
  problem: problem('TG1402', { detail }),
  query,
});
