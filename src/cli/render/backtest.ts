import {
  type BacktestDifference,
  type BacktestItem,
  summaryOf,
} from '../../contract/api/backtests.ts';
import { plain, table } from '../terminal.ts';
import type { Canvas } from './rollout.ts';

const words: { readonly [D in BacktestDifference]: string } = {
  same: 'the same',
  caughtEarlier: 'caught earlier',
  caughtLater: 'caught later',
  newlyFailed: 'newly failed',
  newlyPassed: 'newly passed',
  passedEarlier: 'passed earlier',
  passedLater: 'passed later',
  stillLooking: 'still looking when the recording ends',
  otherwise: 'otherwise',
  notJudged: 'not judged',
};

/** One line for each rollout, what could not be judged, and how many of each. */
export function backtestLines(
  items: readonly BacktestItem[],
  { colours, columns }: Canvas,
): string[] {
  if (items.length === 0) return ['No rollout was recorded in this time.'];
  const head = ['ROLLOUT', 'APPLICATION', 'WAS', 'WOULD BE', 'REQUESTS', 'BECAUSE'];
  const rows = items.map((one) => [
    one.rollout,
    `${one.application} → ${one.environment}`,
    one.was.outcome,
    one.difference === 'same' ? 'the same' : one.would.outcome,
    requestWords(one.requests),
    plain(one.because),
  ]);
  const remarks = items.flatMap(({ rollout, analyses }) =>
    analyses.flatMap(({ leftOut, notes }) => [
      ...leftOut.map(({ metric, because }) => `${rollout}: ${metric} is left out: ${because}`),
      ...notes.map((note) => `${rollout}: ${note}`),
    ]),
  );
  return [
    ...table([head.map((one) => colours.dim(one)), ...rows], columns),
    ...(remarks.length > 0
      ? ['', ...shortened(remarks).map((one) => colours.dim(plain(one)))]
      : []),
    '',
    ...summaryLines(items),
  ];
}

const mostRemarks = 20;

function shortened(all: readonly string[]): readonly string[] {
  const left = all.length - mostRemarks;
  return left > 0 ? [...all.slice(0, mostRemarks), `… and ${left} more; see --json.`] : all;
}

function requestWords({ spared, added }: BacktestItem['requests']): string {
  if (spared === null || added === null) return '?';
  if (spared > 0) return `-${spared}`;
  return added > 0 ? `+${added}` : '0';
}

function summaryLines(items: readonly BacktestItem[]): string[] {
  const { rollouts, differences, spared, added } = summaryOf(items);
  const counts = (Object.entries(words) as [BacktestDifference, string][])
    .filter(([difference]) => differences[difference] > 0)
    .map(([difference, word]) => `${differences[difference]} ${word}`);
  const requests = [
    ...(spared > 0 ? [`${spared} requests to the candidate would have been spared`] : []),
    ...(added > 0 ? [`${added} more would have been exposed`] : []),
  ];
  const first = `${rollouts} ${rollouts === 1 ? 'rollout' : 'rollouts'}: ${counts.join(', ')}.`;
  return requests.length > 0 ? [first, `${requests.join('; ')}.`] : [first];
}
