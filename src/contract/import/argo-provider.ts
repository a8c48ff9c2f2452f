import { cloudWatchQueries } from './cloudwatch-queries.ts';
import { given } from './document.ts';
import {
  cloudwatch,
  datadog,
  graphite,
  influxdb,
  newrelic,
  type Provided,
  prometheus,
} from './providers.ts';
import { durationOf, fieldsOf, listOf, noteOthers, numberOf, textOf } from './read.ts';
import type { Fields, TakeNote } from './types.ts';

type At = { readonly where: string; readonly note: TakeNote };
type Import = (from: Fields, at: At) => Provided | null;

const queryOf = (from: Fields): string => (textOf(from.query) ?? '').trim();
const secondsOf = (value: unknown): string | undefined => {
  const seconds = numberOf(value);
  return seconds === undefined || seconds <= 0 ? undefined : `${seconds}s`;
};
const headersOf = (value: unknown): readonly Fields[] | undefined => {
  const headers = listOf(value).map(fieldsOf);
  if (headers.length === 0) return undefined;
  return headers.map(({ key, value: text }) => ({
    name: textOf(key) ?? '',
    value: textOf(text) ?? '',
  }));
};

const access = {
  authentication: {
    what: 'The signing in (SigV4, OAuth 2) has no counterpart and was left out.',
    fix: 'Ask through a proxy that signs in, or give a header.',
  },
  insecure: {
    what: 'A certificate that is not trusted is refused here.',
    fix: 'Give the worker the certificate authority (NODE_EXTRA_CA_CERTS).',
  },
};

const importPrometheus: Import = (from, at) => {
  const known = ['address', 'query', 'headers', 'timeout'];
  const rangeQuery = {
    what: 'A query over a range has no counterpart; the newest value is asked for.',
    fix: 'Use a function over time in the query, such as max_over_time(…[5m]).',
  };
  noteOthers(from, { where: at.where, known, strangers: { ...access, rangeQuery } }, at.note);
  const settings = {
    address: textOf(from.address),
    query: queryOf(from),
    headers: headersOf(from.headers),
    timeout: secondsOf(from.timeout),
  };
  return prometheus(settings, at);
};

const simplePath = /^\$(?:\.[A-Za-z_][\w-]*|\['[^']*'\]|\[-?\d+\])*$/;

const importWeb: Import = (from, { where, note }) => {
  const known = ['url', 'method', 'headers', 'body', 'jsonBody', 'timeoutSeconds', 'jsonPath'];
  noteOthers(from, { where, known, strangers: access }, note);
  const path = textOf(from.jsonPath)
    ?.trim()
    .replace(/^\{(.*)\}$/, '$1')
    .replace(/^(?!\$)\.?/, '$.');
  if (path !== undefined && !simplePath.test(path)) {
    const fix = 'Take a field that holds it in the condition, such as result.items[0].ok.';
    note(`${where}.jsonPath`, `${path} is more than a path in its simple form.`, fix);
  }
  const json = from.jsonBody === undefined ? undefined : JSON.stringify(from.jsonBody);
  const headers = headersOf(from.headers) ?? [];
  const named = headers.some(({ name }) => String(name).toLowerCase() === 'content-type');
  const typed =
    json === undefined || named ? [] : [{ name: 'Content-Type', value: 'application/json' }];
  const all = [...headers, ...typed];
  const web = given({
    url: textOf(from.url) ?? 'http://example.com',
    method: textOf(from.method),
    headers: all.length > 0 ? all : undefined,
    body: json ?? textOf(from.body),
    jsonPath: path,
    timeout: secondsOf(from.timeoutSeconds),
  });
  return { provider: { web }, shape: 'same' };
};

const importDatadog: Import = (from, at) => {
  const known = [
    'query',
    'queries',
    'formula',
    'interval',
    'apiVersion',
    'aggregator',
    'secretRef',
  ];
  noteOthers(from, { where: at.where, known }, at.note);
  const { note, where } = at;
  const named = Object.entries(fieldsOf(from.queries)).map(([name, text]) => [name, String(text)]);
  const query = queryOf(from);
  const [first, ...others] = query === '' ? named : [undefined, ...named];
  const name = first?.[0];
  const formula = textOf(from.formula);
  const more = given({
    apiVersion: textOf(from.apiVersion),
    aggregator: textOf(from.aggregator),
    queries:
      others.length > 0
        ? Object.fromEntries(others.flatMap((one) => (one ? [one] : [])))
        : undefined,
    // The first of the named queries is called query here.
    formula: formula?.replace(/[A-Za-z_]\w*/g, (word) => (word === name ? 'query' : word)),
  });
  const interval = durationOf(from.interval, { where: `${where}.interval` }, note);
  return datadog({ query: (first?.[1] ?? query).trim(), interval, more }, at);
};

const importCloudWatch: Import = (from, at) => {
  noteOthers(from, { where: at.where, known: ['interval', 'metricDataQueries'] }, at.note);
  const where = `${at.where}.metricDataQueries`;
  const read = cloudWatchQueries(from.metricDataQueries, where, at.note);
  const window = durationOf(from.interval, { where: `${at.where}.interval` }, at.note);
  return read && cloudwatch({ ...read, window }, at);
};

const importGraphite: Import = (from, at) => {
  noteOthers(from, { where: at.where, known: ['address', 'query'] }, at.note);
  return graphite(textOf(from.address), queryOf(from), at);
};

const importers: { readonly [kind: string]: Import } = {
  prometheus: importPrometheus,
  web: importWeb,
  datadog: importDatadog,
  cloudWatch: importCloudWatch,
  graphite: importGraphite,
  influxdb: (from, at) => {
    noteOthers(from, { where: at.where, known: ['query', 'profile'] }, at.note);
    return influxdb(queryOf(from), undefined, at);
  },
  newRelic: (from, at) => {
    noteOthers(from, { where: at.where, known: ['query', 'profile', 'timeout'] }, at.note);
    return newrelic(queryOf(from), secondsOf(from.timeout), at);
  },
};

const fixes: { readonly [kind: string]: string } = {
  job: 'Run it as a step of the pipeline, or let it answer over HTTP and use web.',
  kayenta: 'Import its canary config; the Mann-Whitney judge is built in (judge.mannWhitney).',
};

/** The provider of a metric of Argo Rollouts; null, with a note, where there is none like it. */
export function argoProvider(provider: Fields, at: At): Provided | null {
  const [kind, ...more] = Object.keys(provider);
  for (const other of more) {
    at.note(
      `${at.where}.${other}`,
      'A metric has one provider; it was left out.',
      'Make a metric of it.',
    );
  }
  const take = kind !== undefined && Object.hasOwn(importers, kind) ? importers[kind] : undefined;
  const where = `${at.where}.${kind ?? '?'}`;
  if (take) return take(fieldsOf(provider[kind ?? '']), { ...at, where });
  const fix = Object.hasOwn(fixes, kind ?? '') ? fixes[kind ?? ''] : undefined;
  const what = `There is no provider ${kind ?? 'given'} here; the metric was left out.`;
  at.note(
    where,
    what,
    fix ?? 'Ask its HTTP API with web, or send its metrics to a source that is there.',
  );
  return null;
}
