import type { ResultShape } from './condition.ts';
import { finished, given, imported, type Names, names, notebook } from './document.ts';
import { kayentaProvider } from './kayenta-query.ts';
import { fieldsOf, listOf, noteOthers, numberOf, readDocuments, textOf } from './read.ts';
import type { Fields, ImportedDocument, ImportResult, TakeNote } from './types.ts';

/**
 * A canary config of Kayenta (https://github.com/spinnaker/kayenta/blob/master/docs/canary-config.md), alone or within
 * the body of a request (`canaryConfig`), as a template that the Mann-Whitney judge judges. Where its queries have
 * `${scope}`, ours have `{{release}}`. How long and how often it looks stands in Spinnaker's pipeline stage and must be
 * said anew.
 */
export function importKayenta(text: string, file = 'canary-config.json'): ImportResult {
  const read = readDocuments(text, file);
  if (!read.ok) return read;
  const { note, notes } = notebook();
  const called = names();
  const documents = read.documents.flatMap((document) => {
    const within = fieldsOf(document.canaryConfig);
    const wrapped = Object.keys(within).length > 0;
    if (wrapped)
      noteOthers(document, { where: 'request', known: ['canaryConfig'], strangers }, note);
    const config = wrapped ? within : document;
    return listOf(config.metrics).length === 0 ? [] : canaryConfig(config, called, note);
  });
  return finished(documents, notes, { wanted: 'canary config of Kayenta', file });
}

const strangers = {
  executionRequest: {
    what: 'Scopes, times and thresholds of one execution are no part of a template.',
    fix: 'Set interval and count of the metrics, and pass and marginal of the judge.',
  },
  thresholds: {
    what: 'The thresholds of one execution are no part of a template.',
    fix: 'Set pass and marginal of the judge.',
  },
  description: { what: 'A template has no description.', fix: 'Keep it as a comment.' },
  applications: {
    what: 'A template belongs to no application.',
    fix: 'Name it in the strategy of each application that uses it.',
  },
};

const configFields = [
  ...['name', 'id', 'metrics', 'classifier', 'judge', 'templates', 'configVersion'],
  ...['createdTimestamp', 'createdTimestampIso', 'updatedTimestamp', 'updatedTimestampIso'],
];

function canaryConfig(config: Fields, called: Names, note: TakeNote): readonly ImportedDocument[] {
  const written = textOf(config.name) ?? textOf(config.id) ?? 'canary';
  noteOthers(config, { where: written, known: configFields, strangers }, note);
  const args = new Set<string>();
  const metricNames = names();
  const templates = fieldsOf(config.templates);
  const metrics = listOf(config.metrics).flatMap((one, index) =>
    metric(fieldsOf(one), {
      where: `${written}.metrics[${index}]`,
      called: metricNames,
      note,
      templates,
      needs: (name) => args.add(name),
    }),
  );
  if (metrics.length === 0) return [];
  const schedule =
    'The times stand in the pipeline stage of Spinnaker; each metric is looked at every minute here.';
  note(
    `${written}.metrics`,
    schedule,
    'Set count of each metric to the minutes that the analysis should take.',
  );
  const scope =
    'Where a query had ${scope} it has {{release}}, the id of a release such as r-5b1f0c9d2e47.';
  const label =
    'Label your metrics with TIDEGATE_RELEASE, which each version finds set, and put baseline: fresh into the strategy: then a fresh copy of the stable version is compared with, as Kayenta does it.';
  if (JSON.stringify(metrics).includes('{{release}}')) note(`${written}.metrics`, scope, label);
  const judge = { mannWhitney: judgeOf(config, written, note) };
  for (const name of args) {
    note(
      written,
      `A query needs the variable ${name}.`,
      `Give the argument ${name} where the analysis is used.`,
    );
  }
  const spec = {
    ...(args.size > 0 ? { args: [...args].map((name) => ({ name })) } : {}),
    judge,
    metrics,
  };
  return [imported(called.of(written, `${written}.name`, note), spec)];
}

/** What is usual in Spinnaker where the config says nothing, since each pipeline stage says it there. */
const usual = { pass: 95, marginal: 75 };

function judgeOf(config: Fields, name: string, note: TakeNote): Fields {
  const judge = textOf(fieldsOf(config.judge).name);
  if (judge !== undefined && !judge.startsWith('NetflixACAJudge')) {
    const what = `${judge} judged it; here the method of NetflixACAJudge does.`;
    note(`${name}.judge`, what, 'Compare what both say before you rely on it.');
  }
  const classifier = fieldsOf(config.classifier);
  const where = `${name}.classifier`;
  noteOthers(classifier, { where, known: ['groupWeights', 'scoreThresholds'] }, note);
  const thresholds = fieldsOf(classifier.scoreThresholds);
  const [pass, marginal] = [numberOf(thresholds.pass), numberOf(thresholds.marginal)];
  if (pass === undefined || marginal === undefined) {
    const what = `Thresholds are missing; ${usual.pass} to pass and ${usual.marginal} to be marginal were put.`;
    note(`${where}.scoreThresholds`, what, 'Take those of the pipeline stage.');
  }
  const weights = Object.entries(fieldsOf(classifier.groupWeights)).map(
    ([group, weight]) => [group, numberOf(weight) ?? 0] as const,
  );
  const sum = weights.reduce((total, [, weight]) => total + weight, 0);
  if (weights.length > 0 && sum !== 100) {
    const what = `The weights of the groups are ${sum} together, not 100.`;
    note(`${where}.groupWeights`, what, 'Give weights that are 100 together.');
  }
  return {
    pass: pass ?? usual.pass,
    marginal: marginal ?? usual.marginal,
    groups: Object.fromEntries(weights),
  };
}

