import { cloudWatchQueries } from './cloudwatch-queries.ts';
import type { ResultShape } from './condition.ts';
import { given, type Names } from './document.ts';
import {
  cloudwatch,
  datadog,
  graphite,
  influxdb,
  newrelic,
  type Provided,
  prometheus,
} from './providers.ts';
import { durationOf, fieldsOf, noteOthers, numberOf, textOf } from './read.ts';
import type { Fields, TakeNote } from './types.ts';

/** What of a canary stands for the placeholders of queries, and for the course of the analysis. */
export type Canary = {
  readonly name: string;
  readonly namespace: string;
  readonly target: string;
  readonly service: string;
  readonly ingress: string;
  readonly metricsServer: string | undefined;
  readonly interval: string;
  readonly failureLimit: number;
  readonly count: number | undefined;
};

type At = {
  readonly where: string;
  readonly called: Names;
  readonly note: TakeNote;
  readonly template: (name: string) => Fields | undefined;
};

const metricFields = [
  'name',
  'interval',
  'thresholdRange',
  'threshold',
  'templateRef',
  'templateVariables',
  'query',
];

/** One metric of a canary; none, with a note, where its provider or its template is not there. */
export function flaggerMetric(from: Fields, canary: Canary, at: At): readonly Fields[] {
  const { where, note } = at;
  noteOthers(from, { where, known: metricFields }, note);
  const name = textOf(from.name) ?? 'metric';
  const range = fieldsOf(from.thresholdRange);
  const old = numberOf(from.threshold);
  const limits: Range = { min: numberOf(range.min), max: numberOf(range.max) };
  const read = providerOf(from, name, canary, at);
  if (read === null) return [];
  const condition = read.builtin
    ? builtinCondition(read.builtin, orOld(read.builtin, limits, old))
    : rangeCondition(
        read.provided.shape,
        limits.max === undefined && old !== undefined ? { ...limits, max: old } : limits,
      );
  if (condition === null) {
    note(
      where,
      'It has no thresholdRange; it never passes until you give a condition.',
      'Write successCondition.',
    );
  }
  return [
    given({
      name: at.called.of(name, `${where}.name`, note),
      provider: read.provided.provider,
      interval: canary.interval,
      count: canary.count === undefined || canary.count < 1 ? undefined : canary.count,
      successCondition: condition ?? 'false',
      failureLimit: canary.failureLimit === 1 ? undefined : canary.failureLimit,
    }),
  ];
}

type Range = { readonly min: number | undefined; readonly max: number | undefined };
type Builtin = 'request-success-rate' | 'request-duration';
type ReadProvider = { readonly provided: Provided; readonly builtin?: Builtin };

const isBuiltin = (name: string): name is Builtin =>
  name === 'request-success-rate' || name === 'request-duration';

const orOld = (builtin: Builtin, range: Range, old: number | undefined): Range => {
  if (old === undefined || range.min !== undefined || range.max !== undefined) return range;
  return builtin === 'request-duration'
    ? { min: undefined, max: old }
    : { min: old, max: undefined };
};

function providerOf(from: Fields, name: string, canary: Canary, at: At): ReadProvider | null {
  const { where, note } = at;
  const window =
    durationOf(from.interval, { where: `${where}.interval`, instead: '1m' }, note) ?? '1m';
  const reference = textOf(fieldsOf(from.templateRef).name);
  const variables = fieldsOf(from.templateVariables);
  if (reference !== undefined) {
    const template = at.template(reference);
    if (!template) {
      const what = `Its MetricTemplate ${reference} is not in the text; the metric was left out.`;
      note(`${where}.templateRef`, what, 'Import it together with the MetricTemplate.');
      return null;
    }
    const fill = fillerOf(canary, window, variables);
    const provided = metricTemplate(template, `${reference}.spec`, fill, note);
    return provided && { provided };
  }
  const query = textOf(from.query);
  if (query !== undefined) {
    const filled = fillerOf(canary, window, variables)(query, `${where}.query`, note);
    return {
      provided: prometheus({ address: canary.metricsServer, query: filled }, { where, note }),
    };
  }
  if (isBuiltin(name)) {
    if (window !== canary.interval) {
      const what = `It looked back ${window}; the router's figures are those since the last measurement, ${canary.interval} before.`;
      note(`${where}.interval`, what, 'Set the interval to the time that it should look back.');
    }
    return { provided: { provider: { router: {} }, shape: 'same' }, builtin: name };
  }
  note(
    where,
    `${name} is no metric of its own and names no template; it was left out.`,
    'Add its query.',
  );
  return null;
}

/** Shares are in percent there and from 0 to 1 here, durations in milliseconds there and in seconds here. */
function builtinCondition(builtin: Builtin, { min, max }: Range): string | null {
  const errors = (percent: number): number => Number(((100 - percent) / 100).toPrecision(12));
  const bounds =
    builtin === 'request-success-rate'
      ? [
          min === undefined ? null : `result.errorRate <= ${errors(min)}`,
          max === undefined ? null : `result.errorRate >= ${errors(max)}`,
        ]
      : [
          min === undefined ? null : `result.p99 >= ${min / 1000}`,
          max === undefined ? null : `result.p99 <= ${max / 1000}`,
        ];
  return joined(bounds);
}

