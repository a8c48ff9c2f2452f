import { type Sequential, sequentialSchema } from '../../contract/kinds/analysis-judge.ts';
import type { Metric } from '../../contract/kinds/analysis-template.ts';
import type { Json } from '../../platform/ids/types.ts';
import { histogramLook, rateLook, valueLook } from './judges/look.ts';
import { describeSequential } from './judges/sequential/describe.ts';
import { judgeHistograms } from './judges/sequential/histograms.ts';
import { judgeRates } from './judges/sequential/rates.ts';
import { judgeValues } from './judges/sequential/values.ts';
import type { MinimumChange, SequentialResult, SequentialSettings } from './judges/types.ts';
import type { MeasurementVerdict } from './types.ts';

type Of = NonNullable<Sequential['of']>;

/** What is kept between looks: the judge's own evidence, and how much of the candidate was seen. */
type Kept = { readonly of: Of; readonly seen: number; readonly state: Json };

export type SequentialLook =
  | { readonly is: 'noData'; readonly because: string }
  | {
      readonly is: 'judged';
      readonly verdict: Extract<MeasurementVerdict, 'success' | 'failure' | 'undecided'>;
      readonly because: string;
      readonly evidence: Json;
      readonly figures: Json;
    };

const defaultChange: { readonly [O in Of]: MinimumChange } = {
  errors: { is: 'absolute', by: 0.005 },
  latency: { is: 'relative', by: 0.25 },
  value: { is: 'relative', by: 0.05 },
};

/** What is compared, by which settings, with all that was left out filled in. */
export function sequentialOf({ sequential = usual, provider }: Metric): {
  readonly of: Of;
  readonly settings: SequentialSettings;
  readonly undecided: Sequential['undecided'];
} {
  const { harm, falseAlarm, missedHarm, minimumSample, minimumChange, undecided } = sequential;
  const of = sequential.of ?? ('router' in provider ? 'errors' : 'value');
  const change = minimumChange === undefined ? defaultChange[of] : changeOf(minimumChange);
  return {
    ...{ of, undecided },
    settings: { harm, falseAlarm, missedHarm, minimumSample, minimumChange: change },
  };
}

const usual: Sequential = sequentialSchema.parse({});

const changeOf = (change: NonNullable<Sequential['minimumChange']>): MinimumChange =>
  'absolute' in change
    ? { is: 'absolute', by: change.absolute }
    : { is: 'relative', by: change.relative };

/** Adds one answer to the evidence of the looks before it. */
export function lookSequentially(
  metric: Metric,
  before: Json,
  value: { readonly [name: string]: Json },
): SequentialLook {
  const { of, settings } = sequentialOf(metric);
  const kept = before as Kept | null;
  const state = kept?.of === of ? kept.state : null;
  const judged = judgeLook(of, state, value, settings);
  if (judged === null) return { is: 'noData', because: lacking[of] };
  const { result, seen } = judged;
  const { evidence, needed, ...figures } = result;
  const all = (kept?.of === of ? kept.seen : 0) + seen;
  const verdicts = { fail: 'failure', pass: 'success', continue: 'undecided' } as const;
  return {
    is: 'judged',
    verdict: verdicts[result.decision],
    because: describeSequential(result, of, settings),
    evidence: { of, seen: all, state: evidence },
    figures: { of, seen: all, ...figures, needed: needed() },
  };
}

/** Whether enough of the candidate was seen for silence to mean something. */
export function hasSeenEnough(metric: Metric, evidence: Json): boolean {
  const { settings } = sequentialOf(metric);
  return ((evidence as Kept | null)?.seen ?? 0) >= settings.minimumSample;
}

const lacking: { readonly [O in Of]: string } = {
  errors: 'no requests and errors of the candidate were counted',
  latency: 'no latencies of the candidate were counted',
  value: 'the candidate has no number',
};

/** `seen` counts what could be compared: a candidate without a stable side beside it shows nothing. */
type Judged = { readonly result: SequentialResult<Json>; readonly seen: number };

function judgeLook(
  of: Of,
  state: Json,
  value: { readonly [name: string]: Json },
  settings: SequentialSettings,
): Judged | null {
  if (of === 'errors') {
    const look = rateLook(value);
    if (!look) return null;
    const result = judgeRates(state as Parameters<typeof judgeRates>[0], look, settings);
    return {
      result: result as SequentialResult<Json>,
      seen: (look.stable?.total ?? 0) > 0 ? look.candidate.total : 0,
    };
  }
  if (of === 'latency') {
    const look = histogramLook(value);
    if (!look) return null;
    const result = judgeHistograms(state as Parameters<typeof judgeHistograms>[0], look, settings);
    const compared = (look.stable?.counts.at(-1) ?? 0) > 0;
    const seen = compared ? (look.candidate.counts.at(-1) ?? 0) : 0;
    return { result: result as SequentialResult<Json>, seen };
  }
  const look = valueLook(value);
  if (!look) return null;
  const result = judgeValues(state as Parameters<typeof judgeValues>[0], look, settings);
  return { result: result as SequentialResult<Json>, seen: look.stable === null ? 0 : 1 };
}
