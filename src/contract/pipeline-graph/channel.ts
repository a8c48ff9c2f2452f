/** One line from above: where it starts, and where it ends below. Places are columns, from 0. */
export type Wire = {
  readonly from: string;
  readonly at: number;
  readonly to: readonly { readonly id: string; readonly at: number; readonly isNode: boolean }[];
};

const [up, down, left, right] = [1, 2, 4, 8] as const;
const glyphs: Readonly<Record<number, string>> = {
  [up]: '│',
  [down]: '│',
  [up | down]: '│',
  [left]: '─',
  [right]: '─',
  [left | right]: '─',
  [up | right]: '└',
  [up | left]: '┘',
  [down | right]: '┌',
  [down | left]: '┐',
  [up | down | right]: '├',
  [up | down | left]: '┤',
  [down | left | right]: '┬',
  [up | left | right]: '┴',
  [up | down | left | right]: '┼',
};

type Cell = { readonly bits: Map<string, number>; readonly joined: Set<string> };

/**
 * The rows between two layers: each wire goes down, along a track of its own, and down to where it leads. Null when
 * wires would lie upon each other wherever their tracks are, because each starts where another one ends.
 */
export function channelRows(wires: readonly Wire[], width: number): readonly string[] | null {
  const tracks = tracksOf(wires);
  if (tracks === null) return null;
  const height = Math.max(1, ...[...tracks.values()].map((track) => track + 1));
  const grid = Array.from({ length: height }, () => new Map<number, Cell>());
  const draw = (row: number, column: number, owner: string, bits: number): Cell => {
    const cell = grid[row]?.get(column) ?? { bits: new Map(), joined: new Set() };
    grid[row]?.set(column, cell);
    cell.bits.set(owner, (cell.bits.get(owner) ?? 0) | bits);
    return cell;
  };
  for (const wire of wires) drawWire(wire, tracks.get(wire) ?? 0, height, draw);
  const heads = new Map(
    wires.flatMap(({ to }) => to.map(({ at, isNode }) => [at, isNode ? '▼' : '│'] as const)),
  );
  return [...grid.map((row) => rowText(row, width)), headText(heads, width)];
}

function drawWire(
  { from, at, to }: Wire,
  track: number,
  height: number,
  draw: (row: number, column: number, owner: string, bits: number) => Cell,
): void {
  const own = `from ${from}`;
  for (let row = 0; row < track; row += 1) draw(row, at, own, up | down);
  draw(track, at, own, up);
  for (const target of to) {
    const end = `to ${target.id}`;
    if (target.at === at) {
      // Straight down: whatever else leads there may join it all the way.
      for (let row = 0; row < track; row += 1) {
        draw(row, at, end, up | down)
          .joined.add(own)
          .add(end);
      }
    }
    const step = Math.sign(target.at - at);
    for (let column = at; column !== target.at; column += step) {
      draw(track, column, own, step > 0 ? right : left);
      draw(track, column + step, own, step > 0 ? left : right);
    }
    const corner = draw(track, target.at, end, down);
    corner.joined.add(own).add(end);
    for (let row = track + 1; row < height; row += 1) draw(row, target.at, end, up | down);
  }
}

function rowText(row: ReadonlyMap<number, Cell>, width: number): string {
  const line: string[] = [];
  for (let column = 0; column < width; column += 1) {
    const cell = row.get(column);
    line.push(cell ? glyphOf(cell) : ' ');
  }
  return line.join('').trimEnd();
}

/** Lines that meet are joined; of lines that only cross, the one that goes down lies above. */
function glyphOf({ bits, joined }: Cell): string {
  const together = [...bits.keys()].filter((owner) => joined.has(owner) || bits.size === 1);
  const apart = [...bits.keys()].filter((owner) => !together.includes(owner));
  const crossing = apart.some((owner) => ((bits.get(owner) ?? 0) & (up | down)) !== 0);
  if (crossing) return '│';
  const joint = together.reduce((all, owner) => all | (bits.get(owner) ?? 0), 0);
  return glyphs[joint] ?? '─';
}

function headText(heads: ReadonlyMap<number, string>, width: number): string {
  return Array.from({ length: width }, (_, column) => heads.get(column) ?? ' ')
    .join('')
    .trimEnd();
}

/**
 * A row for each wire that goes sideways. One that starts above where another one ends must turn away before that: it
 * gets a higher row. Two wires whose rows do not overlap may share one.
 */
function tracksOf(wires: readonly Wire[]): ReadonlyMap<Wire, number> | null {
  let isCircular = false;
  const tracks = new Map<Wire, number>();
  const after = (wire: Wire): readonly Wire[] =>
    wires.filter(
      (other) =>
        other !== wire &&
        wire.to.some(
          ({ id, at }) =>
            at === other.at && (other.to.length > 1 || !other.to.some((one) => one.id === id)),
        ),
    );
  const open = new Set<Wire>();
  const place = (wire: Wire): number => {
    const known = tracks.get(wire);
    if (known !== undefined) return known;
    if (open.has(wire)) {
      isCircular = true;
      return -1;
    }
    open.add(wire);
    let track = isStraight(wire) ? 0 : Math.max(-1, ...after(wire).map(place)) + 1;
    const taken = (at: number): boolean =>
      [...tracks].some(([other, row]) => row === at && !isStraight(other) && overlap(wire, other));
    while (!isStraight(wire) && taken(track)) track += 1;
    tracks.set(wire, track);
    return track;
  };
  for (const wire of wires) place(wire);
  return isCircular ? null : tracks;
}

const isStraight = ({ at, to }: Wire): boolean => to.every((end) => end.at === at);

function overlap(one: Wire, other: Wire): boolean {
  const [a, b] = [one, other].map(({ at, to }) => {
    const all = [at, ...to.map((end) => end.at)];
    return [Math.min(...all), Math.max(...all)] as const;
  });
  return a !== undefined && b !== undefined && a[0] <= b[1] && b[0] <= a[1];
}
