import { channelRows, type Wire } from './channel.ts';
import type { GraphNode, PipelineGraph } from './graph.ts';
import { type Item, layersOf, spread } from './layers.ts';
import { thinned } from './thin.ts';

const titles = { steps: 'steps', onFailure: 'on failure', finally: 'finally' } as const;

/**
 * The picture of a pipeline as lines of text, at most `columns` wide: a box for each step, below all that it needs. A
 * section that is too wide for that is a list in the same order.
 */
export function textPicture(graph: PipelineGraph, columns: number): readonly string[] {
  const width = Math.max(30, columns);
  return graph.sections.flatMap((section, index) => {
    const nodes = graph.nodes.filter((one) => one.section === section);
    const names = new Set(nodes.map((one) => one.name));
    const edges = graph.edges.filter(({ from, to }) => names.has(from) && names.has(to));
    const layers = layersOf([...names], thinned(edges).drawn);
    const byName = new Map(nodes.map((one) => [one.name, one]));
    const picture = boxPicture(layers, byName, width) ?? listPicture(layers, byName, graph, width);
    const head = `── ${titles[section]} `.padEnd(Math.min(width, 60), '─');
    return [...(index > 0 ? [''] : []), ...(graph.sections.length > 1 ? [head] : []), ...picture];
  });
}

/** Box widths that are tried, the widest first. */
const boxWidths = [38, 30, 24, 18];

type Nodes = ReadonlyMap<string, GraphNode>;

function boxPicture(
  layers: readonly (readonly Item[])[],
  nodes: Nodes,
  width: number,
): readonly string[] | null {
  for (const most of boxWidths) {
    const picture = drawn(layers, nodes, most);
    if (picture?.every((line) => [...line].length <= width)) return picture;
  }
  return null;
}

type Box = { readonly lines: readonly string[]; readonly width: number };

function drawn(
  layers: readonly (readonly Item[])[],
  nodes: Nodes,
  most: number,
): readonly string[] | null {
  const boxes = new Map<string, Box>();
  for (const [name, node] of nodes) boxes.set(name, boxOf(node, most));
  const widthOf = (item: Item): number => boxes.get(item.id)?.width ?? 1;
  const lefts = placesOf(layers, widthOf);
  const middle = (item: Item): number => middleOf(lefts.get(item.id) ?? 0, widthOf(item));
  const items = new Map(layers.flat().map((item) => [item.id, item]));
  const whole = Math.max(0, ...layers.flat().map((one) => (lefts.get(one.id) ?? 0) + widthOf(one)));
  const lines: string[] = [];
  for (const layer of layers) {
    const wiresAside = (aside: number): Wire[] =>
      layer.flatMap((item) => {
        const to = item.below.flatMap((id) => {
          const lower = items.get(id);
          if (!lower) return [];
          const isAside = lower.isNode && lower.above.length > 1;
          return [{ id, at: middle(lower) + (isAside ? aside : 0), isNode: lower.isNode }];
        });
        return to.length === 0 ? [] : [{ from: item.id, at: middle(item), to }];
      });
    const below = wiring(wiresAside, whole);
    if (below === null) return null;
    lines.push(...layerRows(layer, boxes, lefts), ...below);
  }
  return lines;
}

/** Columns beside its middle in which lines may come to a box, when they would lie upon others otherwise. */
const asides = [0, 2, -2, 3, -3, 1, -1];

function wiring(
  wiresAside: (aside: number) => readonly Wire[],
  width: number,
): readonly string[] | null {
  if (wiresAside(0).length === 0) return [];
  for (const aside of asides) {
    const rows = channelRows(wiresAside(aside), width);
    if (rows) return rows;
  }
  return null;
}

const gap = 2;

/** Left edges: each layer as near as can be below the one before, then as near as can be above the one after. */
function placesOf(
  layers: readonly (readonly Item[])[],
  widthOf: (item: Item) => number,
): ReadonlyMap<string, number> {
  const middles = new Map<string, number>();
  const lefts = new Map<string, number>();
  const settle = (layer: readonly Item[], near: 'above' | 'below' | null): void => {
    const wanted = layer.map((item, at) => {
      const around = near === null ? [] : item[near];
      const known = around.map((id) => middles.get(id)).filter((one) => one !== undefined);
      if (known.length === 0) return middles.get(item.id) ?? at * 20;
      return known.reduce((sum, one) => sum + one, 0) / known.length;
    });
    const places = spread(wanted, layer.map(widthOf), gap);
    for (const [at, item] of layer.entries()) {
      const left = places[at] ?? 0;
      lefts.set(item.id, left);
      middles.set(item.id, left + (widthOf(item) - 1) / 2);
    }
  };
  for (const layer of layers) settle(layer, 'above');
  for (const layer of layers.toReversed()) settle(layer, 'below');
  for (const layer of layers) settle(layer, 'above');
  const widths = new Map(layers.flat().map((item) => [item.id, widthOf(item)]));
  for (const layer of layers.slice(1)) straighten(layer, lefts, widths);
  const least = Math.min(...lefts.values());
  return new Map([...lefts].map(([id, left]) => [id, left - least]));
}

