import { given } from './document.ts';
import { fieldsOf, listOf, noteOthers, numberOf, textOf } from './read.ts';
import type { Fields, TakeNote } from './types.ts';

export type CloudWatchQueries = {
  readonly queries: readonly Fields[];
  /** Length of a point as a duration, of the first that has one. */
  readonly period: string | undefined;
};

/**
 * MetricDataQueries, a list or JSON of one, with names in upper or lower camel case: as GetMetricData takes them in
 * Flagger and in Argo Rollouts, and as Argo's own type has them.
 */
export function cloudWatchQueries(
  value: unknown,
  where: string,
  note: TakeNote,
): CloudWatchQueries | null {
  const list = typeof value === 'string' ? jsonOf(value) : value;
  if (!Array.isArray(list) || list.length === 0) {
    note(where, 'The queries of CloudWatch are no list.', 'Write them as metricDataQueries.');
    return null;
  }
  const periods = new Set<number>();
  const queries = list.map((one, index) => {
    const fields = lowerCased(one);
    const stat = lowerCased(fields.metricStat);
    const metric = lowerCased(stat.metric);
    const place = `${where}[${index}]`;
    for (const period of [numberOf(fields.period), numberOf(stat.period)]) {
      if (period !== undefined) periods.add(period);
    }
    const known = ['id', 'expression', 'metricStat', 'returnData', 'period', 'label'];
    noteOthers(fields, { where: place, known }, note);
    const dimensions = listOf(metric.dimensions).map((entry) => {
      const { name, value: text } = lowerCased(entry);
      return { name: textOf(name) ?? '', value: textOf(text) ?? '' };
    });
    const metricStat = given({
      namespace: textOf(metric.namespace),
      metricName: textOf(metric.metricName),
      dimensions: dimensions.length > 0 ? dimensions : undefined,
      stat: textOf(stat.stat) ?? 'Average',
      unit: textOf(stat.unit),
    });
    return given({
      id: textOf(fields.id) ?? `query${index}`,
      expression: textOf(fields.expression),
      metricStat: fields.metricStat === undefined ? undefined : metricStat,
      returnData: fields.returnData === false ? false : undefined,
    });
  });
  const [first] = periods;
  if (periods.size > 1) {
    const fix = 'Set period to the one that fits, or make two metrics of it.';
    note(where, `The queries have periods of different length; ${first}s is used.`, fix);
  }
  return { queries, period: first === undefined ? undefined : `${first}s` };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const lowerCased = (value: unknown): Fields =>
  Object.fromEntries(
    Object.entries(fieldsOf(value)).map(([name, one]) => [
      name.charAt(0).toLowerCase() + name.slice(1),
      one,
    ]),
  );
