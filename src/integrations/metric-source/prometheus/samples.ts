import { z } from 'zod';
import type { Json } from '../../../platform/ids/types.ts';
import { numberOf, refusal, seriesAnswer } from '../http.ts';
import type { MetricAnswer } from '../port.ts';

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
 * The answer to an instant query, which Loki gives in Prometheus' form: a scalar gives `result` as a number, a vector as
 * a list of numbers; an empty vector is no data. NaN and infinities are handed on as they are.
 *
 * https://prometheus.io/docs/prometheus/latest/querying/api/#expression-query-result-formats
 */
export function readSamples(json: Json, query: string, vendor: string): MetricAnswer {
  const parsed = responseSchema.safeParse(json);
  if (!parsed.success) {
    return refusal(`${vendor} gave neither a scalar nor a vector of samples.`, query);
  }
  const { data } = parsed.data;
  if (data.resultType === 'vector') {
    return seriesAnswer(
      data.result.map(({ value }) => numberOf(value[1])),
      query,
    );
  }
  return { ok: true, value: { result: numberOf(data.result[1]) }, query, baseline: null };
}
