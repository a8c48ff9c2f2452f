import type { Json } from '../../platform/ids/types.ts';
import type { ChannelEvent } from './types.ts';

type Fields = { readonly [field: string]: Json };

const fieldsOf = (json: Json | undefined): Fields =>
  typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Fields) : {};

const most = 10;

/** Figures of a verdict, a line for each metric, from an event of an analysis; empty for any other. */
export function figuresOf({ type, after }: ChannelEvent): readonly string[] {
  return type.startsWith('analysis.') ? metricLines(fieldsOf(after).metrics) : [];
}

/** `errors: failed, 3 failures of 5; last: 0.12 > 0.01`. */
export function metricLines(metrics: Json | undefined): readonly string[] {
  if (!Array.isArray(metrics)) return [];
  return metrics.slice(0, most).map((one) => {
    const { name, phase, last, ...counts } = fieldsOf(one as Json);
    const { because } = fieldsOf(last);
    const said = (['failures', 'inconclusives', 'errors', 'successes'] as const)
      .filter((count) => Number(counts[count] ?? 0) > 0)
      .map((count) => `${counts[count]} ${count}`);
    const words = [String(phase ?? 'unknown'), ...said].join(', ');
    return `${String(name ?? 'metric')}: ${words}${typeof because === 'string' ? `; last: ${because}` : ''}`;
  });
}
