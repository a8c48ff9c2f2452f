/** A place in a layer: a node, or where an edge passes that leads further down. */
export type Item = {
  readonly id: string;
  readonly layer: number;
  /** The node that the lines out of it come from. */
  readonly source: string;
  readonly isNode: boolean;
  readonly below: string[];
  readonly above: string[];
};

type Edge = { readonly from: string; readonly to: string };

/**
 * Nodes in layers, each below all that lead to it, ordered so that few lines cross. An edge over several layers goes
 * through an item in each; those of one node share it. What closes a circle is left out.
 */
export function layersOf(names: readonly string[], edges: readonly Edge[]): readonly Item[][] {
  const forward = withoutCircles(names, edges);
  const depth = depthsOf(names, forward);
  const items = new Map<string, Item>();
  const put = (id: string, layer: number, source: string, isNode: boolean): Item => {
    const item = items.get(id) ?? { id, layer, source, isNode, below: [], above: [] };
    items.set(id, item);
    return item;
  };
  const join = (upper: Item, lower: Item): void => {
    if (upper.below.includes(lower.id)) return;
    upper.below.push(lower.id);
    lower.above.push(upper.id);
  };
  for (const name of names) put(name, depth.get(name) ?? 0, name, true);
  for (const { from, to } of forward) {
    const last = depth.get(to) ?? 0;
    let upper = put(from, depth.get(from) ?? 0, from, true);
    for (let layer = upper.layer + 1; layer < last; layer += 1) {
      const through = put(`${from} ${layer}`, layer, from, false);
      join(upper, through);
      upper = through;
    }
    join(upper, put(to, last, to, true));
  }
  return ordered(items);
}

function withoutCircles(names: readonly string[], edges: readonly Edge[]): readonly Edge[] {
  const to = new Map<string, Edge[]>();
  for (const edge of edges) to.set(edge.from, [...(to.get(edge.from) ?? []), edge]);
  const state = new Map<string, 'open' | 'done'>();
  const kept: Edge[] = [];
  const visit = (name: string): void => {
    state.set(name, 'open');
    for (const edge of to.get(name) ?? []) {
      const is = state.get(edge.to);
      if (is === 'open') continue;
      kept.push(edge);
      if (is === undefined) visit(edge.to);
    }
    state.set(name, 'done');
  };
  for (const name of names) if (!state.has(name)) visit(name);
  return kept;
}

function depthsOf(names: readonly string[], edges: readonly Edge[]): ReadonlyMap<string, number> {
  const from = new Map<string, string[]>();
  for (const edge of edges) from.set(edge.to, [...(from.get(edge.to) ?? []), edge.from]);
  const depths = new Map<string, number>();
  const depthOf = (name: string): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    const depth = Math.max(-1, ...(from.get(name) ?? []).map(depthOf)) + 1;
    depths.set(name, depth);
    return depth;
  };
  for (const name of names) depthOf(name);
  return depths;
}

/** Each layer by the middle of what its items hang on, up and down a few times. */
function ordered(items: ReadonlyMap<string, Item>): readonly Item[][] {
  const layers: Item[][] = [];
  for (const item of items.values()) {
    const layer = layers[item.layer] ?? [];
    layers[item.layer] = layer;
    layer.push(item);
  }
  const sweep = (near: 'above' | 'below', inOrder: readonly Item[][]): void => {
    const places = new Map<string, number>();
    for (const layer of inOrder) {
      const middles = new Map(
        layer.map((item, at) => {
          const around = item[near].map((id) => places.get(id) ?? 0);
          const sum = around.reduce((total, place) => total + place, 0);
          return [item, around.length > 0 ? sum / around.length : at] as const;
        }),
      );
      layer.sort((a, b) => (middles.get(a) ?? 0) - (middles.get(b) ?? 0));
      for (const [at, item] of layer.entries()) places.set(item.id, at);
    }
  };
  for (let round = 0; round < 4; round += 1) {
    sweep('above', layers);
    sweep('below', layers.toReversed());
  }
  sweep('above', layers);
  return layers;
}

/**
 * Left edges of things of these widths that stand in this order, `gap` apart, as near as can be (least squares) to where
 * their middles would like to be.
 */
export function spread(
  wanted: readonly number[],
  widths: readonly number[],
  gap: number,
): readonly number[] {
  const offsets: number[] = [];
  let offset = 0;
  for (const width of widths) {
    offsets.push(offset);
    offset += width + gap;
  }
  // Pool adjacent violators: without the offsets, the places must only not fall.
  const pools: { sum: number; count: number }[] = [];
  for (const [at, middle] of wanted.entries()) {
    const place = middle - (widths[at] ?? 0) / 2 - (offsets[at] ?? 0);
    let pool = { sum: place, count: 1 };
    for (let last = pools.at(-1); last && last.sum / last.count > pool.sum / pool.count; ) {
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
      pools.pop();
      last = pools.at(-1);
    }
    pools.push(pool);
  }
  return pools
    .flatMap(({ sum, count }) => Array.from({ length: count }, () => Math.round(sum / count)))
    .map((place, at) => place + (offsets[at] ?? 0));
}
