import type { ASTNode } from '@marcbachmann/cel-js';

/** What an expression reads: `steps["build"].outputs.url` is the path `steps, build, outputs, url`. */
export type Read = { readonly path: readonly string[]; readonly at: number; readonly end: number };

/** What can be said of an expression before it has any values. Places are offsets in its text. */
export type Shape = {
  /** How deep loops (`all`, `exists`, `map` …) lie in each other. */
  readonly nesting: number;
  readonly calls: readonly { readonly name: string; readonly at: number; readonly ok: boolean }[];
  /** Of names that are not the variable of a loop; a path ends where a key is not written out. */
  readonly reads: readonly Read[];
  /** The first thing of the language that there is not here; null without one. */
  readonly strange: { readonly what: string; readonly at: number } | null;
};

const loops: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);

type Visit = {
  readonly node: ASTNode;
  readonly depth: number;
  readonly bound: ReadonlySet<string>;
};

export function shapeOf(root: ASTNode): Shape {
  const calls: { name: string; at: number; ok: boolean }[] = [];
  const reads: Read[] = [];
  let nesting = 0;
  let strange: Shape['strange'] = null;
  const open: Visit[] = [{ node: root, depth: 0, bound: new Set() }];
  for (let visit = open.pop(); visit; visit = open.pop()) {
    const { node, depth, bound } = visit;
    nesting = Math.max(nesting, depth);
    const what = strangeness(node);
    if (what && (strange === null || node.start < strange.at)) strange = { what, at: node.start };
    if (node.op === 'call') {
      const [name, [first]] = node.args;
      calls.push({ name, at: node.start, ok: name !== 'has' || first?.op === '.' });
    }
    if (node.op === 'rcall') calls.push({ name: node.args[0], at: node.start, ok: true });
    const read = readOf(node, bound);
    if (read) reads.push(read);
    // Below a path are only its parts.
    else open.push(...childrenOf(visit));
  }
  reads.sort((one, other) => one.at - other.at);
  return { nesting, calls, reads, strange };
}

function strangeness(node: ASTNode): string | null {
  if (node.op === '.?' || node.op === '[?]') return 'optional access';
  if (node.op !== 'value' || node.args === null || typeof node.args !== 'object') return null;
  return node.args instanceof Uint8Array ? 'a text of bytes' : 'an unsigned number';
}

/** The longest written path that begins here; null when it is none, or begins at a variable of a loop. */
function readOf(node: ASTNode, bound: ReadonlySet<string>): Read | null {
  const keys: string[] = [];
  let here = node;
  while (here.op === '.' || (here.op === '[]' && isKey(here.args[1]))) {
    keys.push(here.op === '.' ? here.args[1] : String(here.args[1].args));
    here = here.args[0];
  }
  if (here.op !== 'id' || bound.has(here.args)) return null;
  return { path: [here.args, ...keys.reverse()], at: here.start, end: node.end };
}

const isKey = (node: ASTNode): boolean => node.op === 'value' && typeof node.args === 'string';

function childrenOf({ node, depth, bound }: Visit): Visit[] {
  const same = (child: ASTNode): Visit => ({ node: child, depth, bound });
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [same(node.args[0])];
    case 'call':
      return node.args[1].map(same);
    case 'rcall': {
      const [name, receiver, args] = node.args;
      const [variable, ...bodies] = args;
      if (!loops.has(name) || variable?.op !== 'id') return [receiver, ...args].map(same);
      const inner = new Set([...bound, variable.args]);
      const within = (child: ASTNode): Visit => ({ node: child, depth: depth + 1, bound: inner });
      return [same(receiver), ...bodies.map(within)];
    }
    case 'map':
      return node.args.flat().map(same);
    case '!_':
    case '-_':
      return [same(node.args)];
    default:
      return node.args.map(same);
  }
}
