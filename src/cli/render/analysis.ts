import type { AnalysisTold } from '../../contract/api/rollouts.ts';
import { plain, table } from '../terminal.ts';
import type { Canvas } from './rollout.ts';

/** Measurements of each metric that people are shown; `--json` has all that are kept. */
const newest = 3;

/** What was measured, under each metric the conditions that it was held against. */
export function analysisLines(analyses: readonly AnalysisTold[], canvas: Canvas): string[] {
  return analyses.flatMap((analysis) => [
    '',
    `${canvas.colours.bold(`Analysis ${plain(analysis.key)}`)}  ${analysis.phase}`,
    ...analysis.metrics.flatMap((metric) => metricLines(metric, canvas)),
  ]);
}

type MetricTold = AnalysisTold['metrics'][number];

function metricLines(metric: MetricTold, { colours, columns }: Canvas): string[] {
  const shown = metric.measurements.slice(-newest);
  const more = metric.measurements.length - shown.length;
  const rows = shown.map((one) => [
    `    ${colours.dim(one.at.slice(11, 19))}`,
    one.verdict,
    plain(one.because),
    plain(`${JSON.stringify(one.value)} from ${one.query}`),
  ]);
  return [
    `  ${plain(metric.name)} (${metric.source}), ${metric.phase}`,
    colours.dim(`    ${plain(against(metric))}`),
    ...table(rows, columns),
    ...(more > 0 ? [colours.dim(`    and ${more} before, with --json`)] : []),
  ];
}

function against(metric: MetricTold): string {
  const { successCondition, failureCondition, failureLimit, failures } = metric;
  return [
    ...(successCondition === null ? [] : [`success: ${successCondition}`]),
    ...(failureCondition === null ? [] : [`failure: ${failureCondition}`]),
    `failures: ${failures} of ${failureLimit}`,
    ...(metric.inconclusiveLimit === null
      ? []
      : [`inconclusive: ${metric.inconclusives} of ${metric.inconclusiveLimit}`]),
    `errors: ${metric.errors}, ${metric.consecutiveErrorLimit} in a row end it`,
  ].join('; ');
}
