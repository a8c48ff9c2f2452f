import type { Estimate, Simulated, Simulation } from '../../contract/simulate/schema.ts';
import { isNone, percent, type Series, seriesOf } from '../../contract/simulate/series.ts';
import { plain, table } from '../terminal.ts';
import type { Canvas } from './rollout.ts';

/** What is caught of each size of harm, the requests that meet it in each step, and what no harm comes to. */
export function simulationLines(
  { steps, notes, results }: Simulation,
  { colours, columns }: Canvas,
): string[] {
  const series = seriesOf(results).flatMap((one) => [
    ...seriesLines(one, steps, columns, colours.dim),
    '',
  ]);
  const none = results.find(({ harm }) => isNone(harm));
  const incomplete = results.some(({ complete }) => !complete);
  return [
    ...series,
    ...(none ? [noHarm(none)] : []),
    ...(incomplete
      ? ['Time ran out before all seeds were run; the intervals say what is known.']
      : []),
    ...notes.map((note) => colours.dim(`Taken to be so: ${plain(note)}.`)),
  ];
}

const heads = { errors: 'ERRORS', latency: 'SLOWER BY' } as const;

function seriesLines(
  { name, points }: Series,
  steps: readonly string[],
  columns: number,
  dim: (text: string) => string,
): string[] {
  const head = [heads[name], 'CAUGHT', 'MOSTLY IN', 'MEDIAN', 'P95', 'UNCLEAR', 'EXPOSED'];
  const rows = points.map(({ label, of }) => [
    label,
    interval(of.caught),
    stepWords(of, steps),
    timeWords(of.timeToCatch?.median),
    timeWords(of.timeToCatch?.p95),
    percent(of.unclear.share),
    String(Math.round(of.exposed)),
  ]);
  const used = steps.flatMap((words, at) =>
    points.some(({ of }) => (of.steps[at]?.exposed ?? 0) > 0) ? [{ words, at }] : [],
  );
  const exposed = used.map(({ words, at }) => [
    `${at + 1} ${plain(words)}`,
    ...points.map(({ of }) => String(Math.round(of.steps[at]?.exposed ?? 0))),
  ]);
  const second = ['EXPOSED IN', ...points.map(({ label }) => label)];
  return [
    ...table([head.map(dim), ...rows], columns),
    '',
    ...table([second.map(dim), ...exposed], Math.max(columns, 200)),
  ];
}

const interval = ({ share, low, high }: Estimate): string =>
  `${percent(share)} (${percent(low)} to ${percent(high)})`;

/** The step in which most of those that were caught were caught. */
function stepWords({ steps, caught }: Simulated, words: readonly string[]): string {
  if (caught.count === 0) return '-';
  const own = steps.map((one, at) => one.caught.count - (steps[at - 1]?.caught.count ?? 0));
  const most = own.indexOf(Math.max(...own));
  return `${most + 1} ${plain(words[most] ?? '')} (${percent((own[most] ?? 0) / caught.count)})`;
}

/** `35 s`, `12 min`, `2.5 h` */
function timeWords(ms: number | undefined): string {
  if (ms === undefined) return '-';
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 6) / 10} min`;
  return `${Math.round(seconds / 360) / 10} h`;
}

function noHarm({ caught, passed, unclear, timeToPass, runs }: Simulated): string {
  const time = timeToPass ? `, in ${timeWords(timeToPass.median)}` : '';
  const stuck = unclear.count > 0 ? `, ${percent(unclear.share)} end without a verdict` : '';
  return `No harm, ${runs} runs: ${interval(caught)} false alarms, ${percent(passed.share)} pass${time}${stuck}.`;
}
