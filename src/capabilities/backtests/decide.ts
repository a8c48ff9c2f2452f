import type { BacktestDifference, BacktestItem } from '../../contract/api/backtests.ts';
import type { AnalysisTemplate } from '../../contract/kinds/analysis-template.ts';
import { renderDuration } from '../../contract/kinds/common.ts';
import type { AnalysisState } from '../analysis/types.ts';
import { countExposure, type Exposure, noExposure, requestsBetween } from './decide-exposure.ts';
import { choose, matchMetrics } from './decide-match.ts';
import { beginReplay, endOf, type Replay, replayLook, worstOf } from './decide-replay.ts';
import type { AnalysisPurpose, BacktestEnd, Judges, RecordedLook } from './types.ts';

/** A rollout whose recording is read: every analysis as it was, and as the policy would have judged it. */
export type Story = {
  readonly policy: readonly AnalysisTemplate[];
  readonly purposes: readonly AnalysisPurpose[];
  readonly told: { readonly [key: string]: Told };
  readonly exposure: Exposure;
};

type Told = {
  readonly looks: number;
  readonly after: RecordedLook['after'];
  /** Null when the policy says nothing about this analysis. */
  readonly replay: Replay | null;
  /** Why it cannot be judged although the policy means it; null when it can. */
  readonly lack: string | null;
};

export function beginStory(
  policy: readonly AnalysisTemplate[],
  candidate: string,
  purposes: readonly AnalysisPurpose[],
): Story {
  return { policy, purposes, told: {}, exposure: noExposure(candidate) };
}

/** Takes one recorded look; they come in the order of their times. */
export function tell(story: Story, recorded: RecordedLook, judges: Judges): Story {
  const { key, look, now, after } = recorded;
  const told = story.told[key] ?? begin(story, recorded, judges.open);
  const answers = Object.values(look.answers);
  const replay = told.replay && replayLook(told.replay, recorded, judges);
  const looks = told.looks + (answers.length > 0 ? 1 : 0);
  return {
    ...story,
    told: { ...story.told, [key]: { ...told, replay, looks, after } },
    exposure: answers.reduce((sum, answer) => countExposure(sum, answer, now), story.exposure),
  };
}

function begin(story: Story, { key, look, after }: RecordedLook, open: Judges['open']): Told {
  const { purposes, policy } = story;
  const named = purposes.find((one) => one.key === key)?.templates ?? null;
  const all = new Set(purposes.flatMap(({ templates }) => templates ?? []));
  const chosen = choose(policy, named, all);
  const told = { looks: 0, after, replay: null, lack: null };
  if (chosen === null) return told;
  if (!isFresh(look.state)) return { ...told, lack: 'its first looks are no longer kept' };
  const matched = matchMetrics(chosen, look.state, open);
  const lack = matched.metrics.length === 0 ? 'none of what it asks for was recorded' : null;
  return { ...told, replay: beginReplay(look.state, matched), lack };
}

const isFresh = ({ metrics }: AnalysisState): boolean =>
  metrics.every(({ recent }) => recent.length === 0);

/** How the rollout ended, and how it would have ended. */
export function endStory({
  purposes,
  told,
  exposure,
}: Story): Omit<
  BacktestItem,
  'rollout' | 'application' | 'environment' | 'release' | 'phase' | 'startedAt'
> {
  const analyses = purposes.flatMap(({ key, purpose, wave }) => {
    const one = told[key];
    return one ? [{ key, purpose, wave, ...endsOf(one) }] : [];
  });
  const isMeant = analyses.some(({ judged }) => judged);
  const was = worstOf(analyses.map((one) => one.was));
  const would = isMeant
    ? worstOf(analyses.map((one) => one.would).filter(({ outcome }) => outcome !== 'none'))
    : ({ outcome: 'none', at: null, because: whyNone(analyses) } as const);
  const difference = differenceOf(was, would);
  return {
    was,
    would,
    difference,
    because: sentenceOf(difference, was, would),
    requests: requestsOf(difference, was, would, exposure),
    analyses: analyses.map(({ judged: _, ...one }) => one),
  };
}

