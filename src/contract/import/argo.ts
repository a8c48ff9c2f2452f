import { argoProvider } from './argo-provider.ts';
import { type ConvertedCondition, convertCondition, type ResultShape } from './condition.ts';
import { finished, given, imported, type Names, names, notebook } from './document.ts';
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
 * AnalysisTemplates and ClusterAnalysisTemplates of Argo Rollouts
 * (https://argo-rollouts.readthedocs.io/en/stable/features/analysis/) as ours. Their limits are what may be exceeded
 * and ours what is reached, so that each is one more; `inconclusiveLimit` is 0 there when it is not given. Metrics of
 * other providers are left out with a note; what a condition cannot say in CEL never passes until it is mended.
 */
export function importArgo(text: string, file = 'argo-rollouts.yaml'): ImportResult {
  const read = readDocuments(text, file);
  if (!read.ok) return read;
  const { note, notes } = notebook();
  const called = names();
  const documents = read.documents.flatMap((document) => {
    const kind = textOf(document.kind) ?? 'document';
    if (kind === 'AnalysisTemplate' || kind === 'ClusterAnalysisTemplate') {
      return template(document, called, note);
    }
    const name = textOf(fieldsOf(document.metadata).name) ?? '?';
    const fix =
      kind === 'Experiment'
        ? 'For a baseline beside the canary, put baseline: fresh into the strategy of the application.'
        : 'Say in the strategy of the application which analysis runs when.';
    note(`${kind} ${name}`, 'Only analysis templates are imported.', fix);
    return [];
  });
  return finished(documents, notes, { wanted: 'AnalysisTemplate of Argo Rollouts', file });
}

const specStrangers = {
  dryRun: {
    what: 'There is no dry run: these metrics count like the others.',
    fix: 'Take them out of the template if they must not decide.',
  },
  measurementRetention: {
    what: 'The newest 50 measurements of each metric are kept, always.',
    fix: 'Nothing is to be done.',
  },
  templates: {
    what: 'A template cannot be made of others.',
    fix: 'Name all of them where the analysis is used.',
  },
};

function template(document: Fields, called: Names, note: TakeNote): readonly ImportedDocument[] {
  const metadata = fieldsOf(document.metadata);
  const given = textOf(metadata.name) ?? textOf(metadata.generateName) ?? 'analysis';
  const name = called.of(given, `${given}.metadata.name`, note);
  const spec = fieldsOf(document.spec);
  const where = `${given}.spec`;
  noteOthers(spec, { where, known: ['args', 'metrics'], strangers: specStrangers }, note);
  const args = argsOf(spec.args, `${where}.args`, note);
  const values = new Map(args.map((arg) => [arg.name, arg.value]));
  const metricNames = names();
  const metrics = listOf(spec.metrics).flatMap((one, index) => {
    const at = { where: `${where}.metrics[${index}]`, values, called: metricNames, note };
    return metric(fieldsOf(one), at);
  });
  if (metrics.length === 0) {
    note(
      where,
      'No metric of it could be imported; the template was left out.',
      'See the other notes.',
    );
    return [];
  }
  return [imported(name, { ...(args.length > 0 ? { args } : {}), metrics })];
}

type Argument = { readonly name: string; readonly value?: string };

function argsOf(value: unknown, where: string, note: TakeNote): readonly Argument[] {
  return listOf(value).map((one, index) => {
    const fields = fieldsOf(one);
    const place = `${where}[${index}]`;
    const written = textOf(fields.name) ?? `arg${index}`;
    const name = written.replace(/[^A-Za-z0-9_-]/g, '-').replace(/^(?![A-Za-z])/, 'a');
    if (name !== written) {
      note(
        place,
        `The argument ${written} is called ${name} here.`,
        'Rename its placeholders too.',
      );
    }
    const from = fieldsOf(fields.valueFrom);
    if (from.secretKeyRef !== undefined) {
      const what = `${name} came from a Secret; arguments are plain text, which all who read the analysis see.`;
      note(place, what, 'Use a provider that takes a secret, or a proxy that adds the header.');
    } else if (Object.keys(from).length > 0) {
      const what = `${name} took its value from an object of Kubernetes.`;
      note(
        place,
        what,
        'Give its value where the analysis is used, or use {{release}} and {{stable}}, which with baseline: fresh is a fresh copy of the stable version.',
      );
    }
    const text = typeof fields.value === 'string' ? fields.value : textOf(fields.value);
    return text === undefined ? { name } : { name, value: text };
  });
}

type At = {
  readonly where: string;
  readonly values: ReadonlyMap<string, string | undefined>;
  readonly called: Names;
  readonly note: TakeNote;
};

const metricFields = [
  ...['name', 'provider', 'interval', 'initialDelay', 'count', 'successCondition'],
  ...['failureCondition', 'failureLimit', 'inconclusiveLimit', 'consecutiveErrorLimit'],
];
const metricStrangers = {
  consecutiveSuccessLimit: {
    what: 'An analysis does not end early for successes in a row.',
    fix: 'Use a count of as many measurements as you want.',
  },
};

function metric(from: Fields, at: At): readonly Fields[] {
  const { where, note } = at;
  noteOthers(from, { where, known: metricFields, strangers: metricStrangers }, note);
  const provided = argoProvider(fieldsOf(from.provider), { where: `${where}.provider`, note });
  if (provided === null) return [];
  const duration = (field: string, instead?: string): string | undefined =>
    durationOf(
      filled(from[field], `${where}.${field}`, at),
      given({ where: `${where}.${field}`, instead }),
      note,
    );
  const count = numberOf(filled(from.count, `${where}.count`, at));
  const interval = duration('interval', '1m');
  const needsInterval = count !== undefined && count > 1 && interval === undefined;
  if (needsInterval)
    note(where, 'It has a count and no interval; 1m was put.', 'Set the interval.');
  const once = count === undefined || count === 0 ? interval === undefined : false;
  return [
    given({
      name: at.called.of(textOf(from.name) ?? 'metric', `${where}.name`, note),
      provider: provided.provider,
      interval: needsInterval ? '1m' : interval,
      count: once ? 1 : count === 0 ? undefined : count,
      initialDelay: duration('initialDelay'),
      ...conditions(from, provided.shape, at, 'prometheus' in provided.provider),
      failureLimit: limit(from.failureLimit, { field: 'failureLimit', otherwise: 0 }, at),
      inconclusiveLimit: limit(
        from.inconclusiveLimit,
        { field: 'inconclusiveLimit', otherwise: 0 },
        at,
      ),
      consecutiveErrorLimit: limit(
        from.consecutiveErrorLimit,
        { field: 'consecutiveErrorLimit', otherwise: 4 },
        at,
      ),
    }),
  ];
}

/** A placeholder that stands for a whole number or duration is filled in once, since these are no texts here. */
function filled(value: unknown, where: string, { values, note }: At): unknown {
  const name = /^\s*\{\{\s*args\.([A-Za-z0-9_.-]+)\s*\}\}\s*$/.exec(String(value))?.[1];
  if (name === undefined) return value;
  const text = values.get(name);
  const what =
    text === undefined
      ? `It is given by the argument ${name}, which has no value; it was left out.`
      : `It was given by the argument ${name}; its value ${text} is written down instead.`;
  note(where, what, 'Write the number or duration that you want.');
  return text;
}

/** Ours is reached where theirs is exceeded. Where ours is the default, it need not be written. */
function limit(
  value: unknown,
  { field, otherwise }: { readonly field: string; readonly otherwise: number },
  at: At,
): number | undefined {
  const where = `${at.where}.${field}`;
  const number = numberOf(filled(value, where, at)) ?? otherwise;
  if (number < 0 || number >= 1000) {
    const what = 'There is no limit there; 1000, the largest one, was put.';
    at.note(where, what, 'Set a limit that you would act on.');
    return 1000;
  }
  const reached = Math.floor(number) + 1;
  const isDefault =
    (field === 'failureLimit' && reached === 1) ||
    (field === 'consecutiveErrorLimit' && reached === 5);
  return isDefault ? undefined : reached;
}

function conditions(from: Fields, shape: ResultShape, at: At, isPrometheus: boolean): Fields {
  const { where, note } = at;
  const convert = (field: 'successCondition' | 'failureCondition', instead: string) => {
    const text = textOf(from[field]);
    if (text === undefined) return undefined;
    const converted: ConvertedCondition = convertCondition(text, shape);
    const place = `${where}.${field}`;
    if (!converted.ok) {
      const what = `"${text.slice(0, 300)}" cannot be said in CEL: ${converted.why}. It is ${instead} until you mend it.`;
      note(place, what, 'Write the condition in CEL.');
      return instead;
    }
    for (const remark of converted.remarks) {
      note(place, remark, 'Set inconclusiveLimit to how many of them you accept.');
    }
    if (isPrometheus && /\bresult\s*[<>=!]|[<>=]\s*result\b(?!\s*[[.])/.test(converted.cel)) {
      const what = 'It compares the whole result, which is a list unless the query gives a scalar.';
      note(place, what, 'Write result[0], or put the query into scalar(…).');
    }
    return converted.cel;
  };
  const successCondition = convert('successCondition', 'false');
  const failureCondition = convert('failureCondition', 'true');
  if (successCondition === undefined && failureCondition === undefined) {
    const what = 'Without a condition, each measurement with a value is a success, as it was.';
    note(where, what, 'Add the condition that was forgotten, or take the metric out.');
    return { successCondition: 'true' };
  }
  return { successCondition, failureCondition };
}
