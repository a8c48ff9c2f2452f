import { effectStatements } from './effect-statements.ts';
import { engineStatements } from './engine-statements.ts';
import { fleetStatements } from './fleet-statements.ts';
import { journalStatements } from './journal-statements.ts';
import { releaseStatements } from './release-statements.ts';
import { runStatements } from './run-statements.ts';
import { sourceStatements } from './source-statements.ts';
import type { Statement } from './statement.ts';

export const twins: readonly Statement[] = [
  ...engineStatements,
  ...journalStatements,
  ...effectStatements,
  ...fleetStatements,
  ...releaseStatements,
  ...sourceStatements,
  ...runStatements,
];

/** The answer depends on the text alone, and the product has some sixty texts. */
const known = new Map<string, Statement>();

/** The twin of a statement. Throws for one that has none, or more than one. */
export function twinOf(text: string): Statement {
  const before = known.get(text);
  if (before) return before;
  const plain = text.replaceAll(/\s+/g, ' ').replaceAll('( ', '(').trim();
  const [first, second] = twins.filter(
    ({ is, has }) => plain.startsWith(is) && (has === undefined || plain.includes(has)),
  );
  if (!first) throw new Error(`the simulated database does not know this statement: ${plain}`);
  if (second) throw new Error(`${first.is} and ${second.is} are both this statement: ${plain}`);
  known.set(text, first);
  return first;
}
