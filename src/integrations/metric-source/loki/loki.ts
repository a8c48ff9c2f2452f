import { z } from 'zod';
import type { Json } from '../../../platform/ids/types.ts';
import { askJson, authorization, readSecrets, refusal, type SourceDeps } from '../http.ts';
import type { MetricAnswer, MetricSource } from '../port.ts';
import { inPromQl } from '../prometheus/promql.ts';
import { readSamples } from '../prometheus/samples.ts';
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

const streamsSchema = z.object({ data: z.object({ resultType: z.literal('streams') }) });

function read(json: Json, query: string): MetricAnswer {
  if (!streamsSchema.safeParse(json).success) return readSamples(json, query, 'Loki');
  const detail = 'Loki gave log lines. Ask for a number of them, as sum(count_over_time(… [5m])).';
  return refusal(detail, query);
}
