import { z } from 'zod';
import type { Json } from '../../../platform/ids/types.ts';
import {
  askJson,
  concealed,
  numberOf,
  readSecrets,
  refusal,
  type SourceDeps,
  seriesAnswer,
  type TextRequest,
} from '../http.ts';
import type { MetricAnswer, MetricSource } from '../port.ts';
import { type CloudWatch, fillQueries, timesOf } from './queries.ts';
import { type AwsCredentials, signAws } from './sigv4.ts';

/**
 * CloudWatch's GetMetricData over its JSON protocol, signed with Signature Version 4. It asks for the newest first and
 * takes the newest point of each series. An `expression` gives a list, `metricDataQueries` an object by their ids, in
 * which what has no data is not there. An answer that is not complete is a problem: part of the data is not the data.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/making-api-requests.html
 */
export function cloudwatchSource({ secret, clock }: SourceDeps): MetricSource {
  return {
    name: 'cloudwatch',
    async measure(question, signal) {
      if (!('cloudwatch' in question.provider)) return refusal('The metric is not of CloudWatch.');
      const settings = question.provider.cloudwatch;
      const filled = fillQueries(settings, question);
      if (!filled.ok) return { ...filled, query: settings.expression ?? '' };
      const query = describe(settings, filled.queries);
      const { accessKeyId, secretAccessKey, sessionToken } = settings.credentials;
      const keys = await readSecrets(secret, { accessKeyId, secretAccessKey, sessionToken });
      if (!keys.ok) return { ...keys, query };
      const { values } = keys;
      const credentials = {
        accessKeyId: values.accessKeyId,
        secretAccessKey: values.secretAccessKey,
        ...(values.sessionToken === '' ? {} : { sessionToken: values.sessionToken }),
      };
      const ask = signed(settings, filled.queries, credentials, clock());
      const answer = await askJson({ ...ask, secrets: keys.all }, signal);
      return answer.ok
        ? concealed(read(answer.json, settings, query), keys.all)
        : { ...answer, query };
    },
  };
}

export function cloudwatchAddress({ address, region }: CloudWatch): string {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return address ?? `https://monitoring.${region}.${domain}`;
}

function describe({ expression }: CloudWatch, queries: readonly Json[]): string {
  const [only] = queries;
  return expression !== undefined &&
    typeof only === 'object' &&
    only !== null &&
    'Expression' in only
    ? String(only.Expression)
    : JSON.stringify(queries);
}

function signed(
  settings: CloudWatch,
  queries: readonly Json[],
  credentials: AwsCredentials,
  now: number,
): TextRequest {
  const { start, end } = timesOf(settings, now);
  const body = JSON.stringify({
    ...{ StartTime: start, EndTime: end, ScanBy: 'TimestampDescending' },
    MetricDataQueries: queries,
  });
  const url = new URL(cloudwatchAddress(settings));
  const headers = {
    'content-type': 'application/json',
    'content-encoding': 'amz-1.0',
    'x-amz-target': 'GraniteServiceVersion20100801.GetMetricData',
  };
  const scope = { region: settings.region, service: 'monitoring', now };
  const all = signAws({ method: 'POST', url, headers, body }, credentials, scope);
  return {
    ...{ url, method: 'POST', body, isBusy },
    headers: Object.entries(all).map(([name, value]) => ({ name, value })),
  };
}

/** Throttling comes with status 400. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html */
const isBusy = (status: number, said: string): boolean =>
  status === 400 && /Throttl|RequestLimitExceeded|LimitExceededException/.test(said);

/** Numbers that JSON has not come as texts: NaN, Infinity, -Infinity. */
const number = z.union([
  z.number(),
  z.enum(['NaN', 'Infinity', '-Infinity']).transform((text) => numberOf(text)),
]);
const messages = z.array(z.object({ Value: z.string().optional() })).nullish();
const responseSchema = z.object({
  MetricDataResults: z.array(
    z.object({
      Id: z.string(),
      StatusCode: z.string().optional(),
      Values: z.array(number),
      Messages: messages,
    }),
  ),
  NextToken: z.string().nullish(),
  Messages: messages,
});
type Answer = z.output<typeof responseSchema>;

function read(json: Json, { expression }: CloudWatch, query: string): MetricAnswer {
  const parsed = responseSchema.safeParse(json);
  if (!parsed.success) return refusal('CloudWatch gave no MetricDataResults.', query);
  const { MetricDataResults: results } = parsed.data;
  const lack = lackOf(parsed.data);
  if (lack !== null) return refusal(`CloudWatch's answer is not complete: ${lack}`, query);
  const found = results.flatMap(({ Id, Values: [value] }) =>
    value === undefined ? [] : [{ id: Id, value }],
  );
  if (expression !== undefined) {
    return seriesAnswer(
      found.map(({ value }) => value),
      query,
    );
  }
  const ids = results.map(({ Id }) => Id);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined) {
    return refusal(`${twice} gives several series: make one of them, as with SUM.`, query);
  }
  const result = Object.fromEntries(found.map(({ id, value }) => [id, value]));
  return { ok: true, value: found.length === 0 ? null : { result }, query, baseline: null };
}

function lackOf({ MetricDataResults, NextToken, Messages }: Answer): string | null {
  const bad = MetricDataResults.find(
    ({ StatusCode }) => StatusCode !== undefined && StatusCode !== 'Complete',
  );
  const said = [...(Messages ?? []), ...(bad?.Messages ?? [])].flatMap(({ Value }) => Value ?? []);
  if (bad) return [`${bad.Id} is ${bad.StatusCode}`, ...said].join(', ');
  if (NextToken) return 'it has further pages; look at fewer series, or back less far';
  return said.length > 0 ? said.join(', ') : null;
}
