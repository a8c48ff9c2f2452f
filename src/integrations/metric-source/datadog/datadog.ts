import { z } from 'zod';
import type { ProviderOf } from '../../../contract/kinds/metric-provider.ts';
import type { Problem } from '../../../platform/errors/problem.ts';
import type { Json } from '../../../platform/ids/types.ts';
import {
  askJson,
  concealed,
  type JsonRequest,
  readSecrets,
  refusal,
  type SourceDeps,
  seriesAnswer,
} from '../http.ts';
import type { MetricAnswer, MetricQuestion, MetricSource } from '../port.ts';
import { fill } from '../template.ts';
import { inDatadog } from './query.ts';

type Datadog = ProviderOf<'datadog'>;

/**
 * Datadog's metrics: v1 `GET /api/v1/query` (seconds; the newest point that is not null of each series), v2
 * `POST /api/v2/query/scalar` (milliseconds; what the aggregator makes of the interval, for each group of the formula).
 *
 * https://docs.datadoghq.com/api/latest/metrics/query-timeseries-points/
 * https://docs.datadoghq.com/api/latest/metrics/query-scalar-data-across-multiple-products/
 */
export function datadogSource({ secret, clock }: SourceDeps): MetricSource {
  return {
    name: 'datadog',
    async measure(question, signal) {
      if (!('datadog' in question.provider)) return refusal('The metric is not of Datadog.');
      const settings = question.provider.datadog;
      const filled = fillQueries(settings, question);
      if (!filled.ok) return { ...filled, query: settings.query };
      const query = describe(settings, filled.queries);
      const keys = await readSecrets(secret, { apiKey: settings.apiKey, appKey: settings.appKey });
      if (!keys.ok) return { ...keys, query };
      const headers = [
        { name: 'dd-api-key', value: keys.values.apiKey },
        { name: 'dd-application-key', value: keys.values.appKey },
      ];
      const ask = { ...requestOf(settings, filled.queries, clock()), headers, secrets: keys.all };
      const answer = await askJson(ask, signal);
      if (!answer.ok) return { ...answer, query };
      const read = settings.apiVersion === 'v1' ? readSeries : readScalar;
      return concealed(read(answer.json, query), keys.all);
    },
  };
}

export const datadogAddress = ({ address, site }: Datadog): string =>
  (address ?? `https://api.${site}`).replace(/\/+$/, '');

type Queries = { readonly [name: string]: string };
type FilledQueries =
  | { readonly ok: true; readonly queries: Queries }
  | { readonly ok: false; readonly problem: Problem };

function fillQueries({ query, queries }: Datadog, question: MetricQuestion): FilledQueries {
  const done: Record<string, string> = {};
  for (const [name, template] of Object.entries({ ...queries, query })) {
    const filled = fill(template, question, inDatadog);
    if (!filled.ok) return filled;
    done[name] = filled.text;
  }
  return { ok: true, queries: done };
}

function describe({ apiVersion, formula }: Datadog, queries: Queries): string {
  if (apiVersion === 'v1' || formula === 'query') return queries.query ?? '';
  const named = Object.entries(queries).map(([name, text]) => `${name} = ${text}`);
  return `${formula}, ${named.join(', ')}`;
}

type Bare = Omit<JsonRequest, 'headers'>;

function requestOf(settings: Datadog, queries: Queries, now: number): Bare {
  const { apiVersion, interval, formula, aggregator } = settings;
  if (apiVersion === 'v1') {
    const url = new URL(`${datadogAddress(settings)}/api/v1/query`);
    url.searchParams.set('from', String(Math.floor((now - interval) / 1000)));
    url.searchParams.set('to', String(Math.floor(now / 1000)));
    url.searchParams.set('query', queries.query ?? '');
    return { url, method: 'GET' };
  }
  const attributes = {
    from: now - interval,
    to: now,
    formulas: [{ formula }],
    queries: Object.entries(queries).map(([name, query]) => ({
      ...{ data_source: 'metrics', name, query, aggregator },
    })),
  };
  return {
    url: new URL(`${datadogAddress(settings)}/api/v2/query/scalar`),
    method: 'POST',
    body: JSON.stringify({ data: { type: 'scalar_request', attributes } }),
  };
}

const timeseriesSchema = z.object({
  status: z.string(),
  error: z.string().nullish(),
  series: z
    .array(z.object({ pointlist: z.array(z.tuple([z.number(), z.number().nullable()])) }))
    .optional(),
});

function readSeries(json: Json, query: string): MetricAnswer {
  const parsed = timeseriesSchema.safeParse(json);
  if (!parsed.success) return refusal('Datadog gave no list of series.', query);
  const { status, error, series } = parsed.data;
  if (status !== 'ok' || error) {
    return refusal(`Datadog says: ${error || status}`, query);
  }
  if (!series) return refusal('Datadog gave no list of series.', query);
  const newest = series.map(
    ({ pointlist }) => pointlist.findLast(([, value]) => value !== null)?.[1],
  );
  return seriesAnswer(newest.filter(isNumber), query);
}

const scalarSchema = z.object({
  errors: z.union([z.string(), z.array(z.string())]).optional(),
  data: z
    .object({
      attributes: z.object({
        columns: z.array(
          z.union([
            z.object({ type: z.literal('number'), values: z.array(z.number().nullable()) }),
            z.object({ type: z.literal('group') }),
          ]),
        ),
      }),
    })
    .optional(),
});

function readScalar(json: Json, query: string): MetricAnswer {
  const parsed = scalarSchema.safeParse(json);
  if (!parsed.success) return refusal('Datadog gave no columns of numbers.', query);
  const { errors = [], data } = parsed.data;
  const said = [errors].flat().filter((one) => one !== '');
  if (said.length > 0) return refusal(`Datadog says: ${said.join(', ')}`, query);
  if (!data) return refusal('Datadog gave no columns of numbers.', query);
  const numbers = data.attributes.columns.flatMap((one) =>
    one.type === 'number' ? one.values : [],
  );
  return seriesAnswer(numbers.filter(isNumber), query);
}

const isNumber = (value: number | null | undefined): value is number =>
  value !== null && value !== undefined;
