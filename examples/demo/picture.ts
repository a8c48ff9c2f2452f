import type { Head } from '../../src/workspace/git.ts';
import { noRelease } from '../load/tally.ts';
import type { Recent } from './traffic.ts';

export type Paint = {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly cyan: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly magenta: (text: string) => string;
};

export type Picture = {
  readonly title: string;
  readonly seconds: number;
  readonly controlPlane: 'up' | 'killed';
  readonly requests: number;
  /** Production targets, in the order of their waves. */
  readonly targets: readonly { readonly name: string; readonly recent: Recent }[];
  readonly versions: ReadonlyMap<string, string>;
  readonly phase: string;
  readonly because: string;
  readonly log: readonly Head[];
};

const barWidth = 40;
/** A version is told by its shade too: not everyone sees colours, and not every terminal shows them. */
const shades = ['█', '▒', '▓'];

/** The picture as text; every line fits `width`. */
export function drawPicture(picture: Picture, paint: Paint, width: number): string {
  const plane =
    picture.controlPlane === 'up'
      ? paint.green('control plane up')
      : paint.red('control plane killed');
  return [
    `${paint.bold('tidegate demo')}  ${clock(picture.seconds)}  ${plane}  ${picture.requests} requests`,
    paint.bold(cut(picture.title, width)),
    '',
    ...picture.targets.flatMap((one) => drawTarget(one, picture.versions, paint)),
    '',
    ...wrap(`${picture.phase ? `${picture.phase}: ` : ''}${picture.because}`, width),
    '',
    paint.dim('git log of the config repository'),
    ...picture.log.map((one) => drawCommit(one, paint, width)),
  ].join('\n');
}

function drawTarget(
  { name, recent }: Picture['targets'][number],
  versions: ReadonlyMap<string, string>,
  paint: Paint,
): string[] {
  const colours = [paint.cyan, paint.yellow, paint.magenta];
  const known = [...versions.values()];
  const shares = Object.entries(recent.shares)
    .map(([release, share]) => ({ version: nameOf(release, versions), share }))
    .sort((a, b) => (a.version < b.version ? -1 : 1));
  const bars = splitBar(shares.map((one) => one.share)).map((cells, at) => {
    const version = shares[at]?.version ?? '';
    const kind = (uniqueIndex(known, version) + 3) % 3;
    return (colours[kind] ?? paint.cyan)((shades[kind] ?? '█').repeat(cells));
  });
  const legend = shares.map((one) => `${one.version} ${Math.round(one.share * 100)} %`).join(' · ');
  const failed = recent.failed > 0 ? paint.red(`${recent.failed} failed`) : paint.dim('0 failed');
  const empty = paint.dim('░'.repeat(shares.length === 0 ? barWidth : 0));
  return [
    `  ${name.padEnd(8)} ${bars.join('')}${empty}  ${String(recent.perSecond).padStart(4)}/s  ${failed}`,
    `  ${' '.repeat(8)} ${legend || paint.dim('no traffic yet')}`,
  ];
}

const nameOf = (release: string, versions: ReadonlyMap<string, string>): string =>
  release === noRelease ? 'no answer' : (versions.get(release) ?? release);
const uniqueIndex = (known: readonly string[], version: string): number =>
  [...new Set(known)].indexOf(version);

/** Cells of the bar for each share. They sum to its width, and what is there at all gets a cell. */
export function splitBar(shares: readonly number[], width = barWidth): number[] {
  const cells = shares.map((share) => Math.max(share > 0 ? 1 : 0, Math.round(share * width)));
  const rest = width - cells.reduce((sum, one) => sum + one, 0);
  const widest = cells.indexOf(Math.max(...cells, 0));
  return cells.map((one, at) => (at === widest ? one + rest : one));
}

function drawCommit(commit: Head, paint: Paint, width: number): string {
  const line = `${commit.commit.slice(0, 8)} ${commit.subject} (${commit.author})`;
  return cut(line, width - 2)
    .replace(/^(\w{8})/, (id) => `  ${paint.yellow(id)}`)
    .replace('Roll back', paint.red('Roll back'));
}

/** Exactly two lines, so that what is below stays where it is. */
function wrap(text: string, width: number): string[] {
  const space = text.lastIndexOf(' ', width);
  const at = text.length <= width || space < width / 2 ? width : space;
  return [text.slice(0, at), cut(text.slice(at).trimStart(), width)];
}

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;

const clock = (seconds: number): string =>
  `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
