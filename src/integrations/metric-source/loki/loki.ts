import { z } from 'zod';
import type { Json } from '../../../platform/ids/types.ts';
import {
  askJson,
  authorization,
  numberOf,
  readSecrets,
  refusal,
  type SourceDeps,
  seriesAnswer,
} from '../http.ts';
import type { MetricAnswer, MetricSource } from '../port.ts';
import { inPromQl } from '../prometheus/promql.ts';
import { fill } from '../template.ts';

/**
 * Loki's instant query, `GET /loki/api/v1/query`, for metric queries in LogQL: counts and rates of log lines. A scalar
 * gives `result` as a number, a vector as a list of numbers. What selects lines alone has no number and is refused.
 *
 * https://grafana.com/docs/loki/latest/reference/loki-http-api/#query-logs-at-a-single-point-in-time
 */
export function lokiSource({ secret }: Pick<SourceDeps, 'secret'>): MetricSource {
  return {
    name: 'loki',
    async measure(question, signal) {
      if (!('loki' in question.provider)) return refusal('The metric is not of Loki.');
      const { address, query: template, tenant, username, token } = question.provider.loki;
      // LogQL has the quotes, escapes and comments of PromQL.
      const filled = fill(template, question, inPromQl);
      if (!filled.ok) return { ...filled, query: template };
      const query = filled.text;
      const keys = await readSecrets(secret, { token });
      if (!keys.ok) return { ...keys, query };
      const url = new URL(`${address.replace(/\/+$/, '')}/loki/api/v1/query`);
      url.searchParams.set('query', query);
      if (question.asOf) url.searchParams.set('time', question.asOf.toISOString());
      const headers = [
        ...authorization(username, keys.values.token),
        ...(tenant === undefined ? [] : [{ name: 'x-scope-orgid', value: tenant }]),
      ];
      const answer = await askJson({ url, method: 'GET', headers, secrets: keys.all }, signal);
      return answer.ok ? read(answer.json, query) : { ...answer, query };
    },
  };
}

const sampleSchema = z.tuple([z.number(), z.string()]);
const responseSchema = z.object({
  status: z.literal('success'),
  data: z.discriminatedUnion('resultType', [
    z.object({ resultType: z.literal('scalar'), result: sampleSchema }),
    z.object({
      resultType: z.literal('vector'),
      result: z.array(z.object({ value: sampleSchema })).max(10_000),
    }),
    z.object({ resultType: z.literal('streams') }),
  ]),
});

function read(json: Json, query: string): MetricAnswer {
  const parsed = responseSchema.safeParse(json);
  if (!parsed.success) return refusal('Loki gave neither a scalar nor a vector.', query);
  const { data } = parsed.data;
  if (data.resultType === 'streams') {
    return refusal(
      'Loki gave log lines. Ask for a number of them, as sum(count_over_time(… [5m])).',
      query,
    );
  }
  if (data.resultType === 'vector') {
    return seriesAnswer(
      data.result.map(({ value }) => numberOf(value[1])),
      query,
    );
  }
  return { ok: true, value: { result: numberOf(data.result[1]) }, query, baseline: null };
}
