import type { ResultShape } from './condition.ts';
import { given } from './document.ts';
import type { Fields, TakeNote } from './types.ts';

/** A provider as a template has it, and how the other tool's `result` becomes what it gives. */
export type Provided = { readonly provider: Fields; readonly shape: ResultShape };

const secret = (name: string) => ({ env: `TIDEGATE_SECRET_${name}` });

type Where = { readonly where: string; readonly note: TakeNote };

/** Tells that a value which the other tool has in a Secret or an account stands as an example, to be filled in. */
function fillIn({ where, note }: Where, what: string, fix: string): void {
  note(where, `${what} stood elsewhere; an example stands in its place.`, fix);
}

const secretFix = (names: readonly string[]): string =>
  `Give the worker ${names.map((name) => `TIDEGATE_SECRET_${name}`).join(' and ')}.`;

export function addressOf(
  address: string | undefined,
  example: string,
  at: Where,
  fixed = false,
): string {
  const text = address?.trim();
  if (text !== undefined && /^https?:\/\//.test(text) && !(fixed && /[{?#]/.test(text)))
    return text;
  if (text?.startsWith('{{') && !fixed) return text;
  fillIn(at, 'The address', `Write the address instead of ${example}.`);
  return example;
}

export type PrometheusFrom = {
  readonly address?: string | undefined;
  readonly query: string;
  readonly headers?: readonly Fields[] | undefined;
  readonly timeout?: string | undefined;
};

export function prometheus(from: PrometheusFrom, at: Where): Provided {
  const { query, headers, timeout } = from;
  const address = addressOf(from.address, 'http://prometheus:9090', at);
  return { provider: { prometheus: given({ address, query, headers, timeout }) }, shape: 'same' };
}

export type DatadogFrom = {
  readonly query: string;
  readonly address?: string | undefined;
  readonly interval?: string | undefined;
  readonly more?: Fields;
};

export function datadog({ query, address, interval, more }: DatadogFrom, at: Where): Provided {
  const keys = ['DATADOG_API_KEY', 'DATADOG_APP_KEY'] as const;
  fillIn(at, 'The keys of Datadog', secretFix(keys));
  const site =
    /^https?:\/\/api\.((?:[a-z0-9]+\.)?(?:datadoghq\.(?:com|eu)|ddog-gov\.com))\/?$/.exec(
      address ?? '',
    )?.[1];
  const settings = {
    site: site === 'datadoghq.com' ? undefined : site,
    address: address !== undefined && site === undefined ? address : undefined,
    query,
    interval,
    ...more,
    apiKey: secret(keys[0]),
    appKey: secret(keys[1]),
  };
  return { provider: { datadog: given(settings) }, shape: 'first' };
}

export function newrelic(query: string, timeout: string | undefined, at: Where): Provided {
  fillIn(at, 'Account, region and key of New Relic', `Set account. ${secretFix(['NEWRELIC_KEY'])}`);
  const settings = { account: 1, query, key: secret('NEWRELIC_KEY'), timeout };
  return { provider: { newrelic: given(settings) }, shape: 'row' };
}

export function graphite(address: string | undefined, query: string, at: Where): Provided {
  const target = query.trim().replace(/^target=/, '');
  const settings = { address: addressOf(address, 'http://graphite:80', at, true), query: target };
  return { provider: { graphite: settings }, shape: 'same' };
}

export function influxdb(query: string, address: string | undefined, at: Where): Provided {
  const fix = `Set address and org. ${secretFix(['INFLUXDB_TOKEN'])}`;
  fillIn(at, 'Organization and token of InfluxDB', fix);
  const settings = {
    address: addressOf(address, 'http://influxdb:8086', at, true),
    org: 'my-org',
    query,
    token: secret('INFLUXDB_TOKEN'),
  };
  return { provider: { influxdb: settings }, shape: 'same' };
}

export type CloudWatchFrom = {
  readonly region?: string | undefined;
  readonly queries: readonly Fields[];
  readonly period?: string | undefined;
  readonly window?: string | undefined;
};

/** `queries` have id, expression, metricStat and returnData as the provider has them. */
export function cloudwatch(from: CloudWatchFrom, at: Where): Provided {
  const keys = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;
  const region = from.region ?? 'us-east-1';
  const missing = from.region === undefined ? 'Region and credentials' : 'The credentials';
  fillIn(at, `${missing} of CloudWatch`, `Set the region. ${secretFix(keys)}`);
  const settings = {
    region,
    metricDataQueries: from.queries,
    period: from.period,
    window: from.window,
    credentials: { accessKeyId: secret(keys[0]), secretAccessKey: secret(keys[1]) },
  };
  const ids = from.queries.flatMap(({ id, returnData }) =>
    returnData === false ? [] : [String(id)],
  );
  return { provider: { cloudwatch: given(settings) }, shape: { ids } };
}
