import { checkCondition } from '../../platform/cel/condition.ts';
import { celOf } from './expression-cel.ts';
import { Inconvertible } from './expression-tokens.ts';
import { type Tree, treeOf } from './expression-tree.ts';

/**
 * How `result` of the other tool becomes ours. `same`: it is the same. `first`: there a number, here a list. `row`:
 * there a row if there is just one, here always a list of rows. `ids`: there a list of results with their values, here
 * the newest value by the id of its query; the ids are of those that return data, in their order.
 */
export type ResultShape = 'same' | 'first' | 'row' | { readonly ids: readonly string[] };

/** As long as ours may be; nothing longer is read. */
const longestCondition = 4096;

export type ConvertedCondition =
  | { readonly ok: true; readonly cel: string; readonly remarks: readonly string[] }
  | { readonly ok: false; readonly why: string };

/**
 * A condition of Argo Rollouts (expr-lang, with its functions isNaN, isInf, isNil, default, asInt and asFloat) as CEL
 * that the analysis takes; `{{args.NAME}}` becomes the argument, as a number outside of quotes. `remarks` say what it
 * does otherwise than before.
 */
export function convertCondition(text: string, shape: ResultShape): ConvertedCondition {
  const remarks = new Set<string>();
  const remark = (what: string): void => {
    remarks.add(what);
  };
  if (text.length > longestCondition) {
    return { ok: false, why: `it is longer than ${longestCondition} characters` };
  }
  try {
    const cel = celOf(shaped(treeOf(text), shape, remark), remark);
    const problem = checkCondition(cel);
    if (problem) return { ok: false, why: problem.detail };
    return { ok: true, cel, remarks: [...remarks] };
  } catch (error) {
    if (error instanceof Inconvertible) return { ok: false, why: error.message };
    throw error;
  }
}

type Remark = (what: string) => void;

const isResult = (tree: Tree): boolean => tree.kind === 'name' && tree.value === 'result';
const zero: Tree = { kind: 'number', value: '0' };

function shaped(tree: Tree, shape: ResultShape, remark: Remark): Tree {
  // The documentation of Graphite's provider calls it so.
  if (tree.kind === 'name' && tree.value === 'results') {
    return shaped({ ...tree, value: 'result' }, shape, remark);
  }
  if (shape === 'same') return inside(tree, (part) => shaped(part, shape, remark));
  if (typeof shape === 'object') return byId(tree, shape.ids, remark);
  const result: Tree = { kind: 'name', value: 'result' };
  const first: Tree = { kind: 'index', of: result, at: zero };
  if (tree.kind === 'index' && isResult(tree.of) && tree.at.kind === 'number') return tree;
  if (shape === 'first' && isResult(tree)) return first;
  if (shape === 'row' && (tree.kind === 'member' || tree.kind === 'index') && isResult(tree.of)) {
    return { ...tree, of: first };
  }
  return inside(tree, (part) => shaped(part, shape, remark));
}

/** `result[0].Values[0]` is the newest value of the first query; of all its values here is just that one. */
function byId(tree: Tree, ids: readonly string[], remark: Remark): Tree {
  const newest = (of: Tree): Tree | null => {
    if (of.kind !== 'member' || of.name !== 'Values' || of.of.kind !== 'index') return null;
    if (!isResult(of.of.of) || of.of.at.kind !== 'number') return null;
    const id = ids[Number(of.of.at.value)];
    if (id === undefined) throw new Inconvertible('it asks for a query that returns no data');
    return { kind: 'member', of: { kind: 'name', value: 'result' }, name: id };
  };
  if (tree.kind === 'index' && tree.at.kind === 'number' && tree.at.value === '0') {
    const value = newest(tree.of);
    if (value) return value;
  }
  const value = newest(tree);
  if (value) {
    remark('Of the values of a query only the newest is there.');
    return { kind: 'list', items: [value] };
  }
  if (isResult(tree)) throw new Inconvertible('of CloudWatch only Values are there');
  return inside(tree, (part) => byId(part, ids, remark));
}

/** The same with each of its direct parts changed. */
function inside(tree: Tree, change: (part: Tree) => Tree): Tree {
  switch (tree.kind) {
    case 'unary':
    case 'member':
      return { ...tree, of: change(tree.of) };
    case 'index':
      return { ...tree, of: change(tree.of), at: change(tree.at) };
    case 'binary':
      return { ...tree, left: change(tree.left), right: change(tree.right) };
    case 'choice':
      return {
        ...tree,
        when: change(tree.when),
        yes: change(tree.yes),
        no: change(tree.no),
      };
    case 'call':
      return { ...tree, args: tree.args.map(change) };
    case 'list':
      return { ...tree, items: tree.items.map(change) };
    default:
      return tree;
  }
}
