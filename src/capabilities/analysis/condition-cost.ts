import type { ASTNode } from '@marcbachmann/cel-js';
import type { Json } from '../../platform/ids/types.ts';

/** What decides how much work a condition can be, read from its tree once. */
export type Shape = {
  readonly nodes: number;
  /** How deep loops (`all`, `exists`, `map` …) lie in each other. */
  readonly nesting: number;
  /** Places that join lists or texts; inside a loop each may double a value. */
  readonly joins: number;
  readonly longestList: number;
  readonly longestText: number;
  readonly calls: readonly { readonly name: string; readonly at: number }[];
};

const loops: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);

type Visit = { readonly node: ASTNode; readonly depth: number };

export function shapeOf(root: ASTNode): Shape {
  const calls: { name: string; at: number }[] = [];
  let nodes = 0;
  let nesting = 0;
  let joins = 0;
  let longestList = 1;
  let longestText = 1;
  const open: Visit[] = [{ node: root, depth: 0 }];
  for (let visit = open.pop(); visit; visit = open.pop()) {
    const { node, depth } = visit;
    nodes += 1;
    nesting = Math.max(nesting, depth);
    if (node.op === '+') joins += 1;
    if (node.op === 'list' || node.op === 'map')
      longestList = Math.max(longestList, node.args.length);
    if (node.op === 'value' && typeof node.args === 'string')
      longestText = Math.max(longestText, node.args.length);
    if (node.op === 'call' || node.op === 'rcall')
      calls.push({ name: node.args[0], at: node.start });
    open.push(...childrenOf(node, depth));
  }
  return { nodes, nesting, joins, longestList, longestText, calls };
}

function childrenOf(node: ASTNode, depth: number): Visit[] {
  const at =
    (inner: number) =>
    (child: ASTNode): Visit => ({ node: child, depth: inner });
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [at(depth)(node.args[0])];
    case 'call':
      return node.args[1].map(at(depth));
    case 'rcall': {
      const [name, receiver, args] = node.args;
      return [at(depth)(receiver), ...args.map(at(loops.has(name) ? depth + 1 : depth))];
    }
    case 'list':
      return node.args.map(at(depth));
    case 'map':
      return node.args.flat().map(at(depth));
    case '!_':
    case '-_':
      return [at(depth)(node.args)];
    default:
      return node.args.map(at(depth));
  }
}

/** How many times larger than its parts a value can become. Chained loops may double it at every join. */
export function growth(shape: Shape): number {
  return shape.nesting === 0 ? 1 + shape.joins : 2 ** shape.joins;
}

export type Weight = { readonly longestList: number; readonly longestText: number };

/** The longest list (or object) and the longest text anywhere in the values. Not recursive: depth is not trusted. */
export function weigh(values: readonly Json[]): Weight {
  let longestList = 1;
  let longestText = 1;
  const open: Json[] = [...values];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string') longestText = Math.max(longestText, value.length);
    if (typeof value !== 'object' || value === null) continue;
    const parts: readonly Json[] = Array.isArray(value) ? value : Object.values(value);
    longestList = Math.max(longestList, parts.length);
    for (const part of parts) open.push(part);
  }
  return { longestList, longestText };
}