function endsOf({ looks, after, replay, lack }: Told) {
  const was = endOf(after);
  const none = { outcome: 'none', at: null, because: lack ?? '' } as const;
  const isLooking = replay?.state.phase === 'running';
  const judged = replay === null ? was : endOf(replay.state, isLooking ? looking : undefined);
  return {
    looks,
    was,
    would: lack === null ? judged : none,
    judged: replay !== null && lack === null,
    leftOut: [...(replay?.matched.leftOut ?? [])],
    notes: [...(replay?.matched.notes ?? [])],
  };
}

const looking = 'would still be looking: the recording ends here';

function whyNone(analyses: readonly { readonly would: BacktestEnd }[]): string {
  if (analyses.length === 0) return 'No look of an analysis was recorded.';
  const lack = analyses.find(({ would }) => would.outcome === 'none')?.would.because;
  return lack ? `It cannot be judged: ${lack}.` : 'No analysis of it is judged by this policy.';
}

type Ends = { readonly was: BacktestEnd; readonly would: BacktestEnd };

const isEarlier = ({ was, would }: Ends): boolean => (would.at ?? '') < (was.at ?? '');
const isBoth = ({ was, would }: Ends, outcome: BacktestEnd['outcome']): boolean =>
  was.outcome === outcome && would.outcome === outcome;
const missed: readonly BacktestEnd['outcome'][] = ['failed', 'inconclusive', 'error'];

/** First row that is true wins. */
const differences: readonly (readonly [(ends: Ends) => boolean, BacktestDifference])[] = [
  [({ was, would }) => was.outcome === 'none' || would.outcome === 'none', 'notJudged'],
  [({ was, would }) => was.outcome === would.outcome && was.at === would.at, 'same'],
  [(ends) => isBoth(ends, 'failed') && isEarlier(ends), 'caughtEarlier'],
  [(ends) => isBoth(ends, 'failed'), 'caughtLater'],
  [({ would }) => would.outcome === 'failed', 'newlyFailed'],
  [({ would }) => would.outcome === 'looking', 'stillLooking'],
  [(ends) => isBoth(ends, 'passed') && isEarlier(ends), 'passedEarlier'],
  [(ends) => isBoth(ends, 'passed'), 'passedLater'],
  [({ was, would }) => would.outcome === 'passed' && missed.includes(was.outcome), 'newlyPassed'],
  [() => true, 'otherwise'],
];

function differenceOf(was: BacktestEnd, would: BacktestEnd): BacktestDifference {
  return differences.find(([applies]) => applies({ was, would }))?.[1] ?? 'otherwise';
}

function sentenceOf(difference: BacktestDifference, was: BacktestEnd, would: BacktestEnd): string {
  const between = Math.abs(timeOf(would) - timeOf(was));
  const time = Number.isFinite(between) ? renderDuration(roundedTo(between)) : '';
  const sentences: { readonly [D in BacktestDifference]: string } = {
    same: was.because,
    caughtEarlier: `Caught ${time} earlier: ${would.because}`,
    caughtLater: `Caught ${time} later: ${would.because}`,
    newlyFailed: `It was ${was.outcome}, and would have failed: ${would.because}`,
    newlyPassed: `It was ${was.outcome}, and would have passed: ${would.because}`,
    passedEarlier: `Passed ${time} earlier: ${would.because}`,
    passedLater: `Passed ${time} later: ${would.because}`,
    stillLooking: `It was ${was.outcome} (${was.because}), and ${would.because}`,
    otherwise: `It was ${was.outcome}, and would be ${would.outcome}: ${would.because}`,
    notJudged: would.because,
  };
  return sentences[difference];
}

const timeOf = ({ at }: BacktestEnd): number => (at === null ? Number.NaN : Date.parse(at));

/** Seconds, unless it is less than one. */
const roundedTo = (ms: number): number => (ms < 1_000 ? ms : Math.round(ms / 1_000) * 1_000);

/** What is not recorded is not known: where it would have gone on, nobody counted what it would have served. */
function requestsOf(
  difference: BacktestDifference,
  was: BacktestEnd,
  would: BacktestEnd,
  exposure: Exposure,
): BacktestItem['requests'] {
  const end = Number.POSITIVE_INFINITY;
  if (difference === 'same') return { spared: 0, added: 0 };
  if (difference === 'caughtEarlier' || difference === 'newlyFailed') {
    return { spared: requestsBetween(exposure, timeOf(would), end), added: 0 };
  }
  if (difference === 'caughtLater') {
    return { spared: 0, added: requestsBetween(exposure, timeOf(was), timeOf(would)) };
  }
  return { spared: null, added: null };
}