function rangeCondition(shape: ResultShape, { min, max }: Range): string | null {
  const value = valueIn(shape);
  return joined([
    min === undefined ? null : `${value} >= ${min}`,
    max === undefined ? null : `${value} <= ${max}`,
  ]);
}

/** The one number that Flagger takes of an answer. */
function valueIn(shape: ResultShape): string {
  if (typeof shape === 'object') return `result.${shape.ids[0] ?? 'value'}`;
  // Of a row of New Relic it is the first field, whatever it is called; here it must be named.
  return shape === 'row' ? 'result[0].value' : 'result[0]';
}

const joined = (bounds: readonly (string | null)[]): string | null => {
  const all = bounds.filter((one) => one !== null);
  return all.length === 0 ? null : all.join(' && ');
};

type Fill = (text: string, where: string, note: TakeNote) => string;

const placeholder = /\{\{\s*([A-Za-z][\w.]*)\s*\}\}/g;

function fillerOf(canary: Canary, window: string, variables: Fields): Fill {
  const values = new Map<string, string>([
    ['name', canary.name],
    ['namespace', canary.namespace],
    ['target', canary.target],
    ['service', canary.service],
    ['ingress', canary.ingress],
    ['interval', window],
    ...Object.entries(variables).map(
      ([name, value]) => [`variables.${name}`, String(value)] as const,
    ),
  ]);
  return (text, where, note) => {
    const filled = text.replace(placeholder, (whole, name: string) => {
      const value = values.get(name);
      if (value !== undefined && value !== '') return value;
      const what = `Nothing is known that could stand for ${whole}.`;
      note(where, what, 'Write the value, or make an argument of it.');
      return `{{args.${name.replace(/[^A-Za-z0-9_]/g, '_')}}}`;
    });
    return filled.trim();
  };
}

const strangers = {
  secretRef: {
    what: 'The credentials stood in a Secret of Kubernetes.',
    fix: 'Give the worker the secret that the provider names, or a header.',
  },
  insecureSkipVerify: {
    what: 'A certificate that is not trusted is refused here.',
    fix: 'Give the worker the certificate authority (NODE_EXTRA_CA_CERTS).',
  },
};

/** What a MetricTemplate asks for, with its placeholders filled; null, with a note, for a provider that is not here. */
function metricTemplate(
  document: Fields,
  where: string,
  fill: Fill,
  note: TakeNote,
): Provided | null {
  const spec = fieldsOf(document.spec);
  noteOthers(spec, { where, known: ['provider', 'query'] }, note);
  const provider = fieldsOf(spec.provider);
  const at = { where: `${where}.provider`, note };
  noteOthers(
    provider,
    { where: at.where, known: ['type', 'address', 'region', 'headers'], strangers },
    note,
  );
  const address = textOf(provider.address);
  const query = fill(textOf(spec.query) ?? '', `${where}.query`, note);
  const type = textOf(provider.type) ?? '?';
  switch (type) {
    case 'prometheus':
      return prometheus({ address, query, headers: headersOf(provider.headers) }, at);
    case 'datadog':
      return datadog({ query, address }, at);
    case 'newrelic': {
      const what =
        'Of the answer it took the first number; the condition asks for result[0].value.';
      note(`${where}.query`, what, 'Name the figure in the query: SELECT … AS value.');
      return newrelic(query, undefined, at);
    }
    case 'graphite':
      return graphite(address, query, at);
    case 'influxdb':
      return influxdb(query, address, at);
    case 'cloudwatch': {
      const read = cloudWatchQueries(query, `${where}.query`, note);
      return read && cloudwatch({ ...read, region: textOf(provider.region) }, at);
    }
  }
  const what = `There is no provider ${type} here; the metric was left out.`;
  note(at.where, what, 'Ask its HTTP API with web, or send its metrics to a source that is there.');
  return null;
}

function headersOf(value: unknown): readonly Fields[] | undefined {
  const entries = Object.entries(fieldsOf(value)).flatMap(([name, texts]) =>
    (Array.isArray(texts) ? texts : [texts]).map((text) => ({ name, value: String(text) })),
  );
  return entries.length === 0 ? undefined : entries;
}

/** A MetricTemplate that no canary of the text uses: its placeholders become arguments, and it has no condition yet. */
export function templateMetric(
  name: string,
  document: Fields,
  note: TakeNote,
): { readonly metric: Fields; readonly args: readonly { readonly name: string }[] } | null {
  const args = new Set<string>();
  const asArgument: Fill = (text) =>
    text
      .replace(placeholder, (_, variable: string) => {
        if (variable === 'interval') return '1m';
        const arg = variable.replace(/[^A-Za-z0-9_]/g, '_');
        args.add(arg);
        return `{{args.${arg}}}`;
      })
      .trim();
  const provided = metricTemplate(document, `${name}.spec`, asArgument, note);
  if (provided === null) return null;
  const what =
    'No canary of the text uses it, so that nothing is known about its range; it never passes until you give one.';
  note(
    name,
    what,
    `Write successCondition, such as ${valueIn(provided.shape)} <= 5, and the interval.`,
  );
  const metric = { provider: provided.provider, interval: '1m', successCondition: 'false' };
  return { metric, args: [...args].map((arg) => ({ name: arg })) };
}
