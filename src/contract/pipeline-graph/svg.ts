import { Graph, layout } from '@dagrejs/dagre';
import { escapedXml } from '../../platform/text/xml.ts';
import type { GraphNode, PipelineGraph } from './graph.ts';
import { svgStyle } from './svg-style.ts';
import { thinned } from './thin.ts';

type Point = { readonly x: number; readonly y: number };
export type Placed = GraphNode & Point & { readonly width: number; readonly height: number };
export type PlacedEdge = {
  readonly from: string;
  readonly to: string;
  readonly is: readonly string[];
  readonly points: readonly Point[];
};
type Panel = {
  readonly title: string;
  readonly top: number;
  readonly nodes: readonly Placed[];
  readonly edges: readonly PlacedEdge[];
};
/** Where everything lies, in pixels; points are middles of nodes. */
export type Layout = {
  readonly width: number;
  readonly height: number;
  readonly panels: readonly Panel[];
};

const [boxWidth, lineHeight, padding, margin, titleHeight] = [252, 18, 12, 20, 28];
const titles = { steps: 'steps', onFailure: 'on failure', finally: 'finally' } as const;
const mostNotes = 3;

const heightOf = ({ notes }: GraphNode): number =>
  padding * 2 + lineHeight * (2 + Math.min(notes.length, mostNotes));

/** Lays every section out from left to right, one below the other. Pure: the same graph gives the same picture. */
export function layoutOf(graph: PipelineGraph): Layout {
  const panels: Panel[] = [];
  let [width, top] = [0, margin];
  for (const section of graph.sections) {
    const nodes = graph.nodes.filter((one) => one.section === section);
    if (nodes.length === 0) continue;
    const names = new Set(nodes.map((one) => one.name));
    const own = graph.edges.filter(({ from, to }) => names.has(from) && names.has(to));
    const { drawn, left } = thinned(own);
    const found = panelOf(nodes, drawn);
    const from = top + titleHeight;
    const moved = ({ x, y }: Point): Point => ({ x: x + margin, y: y + from });
    panels.push({
      title: `${titles[section]}${left > 0 ? ` (${left} needs are not drawn)` : ''}`,
      top,
      nodes: found.nodes.map((one) => ({ ...one, ...moved(one) })),
      edges: found.edges.map((one) => ({ ...one, points: one.points.map(moved) })),
    });
    width = Math.max(width, found.width);
    top = from + found.height + margin;
  }
  return { width: Math.ceil(width + margin * 2), height: Math.ceil(top), panels };
}

function panelOf(nodes: readonly GraphNode[], edges: PipelineGraph['edges']) {
  const graph = new Graph<
    { rankdir: string; nodesep: number; ranksep: number; width?: number; height?: number },
    { width: number; height: number; x?: number; y?: number },
    { points?: Point[] }
  >();
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 56 });
  // The library has names of its own, and knows no empty one.
  const ids = new Map(nodes.map((one, at) => [one.name, `n${at}`]));
  const idOf = (name: string): string => ids.get(name) ?? '';
  for (const one of nodes)
    graph.setNode(idOf(one.name), { width: boxWidth, height: heightOf(one) });
  const own = edges.filter(({ from, to }) => ids.has(from) && ids.has(to) && from !== to);
  for (const { from, to } of own) graph.setEdge(idOf(from), idOf(to), {});
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width,
    height,
    nodes: nodes.map((one): Placed => {
      const { x = 0, y = 0, width: wide, height: high } = graph.node(idOf(one.name));
      return { ...one, x, y, width: wide, height: high };
    }),
    edges: own.map(
      (one): PlacedEdge => ({
        ...one,
        points: graph.edge(idOf(one.from), idOf(one.to))?.points ?? [],
      }),
    ),
  };
}

/** The picture as one SVG document that needs nothing beside it, in light and dark. Every text is escaped. */
export function svgPicture(graph: PipelineGraph): string {
  const { width, height, panels } = layoutOf(graph);
  const name = escapedXml(graph.name);
  const count = `${graph.nodes.length} ${graph.nodes.length === 1 ? 'step' : 'steps'}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" class="tg-pipeline" role="img" aria-label="Pipeline ${name}, ${count}">
<title>Pipeline ${name}</title>
<style>${svgStyle}</style>
<defs><marker id="tg-arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" class="tip"/></marker></defs>
<rect width="${width}" height="${height}" class="paper"/>
${panels.map(panelText).join('\n')}
</svg>
`;
}

function panelText({ title, top, nodes, edges }: Panel): string {
  return `<g><text x="${margin}" y="${top + 14}" class="title">${escapedXml(title)}</text>
${edges.map(edgeText).join('\n')}
${nodes.map(nodeText).join('\n')}</g>`;
}

function edgeText({ points, is, from, to }: PlacedEdge): string {
  const path = points.map(({ x, y }, at) => `${at === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`);
  const title = `${from} → ${to}${is.length > 0 ? ` if ${is.join(' or ')}` : ''}`;
  return `<path d="${path.join(' ')}" class="edge${is.length > 0 ? ' asked' : ''}" marker-end="url(#tg-arrow)"><title>${escapedXml(title)}</title></path>`;
}

function nodeText(node: Placed): string {
  const { x, y, width, height, kind, icon, name, about, notes } = node;
  const [left, top] = [round(x - width / 2), round(y - height / 2)];
  const lines = [about, ...notes.slice(0, mostNotes)].map((text, at) => {
    const line = top + padding + lineHeight * (at + 2) - 5;
    return `<text x="${left + padding}" y="${line}" class="small">${escapedXml(cut(text, 33))}</text>`;
  });
  const all = [`${name} (${kind})`, about, ...notes].join('\n');
  return `<g class="node ${kind}"><title>${escapedXml(all)}</title>
<rect x="${left}" y="${top}" width="${width}" height="${height}" rx="6" class="box"/>
<rect x="${left}" y="${top}" width="5" height="${height}" rx="2" class="band"/>
<text x="${left + padding}" y="${top + padding + 12}" class="name"><tspan class="icon">${icon}</tspan> ${escapedXml(cut(name, 26))}</text>
${lines.join('\n')}</g>`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** By characters, so that none is cut in half. */
function cut(text: string, most: number): string {
  const whole = [...text.slice(0, 500).replaceAll(/\s+/g, ' ').trim()];
  return whole.length > most ? `${whole.slice(0, most - 1).join('')}…` : whole.join('');
}
