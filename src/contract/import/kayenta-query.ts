import { cloudwatch, datadog, graphite, newrelic, type Provided, prometheus } from './providers.ts';
import { fieldsOf, listOf, noteOthers, textOf } from './read.ts';
import type { Fields, TakeNote } from './types.ts';

type At = {
  readonly where: string;
  readonly note: TakeNote;
  /** The named templates of the config. */
  readonly templates: Fields;
  /** Takes the name of a variable that must be given where the analysis is used. */
  readonly needs: (argument: string) => void;
};

const own: Readonly<Record<string, string>> = { scope: '{{release}}', location: '{{environment}}' };

/** `${scope}` is the release that is asked about and `${location}` the environment; other variables are arguments. */
function expanded(text: string, { where, note, needs }: At): string {
  if (/<[#@]/.test(text)) {
    note(
      where,
      'A template has directives of FreeMarker, which stay as they are.',
      'Write the query out.',
    );
  }
  return text
    .replace(/\$\{\s*([A-Za-z_]\w*)\s*\}/g, (_, name: string) => {
      const known = Object.hasOwn(own, name) ? own[name] : undefined;
      if (known !== undefined) return known;
      const argument = name.replace(/^_+/, 'a').slice(0, 63);
      needs(argument);
      return `{{args.${argument}}}`;
    })
    .trim();
}

/** What is written in the config itself, or in one of its templates; null when the query is put together of parts. */
function writtenQuery(query: Fields, at: At): string | null {
  const inline = textOf(query.customInlineTemplate);
  if (inline !== undefined) return expanded(inline, at);
  const name = textOf(query.customFilterTemplate);
  if (name === undefined) {
    const filter = textOf(query.customFilter);
    return filter === undefined ? null : expanded(filter, at);
  }
  const template = Object.hasOwn(at.templates, name) ? textOf(at.templates[name]) : undefined;
  if (template !== undefined) return expanded(template, at);
  at.note(
    `${at.where}.customFilterTemplate`,
    `There is no template ${name} in it.`,
    'Write the query out.',
  );
  return null;
}

const queryFields = [
  ...[
    'type',
    'serviceType',
    'metricName',
    'labelBindings',
    'groupByFields',
    'resourceType',
    'scopeName',
  ],
  ...['customInlineTemplate', 'customFilterTemplate', 'customFilter', 'select', 'q'],
  ...['namespace', 'statistic', 'statistics', 'dimensions'],
];

/** The source of one metric of a canary config; null, with a note, where there is none like it. */
export function kayentaProvider(query: Fields, at: At): Provided | null {
  noteOthers(query, { where: at.where, known: queryFields }, at.note);
  const type = textOf(query.type) ?? textOf(query.serviceType) ?? '?';
  const written = writtenQuery(query, at);
  const named = textOf(query.metricName);
  switch (type.toLowerCase()) {
    case 'prometheus':
      return prometheus({ query: promQl(query, written, at) }, at);
    case 'datadog':
      return datadog({ query: datadogQuery(named ?? '', written, at) }, at);
    case 'graphite':
      return graphite(
        undefined,
        written ?? expanded((named ?? '').replace(/\$scope\b/g, '${scope}'), at),
        at,
      );
    case 'newrelic':
    case 'newrelic-insights':
      return newrelic(nrql(query, written, at), undefined, at);
    case 'cloudwatch':
      return cloudWatch(query, at);
  }
  const what = `There is no source ${type} here; the metric was left out.`;
  at.note(
    at.where,
    what,
    'Ask its HTTP API with web, or send its metrics to a source that is there.',
  );
  return null;
}

/** A whole query is marked `PromQL:`; else it is the average of a metric with labels, as Kayenta puts it together. */
function promQl(query: Fields, written: string | null, at: At): string {
  if (written?.startsWith('PromQL:')) return written.slice('PromQL:'.length).trim();
  const labels = listOf(query.labelBindings).flatMap((one) => textOf(one) ?? []);
  const filter = written?.replace(/^\{|\}$/g, '') ?? '';
  const matchers = [filter, ...labels.map((one) => expanded(one, at))].filter((one) => one !== '');
  const groups = listOf(query.groupByFields).flatMap((one) => textOf(one) ?? []);
  if (groups.length > 0) {
    const what = `Each ${groups.join(', ')} was judged by itself; here the average of all is.`;
    at.note(`${at.where}.groupByFields`, what, 'Make a metric of each that matters.');
  }
  const told = tellsApart(matchers, 'release="{{release}}"', at);
  return `avg(${textOf(query.metricName) ?? 'up'}{${told.join(', ')}})`;
}

/** What is compared must ask for one release; an example is added where nothing in the query does. */
function tellsApart(parts: readonly string[], example: string, at: At): readonly string[] {
  if (parts.some((one) => one.includes('{{release}}'))) return parts;
  const what = `Nothing in the query tells the releases apart; ${example} was added.`;
  at.note(at.where, what, 'Use the name that the release has in your metrics.');
  return [...parts, example];
}

function datadogQuery(metric: string, written: string | null, at: At): string {
  const bare = written?.replace(/\{\{[^{}]*\}\}/g, '') ?? '';
  if (written !== null && /:.*\{.*\}/s.test(bare)) return written;
  const scope = tellsApart(written === null ? [] : [written], 'release:{{release}}', at);
  return `${metric.includes(':') ? metric : `avg:${metric}`}{${scope.join(',')}}`;
}

function nrql(query: Fields, written: string | null, at: At): string {
  const select = textOf(query.select);
  const what = 'Kayenta adds the time and the scope to a query; here it stands as it is asked.';
  at.note(
    at.where,
    what,
    'Add WHERE with {{release}} and SINCE 1 minute ago, and name the figure AS value.',
  );
  const filter = textOf(query.q);
  const where = written ?? (filter === undefined ? null : expanded(filter, at));
  if (select === undefined && written !== null) return written;
  const from =
    select === undefined ? 'SELECT count(*) AS value FROM Transaction' : expanded(select, at);
  if (from.includes('{{release}}')) return where === null ? from : `${from} WHERE ${where}`;
  const filters = tellsApart(where === null ? [] : [where], "release = '{{release}}'", at);
  return `${from} WHERE ${filters.join(' AND ')}`;
}

function cloudWatch(query: Fields, at: At): Provided {
  const dimensions = listOf(query.dimensions)
    .map(fieldsOf)
    .map(({ name, value }) => ({
      name: textOf(name) ?? '',
      value: expanded(textOf(value) ?? '', at),
    }));
  const told = dimensions.some(({ value }) => value.includes('{{release}}'));
  const [release] = told ? [] : tellsApart([], 'the dimension release {{release}}', at);
  if (release !== undefined) dimensions.push({ name: 'release', value: '{{release}}' });
  const metricStat = {
    namespace: textOf(query.namespace) ?? 'AWS/EC2',
    metricName: textOf(query.metricName) ?? '',
    dimensions,
    stat: textOf(query.statistic) ?? textOf(query.statistics) ?? 'Average',
  };
  return cloudwatch({ queries: [{ id: 'value', metricStat }] }, at);
}
