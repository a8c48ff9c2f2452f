import { z } from 'zod';
import type { ProviderOf } from '../../../contract/kinds/metric-provider.ts';
import { problem } from '../../../platform/errors/problem.ts';
import type { Json } from '../../../platform/ids/types.ts';
import { askJson, concealed, readSecrets, refusal, type SourceDeps } from '../http.ts';
import type { MetricAnswer, MetricSource } from '../port.ts';
import { fill } from '../template.ts';
import { inNrql } from './nrql.ts';

type NewRelic = ProviderOf<'newrelic'>;

/** Account and query travel as variables of GraphQL, so that no NRQL can end its place in the document. */
const document =
  'query($account: Int!, $nrql: Nrql!, $timeout: Seconds!) { actor { account(id: $account) { nrql(query: $nrql, timeout: $timeout) { results } } } }';

/**
 * NRQL through NerdGraph. `result` is the list of rows as New Relic gives them (`result[0].count`); no row, or rows
 * without any value, is no data. GraphQL answers with status 200 and `errors` where the query is wrong.
 *
 * https://docs.newrelic.com/docs/apis/nerdgraph/examples/nerdgraph-nrql-tutorial/
 */
export function newrelicSource({ secret }: Pick<SourceDeps, 'secret'>): MetricSource {
  return {
    name: 'newrelic',
    async measure(question, signal) {
      if (!('newrelic' in question.provider)) return refusal('The metric is not of New Relic.');
      const settings = question.provider.newrelic;
      const filled = fill(settings.query, question, inNrql);
      if (!filled.ok) return { ...filled, query: settings.query };
      const query = filled.text;
      const keys = await readSecrets(secret, { key: settings.key });
      if (!keys.ok) return { ...keys, query };
      const timeout = Math.max(1, Math.ceil(settings.timeout / 1000));
      const variables = { account: settings.account, nrql: query, timeout };
      const answer = await askJson(
        {
          url: new URL(newrelicAddress(settings)),
          method: 'POST',
          headers: [{ name: 'api-key', value: keys.values.key }],
          body: JSON.stringify({ query: document, variables }),
          secrets: keys.all,
        },
        signal,
      );
      return answer.ok ? concealed(read(answer.json, query), keys.all) : { ...answer, query };
    },
  };
}

const addresses = {
  us: 'https://api.newrelic.com/graphql',
  eu: 'https://api.eu.newrelic.com/graphql',
} as const;

export const newrelicAddress = ({ address, region }: NewRelic): string =>
  address ?? addresses[region];

const row = z.record(z.string(), z.json());
const responseSchema = z.object({
  errors: z
    .array(
      z.object({
        message: z.string(),
        extensions: z.object({ errorClass: z.string().optional() }).nullish(),
      }),
    )
    .nullish(),
  data: z
    .object({
      actor: z.object({
        account: z.object({ nrql: z.object({ results: z.array(row).nullable() }).nullable() }),
      }),
    })
    .nullish(),
});

/** Classes of errors that are about the moment and not about the query. */
const momentary = /^(?:TIMEOUT|TOO_MANY_REQUESTS|SERVER_ERROR)$/;

function read(json: Json, query: string): MetricAnswer {
  const parsed = responseSchema.safeParse(json);
  const { errors, data } = parsed.data ?? {};
  const [first] = errors ?? [];
  if (first) {
    const detail = `New Relic says: ${first.message}`;
    if (!momentary.test(first.extensions?.errorClass ?? '')) return refusal(detail, query);
    const again = { transient: true, retryAfter: null };
    return { ok: false, problem: problem('TG1401', { detail, data: again }), query };
  }
  const results = data?.actor.account.nrql?.results;
  if (!results) return refusal('New Relic gave no results of a query.', query);
  const hasValue = results.some((one) => Object.values(one).some(isValue));
  return { ok: true, value: hasValue ? { result: results } : null, query, baseline: null };
}

/** Percentiles and the like come as objects of their own. */
function isValue(value: unknown): boolean {
  if (typeof value !== 'object') return value !== undefined;
  return value !== null && Object.values(value).some(isValue);
}
