import dagre from '@dagrejs/dagre';
import type { RunView } from '../../../../src/contract/api/runs.ts';

export const nodeSize = { width: 190, height: 58 } as const;

export type Place = { readonly x: number; readonly y: number };

/** Where each step stands, from left to right along its needs. Instances of a forEach hang below the step. */
export function placesOf({ steps, edges }: RunView['graph']): ReadonlyMap<string, Place> {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 56, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { name } of steps) graph.setNode(name, { ...nodeSize });
  for (const { from, to } of linksOf({ steps, edges })) graph.setEdge(from, to);
  dagre.layout(graph);
  return new Map(
    steps.map(({ name }) => {
      const { x = 0, y = 0 } = graph.node(name) ?? {};
      return [name, { x: x - nodeSize.width / 2, y: y - nodeSize.height / 2 }];
    }),
  );
}

type Link = { readonly from: string; readonly to: string; readonly label: string };

/** The needs, and from each forEach to its instances. */
export function linksOf({ steps, edges }: RunView['graph']): readonly Link[] {
  const known = new Set(steps.map(({ name }) => name));
  return [
    ...edges
      .filter(({ from, to }) => known.has(from) && known.has(to))
      .map(({ from, to, is }) => ({ from, to, label: is?.join(' or ') ?? '' })),
    ...steps
      .filter(({ index }) => index !== null)
      .map(({ name, step }) => ({ from: step, to: name, label: '' })),
  ];
}