type At = {
  readonly where: string;
  readonly called: Names;
  readonly note: TakeNote;
  readonly templates: Fields;
  readonly needs: (argument: string) => void;
};

const metricFields = ['name', 'query', 'groups', 'analysisConfigurations', 'scopeName', 'id'];

function metric(from: Fields, at: At): readonly Fields[] {
  const { where, note } = at;
  noteOthers(from, { where, known: metricFields }, note);
  const scope = textOf(from.scopeName);
  if (scope !== undefined && scope !== 'default') {
    note(
      `${where}.scopeName`,
      `There is one scope, not ${scope}.`,
      'Check what the query asks about.',
    );
  }
  const configurations = fieldsOf(from.analysisConfigurations);
  const place = `${where}.analysisConfigurations`;
  noteOthers(configurations, { where: place, known: ['canary'] }, note);
  const canary = fieldsOf(configurations.canary);
  if (from.muted === true || canary.muted === true) {
    const what = 'It is muted, so that it does not count; it was left out.';
    note(where, what, 'Ask the source for it where you want to see it.');
    return [];
  }
  const provided = kayentaProvider(fieldsOf(from.query), { ...at, where: `${where}.query` });
  if (provided === null) return [];
  const { provider, shape } = provided;
  const groups = listOf(from.groups).flatMap((one) => textOf(one) ?? []);
  if (groups.length > 1) {
    const what = `A metric is in one group; ${groups.slice(1).join(', ')} do not have it.`;
    note(`${where}.groups`, what, 'Choose the group that it matters most for.');
  }
  return [
    {
      name: at.called.of(textOf(from.name) ?? 'metric', `${where}.name`, note),
      provider,
      interval: '1m',
      mannWhitney: given({
        of: figureOf(shape),
        ...settingsOf(canary, `${place}.canary`, note),
        group: groups[0],
      }),
    },
  ];
}

/** Rows have their figure by a name, and results of several queries by the id of the query. */
function figureOf(shape: ResultShape): string | undefined {
  if (shape === 'row') return 'value';
  return typeof shape === 'object' ? shape.ids[0] : undefined;
}

const canaryFields = [
  ...['direction', 'nanStrategy', 'critical', 'mustHaveData', 'effectSize', 'outliers', 'muted'],
];
const bounds = ['allowedIncrease', 'allowedDecrease', 'criticalIncrease', 'criticalDecrease'];

function settingsOf(canary: Fields, where: string, note: TakeNote): Fields {
  noteOthers(canary, { where, known: canaryFields }, note);
  const one = (field: string, value: unknown, allowed: readonly string[], otherwise: string) => {
    const text = textOf(value)?.toLowerCase();
    if (text === undefined || allowed.includes(text)) return text ?? otherwise;
    note(
      `${where}.${field}`,
      `There is no ${field} ${text}; ${otherwise} was put.`,
      `Use ${allowed.join(' or ')}.`,
    );
    return otherwise;
  };
  const effect = fieldsOf(canary.effectSize);
  noteOthers(effect, { where: `${where}.effectSize`, known: ['measure', ...bounds] }, note);
  const measure = /^cles$/i.test(textOf(effect.measure) ?? '')
    ? 'cles'
    : one('effectSize.measure', effect.measure, ['meanratio', 'cles'], 'meanRatio');
  const limits = Object.fromEntries(bounds.map((name) => [name, numberOf(effect[name])]));
  const outliers = fieldsOf(canary.outliers);
  noteOthers(
    outliers,
    { where: `${where}.outliers`, known: ['strategy', 'outlierFactor', 'factor'] },
    note,
  );
  return {
    direction: one('direction', canary.direction, ['increase', 'decrease', 'either'], 'either'),
    nanStrategy: one('nanStrategy', canary.nanStrategy, ['remove', 'replace'], 'remove'),
    critical: canary.critical === true || canary.critical === 'true',
    mustHaveData: canary.mustHaveData === true || canary.mustHaveData === 'true',
    effectSize: given({ measure: measure === 'meanratio' ? 'meanRatio' : measure, ...limits }),
    outliers: {
      strategy: one('outliers.strategy', outliers.strategy, ['keep', 'remove'], 'keep'),
      factor: numberOf(outliers.outlierFactor) ?? numberOf(outliers.factor) ?? 3,
    },
  };
}
