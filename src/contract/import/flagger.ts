import { finished, imported, type Names, names, notebook } from './document.ts';
import { type Canary, flaggerMetric, templateMetric } from './flagger-metric.ts';
import {
  durationOf,
  fieldsOf,
  listOf,
  noteOthers,
  numberOf,
  readDocuments,
  textOf,
} from './read.ts';
import type { Fields, ImportedDocument, ImportResult, TakeNote } from './types.ts';

/**
 * Canaries and MetricTemplates of Flagger (https://docs.flagger.app/usage/metrics) as ours. A canary becomes one
 * template, with the metric templates that it names when they are in the same text. What it says about traffic is not
 * analysis and is noted. Its `threshold` counts failed checks of all metrics together, ours those of each metric.
 */
export function importFlagger(text: string, file = 'flagger.yaml'): ImportResult {
  const read = readDocuments(text, file);
  if (!read.ok) return read;
  const { note, notes } = notebook();
  const called = names();
  const templates = new Map(
    read.documents
      .filter(({ kind }) => kind === 'MetricTemplate')
      .map((one) => [textOf(fieldsOf(one.metadata).name) ?? '', one]),
  );
  const used = new Set<string>();
  const documents = read.documents.flatMap((document) => {
    const { kind } = document;
    if (kind === 'Canary') return canary(document, { templates, used, called, note });
    if (kind !== 'MetricTemplate') {
      const what = 'Only Canary and MetricTemplate are imported.';
      note(`${textOf(kind) ?? 'document'}`, what, 'Nothing is to be done if it is not analysis.');
    }
    return [];
  });
  const alone = [...templates].filter(([name]) => !used.has(name));
  return finished(
    [...documents, ...alone.flatMap(([name, one]) => templateAlone(name, one, called, note))],
    notes,
    { wanted: 'Canary or MetricTemplate of Flagger', file },
  );
}

type Context = {
  readonly templates: ReadonlyMap<string, Fields>;
  /** Names of the metric templates that a canary has taken in. */
  readonly used: Set<string>;
  readonly called: Names;
  readonly note: TakeNote;
};

const traffic = {
  what: 'How traffic is shifted is no part of an analysis.',
  fix: 'Say it in the strategy of the application.',
};
const analysisStrangers = {
  maxWeight: traffic,
  stepWeight: traffic,
  stepWeights: traffic,
  stepWeightPromotion: traffic,
  match: traffic,
  mirror: traffic,
  mirrorWeight: traffic,
  sessionAffinity: traffic,
  primaryReadyThreshold: traffic,
  canaryReadyThreshold: traffic,
  webhooks: {
    what: 'Webhooks are no metrics.',
    fix: 'Make steps of the pipeline of tests and gates, and a channel of what only tells.',
  },
  alerts: { what: 'Alerts are no part of an analysis.', fix: 'Add a Channel.' },
};

const specFields = [
  'analysis',
  'canaryAnalysis',
  'targetRef',
  'service',
  'ingressRef',
  'provider',
  'metricsServer',
];
const specStrangers = {
  autoscalerRef: traffic,
  routeRef: traffic,
  progressDeadlineSeconds: {
    what: 'How long a rollout may take is no part of an analysis.',
    fix: 'Set the deadline in the strategy of the application.',
  },
  skipAnalysis: {
    what: 'The analysis is skipped there.',
    fix: 'Leave it out of the strategy of the application.',
  },
};

function canary(document: Fields, context: Context): readonly ImportedDocument[] {
  const { note, called } = context;
  const metadata = fieldsOf(document.metadata);
  const written = textOf(metadata.name) ?? 'canary';
  const spec = fieldsOf(document.spec);
  const where = `${written}.spec`;
  noteOthers(spec, { where, known: specFields, strangers: specStrangers }, note);
  const analysis = fieldsOf(spec.analysis ?? spec.canaryAnalysis);
  const known = ['interval', 'threshold', 'iterations', 'metrics'];
  const place = `${where}.analysis`;
  noteOthers(analysis, { where: place, known, strangers: analysisStrangers }, note);
  const interval =
    durationOf(analysis.interval, { where: `${place}.interval`, instead: '1m' }, note) ?? '1m';
  const from: Canary = {
    name: written,
    namespace: textOf(metadata.namespace) ?? 'default',
    target: textOf(fieldsOf(spec.targetRef).name) ?? written,
    service:
      textOf(fieldsOf(spec.service).name) ?? textOf(fieldsOf(spec.targetRef).name) ?? written,
    ingress: textOf(fieldsOf(spec.ingressRef).name) ?? '',
    metricsServer: textOf(spec.metricsServer),
    interval,
    failureLimit: threshold(analysis.threshold, place, note),
    count: numberOf(analysis.iterations),
  };
  const metricNames = names();
  const metrics = listOf(analysis.metrics).flatMap((one, index) =>
    flaggerMetric(fieldsOf(one), from, {
      where: `${place}.metrics[${index}]`,
      called: metricNames,
      note,
      template: (name) => {
        const found = context.templates.get(name);
        if (found) context.used.add(name);
        return found;
      },
    }),
  );
  if (metrics.length === 0) {
    note(place, 'It has no metric that could be imported.', 'Use an analysis of your own.');
    return [];
  }
  return [imported(called.of(written, `${written}.metadata.name`, note), { metrics })];
}

function threshold(value: unknown, where: string, note: TakeNote): number {
  const limit = Math.min(Math.max(Math.floor(numberOf(value) ?? 1), 1), 1000);
  if (limit > 1) {
    const what = `${limit} failed checks of all metrics together ended it; here it is ${limit} of one metric.`;
    note(
      `${where}.threshold`,
      what,
      'Set a lower failureLimit where one metric must not fail that often.',
    );
  }
  return limit;
}

function templateAlone(
  name: string,
  document: Fields,
  called: Names,
  note: TakeNote,
): readonly ImportedDocument[] {
  const metric = templateMetric(name, document, note);
  if (metric === null) return [];
  const label = called.of(name, `${name}.metadata.name`, note);
  return [imported(label, { args: metric.args, metrics: [{ ...metric.metric, name: label }] })];
}
