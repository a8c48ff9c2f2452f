import type { RunRowView, RunStepView, RunView } from '../../contract/api/runs.ts';
import { type Colours, cut, plain, since, table } from '../terminal.ts';
import type { Canvas } from './rollout.ts';

const signs: Readonly<Record<RunStepView['status'], string>> = {
  pending: '·',
  running: '▶',
  backingOff: '↻',
  succeeded: '✓',
  failed: '✗',
  errored: '!',
  cancelled: '■',
  skipped: '–',
  omitted: '–',
};

const paint: Readonly<Record<string, (colours: Colours) => (text: string) => string>> = {
  succeeded: (colours) => colours.green,
  failed: (colours) => colours.red,
  errored: (colours) => colours.red,
  cancelled: (colours) => colours.yellow,
  queued: (colours) => colours.yellow,
  backingOff: (colours) => colours.yellow,
  pending: (colours) => colours.dim,
  skipped: (colours) => colours.dim,
  omitted: (colours) => colours.dim,
};

/** A phase of a run or a status of a step, never by colour alone: the word stays. */
export const statusText = (status: string, colours: Colours): string =>
  (paint[status]?.(colours) ?? colours.cyan)(status);

const subject = ({ pipeline, application, release }: RunRowView | RunView): string =>
  [pipeline, application, release].filter((one) => one !== null).join(' · ');

export const runLine = (view: RunView): string =>
  `${view.id} ${view.phase} (${view.done} of ${view.steps}): ${plain(view.because)}`;

export function runTable(rows: readonly RunRowView[], { colours, columns, now }: Canvas): string[] {
  if (rows.length === 0) return [colours.dim('No runs.')];
  return table(
    rows.map((row) => [
      row.id,
      statusText(row.phase, colours),
      `${row.done}/${row.steps}`,
      plain(subject(row)),
      `${row.trigger} by ${plain(row.actor)}`,
      `${since(row.openedAt, now)} ago`,
      plain(row.because),
    ]),
    columns,
  );
}

/** The live picture of a run: each step in the order of its graph, how it is, and why. */
export function runPicture(view: RunView, { colours, columns, now }: Canvas): string[] {
  const began = view.startedAt ?? view.openedAt;
  const time =
    view.endedAt === null
      ? `for ${since(began, now)}`
      : `ended after ${since(began, new Date(view.endedAt))}`;
  const sections = (['steps', 'onFailure', 'finally'] as const).flatMap((section) => {
    const steps = view.graph.steps.filter((one) => one.section === section);
    if (steps.length === 0) return [];
    const rows = steps.map((step) => stepRow(step, colours, now));
    return [...(section === 'steps' ? [] : [colours.dim(`  ${section}`)]), ...table(rows, columns)];
  });
  return [
    `${colours.bold(plain(subject(view)))}  ${colours.dim(view.id)}`,
    `  ${statusText(view.phase, colours)}  ${view.done} of ${view.steps} steps, ${view.trigger} by ${plain(view.actor)}, ${time}`,
    `  ${cut(plain(view.because), columns - 3)}`,
    '',
    ...sections,
  ];
}

function stepRow(step: RunStepView, colours: Colours, now: Date): string[] {
  const lasted =
    step.startedAt === null
      ? ''
      : since(step.startedAt, step.endedAt === null ? now : new Date(step.endedAt));
  const again = step.attempt > 1 ? `attempt ${step.attempt}` : '';
  return [
    `  ${signs[step.status]} ${step.name}`,
    step.kind,
    statusText(step.status, colours),
    again === '' ? lasted : `${lasted} ${again}`.trim(),
    plain(step.because),
  ];
}
