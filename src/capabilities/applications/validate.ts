import type { Validated } from '../../contract/api/validate.ts';
import { isKindName, type KindName } from '../../contract/kinds/registry.ts';
import type { DocumentFile } from '../../contract/kinds/validate.ts';
import type { Sql } from '../../platform/db/types.ts';
import type { Checker } from './checker.ts';
import { listGood } from './reads.ts';
import { viewProblem } from './views.ts';

/** What documents of a kind, and what those in their turn, refer to. */
const neighbours: Readonly<Record<KindName, readonly KindName[]>> = {
  Application: ['Environment', 'AnalysisTemplate', 'Pipeline'],
  Environment: ['Target'],
  Target: [],
  AnalysisTemplate: [],
  Pipeline: ['Application', 'Environment', 'AnalysisTemplate', 'Pipeline', 'Channel'],
  Release: ['Application', 'Environment'],
  Channel: [],
};

/** Far more than an installation declares beside its releases. */
const mostNeighbours = 10_000;

/**
 * Checks a text as `tidegate validate` checks a directory, beside what is declared now: it may refer to that, and a
 * document that is declared already is meant as its next version. Nothing is kept. TG1005 when it takes too much.
 */
export async function validateText(
  sql: Sql,
  checker: Checker,
  file: DocumentFile,
): Promise<Validated> {
  const wanted = new Set(kindsIn(file.text).flatMap((kind) => neighbours[kind]));
  const elsewhere = wanted.size === 0 ? [] : await listGood(sql, [...wanted], mostNeighbours);
  const { documents, problems } = await checker.check({ file, elsewhere });
  return { documents: documents.map((one) => ({ ...one })), problems: problems.map(viewProblem) };
}

/** Kinds that a text may be of, at a glance: one too many only means that more is read. */
function kindsIn(text: string): readonly KindName[] {
  const words = text.matchAll(/kind["']?\s{0,20}:\s{0,20}["']?([A-Za-z]{1,30})/g);
  return [...new Set([...words].map(([, word = '']) => word))].filter(isKindName);
}
