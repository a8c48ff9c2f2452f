import type { ProviderOf } from '../../../contract/kinds/metric-provider.ts';
import type { Json } from '../../../platform/ids/types.ts';
import type { MetricQuestion } from '../port.ts';
import { type Filled, fill } from '../template.ts';
import { inExpression, inField } from './expression.ts';

export type CloudWatch = ProviderOf<'cloudwatch'>;
type MetricDataQuery = NonNullable<CloudWatch['metricDataQueries']>[number];
type MetricStat = NonNullable<MetricDataQuery['metricStat']>;

/** The id of the only query where just an expression is given. */
export const onlyId = 'result';

/**
 * MetricDataQueries as GetMetricData takes them, with all values filled in, or the first that cannot be.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
 */
export function fillQueries(
  { expression, metricDataQueries, period }: CloudWatch,
  question: MetricQuestion,
): Extract<Filled, { ok: false }> | { readonly ok: true; readonly queries: readonly Json[] } {
  const declared: readonly MetricDataQuery[] =
    metricDataQueries ??
    (expression === undefined ? [] : [{ id: onlyId, expression, returnData: true }]);
  const queries: Json[] = [];
  for (const { id, expression, metricStat, returnData } of declared) {
    const asked = { Id: id, ReturnData: returnData };
    if (metricStat) {
      const filled = fillStat(metricStat, period, question);
      if (!filled.ok) return filled;
      queries.push({ ...asked, MetricStat: filled.stat });
    } else {
      const filled = fill(expression ?? '', question, inExpression);
      if (!filled.ok) return filled;
      queries.push({ ...asked, Expression: filled.text, Period: period / 1000 });
    }
  }
  return { ok: true, queries };
}

function fillStat(
  { namespace, metricName, dimensions, stat, unit }: MetricStat,
  period: number,
  question: MetricQuestion,
): Extract<Filled, { ok: false }> | { readonly ok: true; readonly stat: Json } {
  const texts: string[] = [];
  for (const one of [namespace, metricName, ...dimensions.map(({ value }) => value)]) {
    const filled = fill(one, question, inField);
    if (!filled.ok) return filled;
    texts.push(filled.text);
  }
  const [Namespace = '', MetricName = '', ...values] = texts;
  const Dimensions = dimensions.map(({ name }, at) => ({ Name: name, Value: values[at] ?? '' }));
  const Metric = { Namespace, MetricName, Dimensions };
  const more = unit === undefined ? {} : { Unit: unit };
  return { ok: true, stat: { Metric, Period: period / 1000, Stat: stat, ...more } };
}

/**
 * Start and end in seconds, both on the grid of the period: AWS asks for that, and a period that has only begun would
 * be judged on half of its data.
 */
export function timesOf(
  { period, window }: Pick<CloudWatch, 'period' | 'window'>,
  now: number,
): { readonly start: number; readonly end: number } {
  const end = Math.floor(now / period) * period;
  return { start: (end - Math.ceil(window / period) * period) / 1000, end: end / 1000 };
}