const middleOf = (left: number, width: number): number => left + Math.floor((width - 1) / 2);

/** A line that would turn aside for a column or two only, because places are whole numbers, goes straight. */
function straighten(
  layer: readonly Item[],
  lefts: Map<string, number>,
  widths: ReadonlyMap<string, number>,
): void {
  const widthOf = (id: string): number => widths.get(id) ?? 1;
  const leftOf = (id: string): number => lefts.get(id) ?? 0;
  for (const [at, item] of layer.entries()) {
    const [above, ...more] = item.above;
    if (above === undefined || more.length > 0) continue;
    const left = leftOf(item.id);
    const width = widthOf(item.id);
    const aside = middleOf(leftOf(above), widthOf(above)) - middleOf(left, width);
    const before = layer[at - 1];
    const after = layer[at + 1];
    const room =
      (!before || leftOf(before.id) + widthOf(before.id) < left + aside) &&
      (!after || left + aside + width < leftOf(after.id));
    if (Math.abs(aside) <= 2 && room) lefts.set(item.id, left + aside);
  }
}

function layerRows(
  layer: readonly Item[],
  boxes: ReadonlyMap<string, Box>,
  lefts: ReadonlyMap<string, number>,
): string[] {
  const height = Math.max(...layer.map((item) => boxes.get(item.id)?.lines.length ?? 1));
  return Array.from({ length: height }, (_, row) =>
    layer
      .reduce((line, item) => {
        const box = boxes.get(item.id);
        const isLed = item.below.length > 0;
        const middle = box ? Math.floor((box.width - 1) / 2) : 0;
        // Below the box of a layer with higher ones, its line goes on.
        const text = box ? (box.lines[row] ?? (isLed ? `${' '.repeat(middle)}│` : '')) : '│';
        const led =
          box && isLed && row === box.lines.length - 1
            ? `${text.slice(0, middle)}┬${text.slice(middle + 1)}`
            : text;
        return `${line.padEnd(lefts.get(item.id) ?? 0)}${led}`;
      }, '')
      .trimEnd(),
  );
}

function boxOf(node: GraphNode, most: number): Box {
  const inner = most - 4;
  const lines = [`${node.icon} ${clean(node.name)}`, clean(node.about), ...node.notes.map(clean)];
  const cutLines = lines.map((line) => cut(line, inner));
  const width = Math.max(...cutLines.map((line) => line.length));
  return {
    width: width + 4,
    lines: [
      `┌${'─'.repeat(width + 2)}┐`,
      ...cutLines.map((line) => `│ ${line.padEnd(width)} │`),
      `└${'─'.repeat(width + 2)}┘`,
    ],
  };
}

/** One line a step: what comes before stands above, and is named. */
function listPicture(
  layers: readonly (readonly Item[])[],
  nodes: Nodes,
  graph: PipelineGraph,
  width: number,
): readonly string[] {
  return layers.flatMap((layer, index) => {
    const own = layer.flatMap((item) => (item.isNode ? (nodes.get(item.id) ?? []) : []));
    const lines = own.flatMap((node, at) => {
      const branch = own.length === 1 ? '─' : at === 0 ? '┬' : at === own.length - 1 ? '└' : '├';
      const needs = graph.edges.filter(({ to }) => to === node.name).map(({ from }) => clean(from));
      const after = needs.length > 0 ? `  ◀ ${needs.join(', ')}` : '';
      const lead = at === 0 ? String(index + 1).padStart(3) : '   ';
      const first = `${lead} ${branch}─ ${node.icon} ${clean(node.name)}${after}`;
      const rest = [clean(node.about), ...node.notes.map(clean)].join(' · ');
      const stem = at < own.length - 1 ? '│' : ' ';
      return [cut(first, width), cut(`    ${stem}    ${rest}`, width)];
    });
    return lines;
  });
}

/**
 * Characters that take one column wherever they are shown, so that boxes stay boxes; nothing that a terminal would obey.
 */
function clean(text: string): string {
  const short = text.slice(0, 500).replaceAll(/\s+/g, ' ').trim();
  return [...short]
    .map((one) => (/^[\u0020-\u007e\u00a1-\u00ac\u00ae-\u024f]$/.test(one) ? one : '?'))
    .join('');
}

const cut = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;
