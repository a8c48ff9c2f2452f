import type { RolloutRowView, RolloutTarget, RolloutView } from '../../contract/api/rollouts.ts';
import { type Colours, cut, pad, plain, since, table } from '../terminal.ts';

export type Canvas = { readonly colours: Colours; readonly columns: number; readonly now: Date };

const barWidth = 20;

/** A bar of 20 cells; the full part is the candidate's share. */
export function weightBar(percent: number, colours: Colours): string {
  const cells = Math.round((Math.min(100, Math.max(0, percent)) / 100) * barWidth);
  // A share that is there must be seen, and one that is not whole must not look whole.
  const full = percent > 0 && percent < 100 ? Math.min(barWidth - 1, Math.max(1, cells)) : cells;
  return colours.green('█'.repeat(full)) + colours.dim('░'.repeat(barWidth - full));
}

const paint: Readonly<Record<string, (colours: Colours) => (text: string) => string>> = {
  succeeded: (colours) => colours.green,
  steady: (colours) => colours.green,
  rolledBack: (colours) => colours.red,
  failed: (colours) => colours.red,
  rollingBack: (colours) => colours.red,
  aborted: (colours) => colours.yellow,
  superseded: (colours) => colours.dim,
  paused: (colours) => colours.yellow,
  waiting: (colours) => colours.yellow,
  pending: (colours) => colours.yellow,
};

export function phaseText(phase: string, colours: Colours): string {
  return (paint[phase]?.(colours) ?? colours.cyan)(phase);
}

/** The live picture of a rollout: where it is, why, what each target serves, what comes next. */
export function rolloutPicture(view: RolloutView, canvas: Canvas): string[] {
  const { colours, columns, now } = canvas;
  const from = view.stable === null ? 'first release' : `from ${view.stable}`;
  const place = view.terminal
    ? `ended after ${duration(view)}`
    : `wave ${view.wave + 1} of ${view.waves}${stepPlace(view)} · for ${since(view.startedAt, now)}`;
  return [
    `${colours.bold(`${view.application} → ${view.environment}`)}  ${view.release} (${from})  ${colours.dim(view.id)}`,
    `  ${phaseText(view.phase, colours)}  ${view.strategy}${flags(view)}, ${place}`,
    `  ${cut(plain(view.because), columns - 3)}`,
    '',
    ...table(
      view.targets.map((target) => targetRow(target, view, colours)),
      columns,
    ),
    ...previewLines(view, colours),
    ...stepLine(view, colours),
    ...retreatLines(view, colours),
  ];
}

const stepPlace = (view: RolloutView): string =>
  view.stepNames.length === 0
    ? ''
    : `, step ${Math.min(view.step + 1, view.stepNames.length)} of ${view.stepNames.length}`;

const flags = (view: RolloutView): string =>
  `${view.isRollback ? ' (rollback)' : ''}${view.fastTrack && !view.isRollback ? ' (fast track)' : ''}`;

const duration = (view: RolloutView): string =>
  view.endedAt === null ? '?' : since(view.startedAt, new Date(view.endedAt));

function targetRow(target: RolloutTarget, view: RolloutView, colours: Colours): string[] {
  const errors = `${target.errors} errors`;
  const link = target.connected ? '' : colours.red('not connected  ');
  const wave = view.waveNames[target.wave] ?? String(target.wave + 1);
  return [
    `  ${target.name}`,
    colours.dim(wave),
    weightBar(target.candidateWeight, colours),
    `${Math.round(target.candidateWeight)} %`.padStart(5),
    `ready ${target.candidateReady}/${target.candidateReplicas}`,
    `${target.requests} requests`,
    target.errors > 0 ? colours.red(errors) : errors,
    `${link}${plain(target.message)}`,
  ];
}

function previewLines({ targets }: RolloutView, colours: Colours): string[] {
  return targets.flatMap(({ name, preview }) =>
    preview === null ? [] : [`  ${colours.dim(`preview on ${name}:`)} ${plain(preview)}`],
  );
}

function stepLine(view: RolloutView, colours: Colours): string[] {
  if (view.stepNames.length === 0 || view.terminal) return [];
  const steps = view.stepNames.map((name, at) => {
    if (at < view.step) return colours.dim(`✓ ${name}`);
    return at === view.step ? colours.bold(`› ${name}`) : `· ${name}`;
  });
  return ['', `  ${steps.join('  ')}`];
}

function retreatLines(view: RolloutView, colours: Colours): string[] {
  if (!view.retreat) return [];
  const { since: seen, trafficBackAt, revert, revertCommit } = view.retreat;
  const back =
    trafficBackAt === null
      ? 'traffic is moving back'
      : `traffic was back after ${Date.parse(trafficBackAt) - Date.parse(seen)} ms`;
  const commit =
    revertCommit === null ? `revert: ${revert}` : `reverted by ${revertCommit.slice(0, 12)}`;
  return [
    '',
    `  ${colours.red('goes back')}: ${plain(view.retreat.because)}`,
    `  ${back}, ${commit}`,
  ];
}

/** One line that changes only when something that people care about did: for logs and pipes. */
export function rolloutLine(view: RolloutRowView): string {
  const place = view.terminal ? '' : ` wave ${view.wave + 1}/${view.waves}, ${view.weight} %:`;
  return `${view.id} ${view.phase}${view.terminal ? ':' : ','}${place} ${plain(view.because)}`;
}

export function rolloutTable(rows: readonly RolloutRowView[], canvas: Canvas): string[] {
  const { colours, columns, now } = canvas;
  if (rows.length === 0) return ['No rollouts.'];
  const head = ['ID', 'APPLICATION', 'ENVIRONMENT', 'RELEASE', 'PHASE', 'WEIGHT', 'AGE', 'BECAUSE'];
  const body = rows.map((row) => [
    row.id,
    row.application,
    row.environment,
    row.release,
    phaseText(row.phase, colours),
    pad(`${row.weight} %`, 5),
    since(row.startedAt, now),
    plain(row.because),
  ]);
  return table([head.map((cell) => colours.dim(cell)), ...body], columns);
}
