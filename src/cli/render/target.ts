import type { TargetApplicationView, TargetDetail } from '../../contract/api/fleet.ts';
import { plain, since, table } from '../terminal.ts';
import type { Canvas } from './rollout.ts';

/** One target: what it serves of each application, and under it what it serves otherwise than asked. */
export function targetDetail(target: TargetDetail, canvas: Canvas): string[] {
  const { colours, columns, now } = canvas;
  const seen =
    target.lastSeenAt === null ? 'never seen' : `seen ${since(target.lastSeenAt, now)} ago`;
  const state = target.connected ? colours.green('connected') : colours.red('not connected');
  const agent = `agent ${plain(target.agent ?? '-')}, ${seen}`;
  const head = `${target.name}  ${target.driver ?? '-'}  ${state}  ${agent}`;
  if (target.applications.length === 0) return [head, 'Nothing is asked of it.'];
  const rows = target.applications.flatMap((one) => applicationRows(one, canvas));
  const names = ['APPLICATION', 'DIFFERS IN', 'ASKED', 'SERVED'].map((cell) => colours.dim(cell));
  return [head, '', ...table([names, ...rows], columns)];
}

function applicationRows(one: TargetApplicationView, { colours }: Canvas): string[][] {
  const name = `${one.application}@${one.environment}`;
  if (one.drift.length === 0) return [[name, '-', colours.green('as asked'), '']];
  return one.drift.map(({ path, asked, served }, index) => [
    index === 0 ? name : '',
    plain(path),
    plain(asked),
    colours.yellow(plain(served)),
  ]);
}
