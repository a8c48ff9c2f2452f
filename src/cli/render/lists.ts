import type { EventView } from '../../contract/api/events.ts';
import type { TargetSummary } from '../../contract/api/fleet.ts';
import type { ReleaseView } from '../../contract/api/releases.ts';
import type { StatusRow } from '../../contract/api/status.ts';
import { plain, since, table } from '../terminal.ts';
import { problemLines } from './problem.ts';
import { type Canvas, phaseText, weightBar } from './rollout.ts';

const short = (id: string | null): string => (id === null ? '-' : id.slice(0, 14));

export function statusTable(rows: readonly StatusRow[], canvas: Canvas): string[] {
  const { colours, columns } = canvas;
  if (rows.length === 0) return ['No applications are declared yet. See: tidegate source list'];
  const head = ['APPLICATION', 'ENVIRONMENT', 'STATE', 'STABLE', 'NEXT', 'TRAFFIC', 'BECAUSE'];
  const body = rows.map((row) => {
    const active = row.rollout && !row.rollout.terminal ? row.rollout : null;
    const traffic = active ? `${weightBar(active.weight, colours)} ${active.weight} %` : '';
    return [
      row.application,
      row.environment,
      phaseText(row.state, colours),
      short(row.stable),
      active ? short(active.release) : '-',
      traffic,
      plain(row.because),
    ];
  });
  const problems = rows.flatMap((row) =>
    row.problems.flatMap((one) => ['', ...problemLines(one, colours)]),
  );
  return [...table([head.map((cell) => colours.dim(cell)), ...body], columns), ...problems];
}

/** Everything about the few rows of one application. */
export function statusDetail(rows: readonly StatusRow[], canvas: Canvas): string[] {
  const endpoints = rows.flatMap((row) =>
    row.endpoints.map((one) => [
      `  ${row.environment}`,
      one.target,
      one.converged ? canvas.colours.green('converged') : canvas.colours.yellow('converging'),
      one.url ?? '-',
    ]),
  );
  const where = endpoints.length > 0 ? ['', ...table(endpoints, canvas.columns)] : [];
  return [...statusTable(rows, canvas), ...where];
}

export function releaseTable(rows: readonly ReleaseView[], canvas: Canvas): string[] {
  const { colours, columns, now } = canvas;
  if (rows.length === 0) return ['No releases yet.'];
  const head = ['RELEASE', 'COMMIT', 'AGE', 'WHERE', 'BY', 'SUBJECT'];
  const body = rows.map((row) => [
    row.id,
    row.commit.slice(0, 12),
    since(row.createdAt, now),
    [
      ...row.stableIn.map((name) => colours.green(name)),
      ...row.quarantinedIn.map((name) => colours.red(`failed in ${name}`)),
    ].join(', '),
    plain(row.createdBy),
    plain(row.subject),
  ]);
  return table([head.map((cell) => colours.dim(cell)), ...body], columns);
}

export function eventLine(event: EventView, canvas: Canvas): string {
  const { colours } = canvas;
  const subject = [event.application, event.environment].filter((part) => part !== null).join('@');
  const outcome = event.outcome === 'done' ? '' : `${colours.red(event.outcome)} `;
  const head = `${colours.dim(event.at.slice(0, 19).replace('T', ' '))}  ${event.type}`;
  return `${head}  ${subject}  ${plain(event.actor)}  ${outcome}${plain(event.because)}`;
}

export function targetTable(rows: readonly TargetSummary[], canvas: Canvas): string[] {
  const { colours, columns, now } = canvas;
  if (rows.length === 0) return ['No targets are declared yet.'];
  const head = ['TARGET', 'DRIVER', 'AGENT', 'STATE', 'SEEN', 'APPLICATIONS'];
  const body = rows.map((row) => [
    row.name,
    row.driver ?? '-',
    row.agent ?? '-',
    row.connected ? colours.green('connected') : colours.red('not connected'),
    row.lastSeenAt === null ? 'never' : since(row.lastSeenAt, now),
    row.applications
      .map((one) => `${one.application}${one.converged ? '' : ' (converging)'}`)
      .join(', '),
  ]);
  return table([head.map((cell) => colours.dim(cell)), ...body], columns);
}
