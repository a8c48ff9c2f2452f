import { z } from 'zod';
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

/** What the judge holds it against: conditions and limits, or evidence and what it has to reach. */
function against(metric: MetricTold): string {
  if (metric.judge === 'sequential') return evidence(metric);
  if (metric.judge === 'mannWhitney') return 'series are compared at the end (Mann-Whitney)';
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

const sideSchema = z.object({ value: z.number(), bound: z.number() });
const figuresSchema = z.object({
  harm: sideSchema,
  safety: sideSchema,
  needed: z.number().nullable(),
});

function evidence({ measurements }: MetricTold): string {
  const told = measurements.findLast(({ figures }) => figures !== null)?.figures;
  const figures = figuresSchema.safeParse(told).data;
  if (!figures) return 'evidence: none yet';
  const side = ({ value, bound }: z.output<typeof sideSchema>) =>
    `${short(value)} of ${short(bound)}`;
  const { harm, safety, needed } = figures;
  return [
    `evidence of harm: ${side(harm)} fails it`,
    `of safety: ${side(safety)} passes it`,
    ...(needed === null || needed <= 0 ? [] : [`about ${needed} more observations to pass`]),
  ].join('; ');
}

const short = (value: number): string =>
  value >= 1e6 || (value > 0 && value < 0.01)
    ? value.toExponential(1)
    : String(Number(value.toPrecision(3)));
