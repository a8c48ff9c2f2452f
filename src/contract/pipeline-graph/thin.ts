import type { GraphEdge } from './graph.ts';

/** A picture with more lines shows nothing, and takes long to draw. */
const many = 500;
const most = 800;

/** The edges to draw. Where there are very many, those that follow from others are left out, then the rest. */
export function thinned(edges: readonly GraphEdge[]): {
  readonly drawn: readonly GraphEdge[];
  readonly left: number;
} {
  if (edges.length <= many) return { drawn: edges, left: 0 };
  const to = new Map<string, string[]>();
  for (const { from, to: end } of edges) to.set(from, [...(to.get(from) ?? []), end]);
  const reach = new Map<string, ReadonlySet<string>>();
  const reachOf = (name: string): ReadonlySet<string> => {
    const known = reach.get(name);
    if (known) return known;
    const found = new Set<string>();
    // Set before it is full, so that a circle ends.
    reach.set(name, found);
    for (const next of to.get(name) ?? []) {
      found.add(next);
      for (const further of reachOf(next)) found.add(further);
    }
    return found;
  };
  const needed = edges.filter(
    ({ from, to: end, is }) =>
      is.length > 0 || !(to.get(from) ?? []).some((next) => next !== end && reachOf(next).has(end)),
  );
  const drawn = needed.slice(0, most);
  return { drawn, left: edges.length - drawn.length };
}
