import { expect } from 'vitest';
import { compileCondition } from '../../platform/cel/condition.ts';
import { analysisTemplateSchema } from '../kinds/analysis-template.ts';
import { parseYaml } from '../kinds/parse.ts';
import type { Fields, ImportNote, ImportResult, TemplateDocument } from './types.ts';

export type Done = {
  readonly documents: readonly TemplateDocument[];
  readonly notes: readonly ImportNote[];
  readonly metrics: readonly Fields[];
};

/** The documents of an import that went well; its YAML must read back as the same. */
export function done(result: ImportResult): Done {
  if (!result.ok) throw new Error(result.problem.detail);
  for (const { document, yaml } of result.documents) {
    const [read] = parseYaml(yaml, 'written.yaml');
    expect(read?.problems).toEqual([]);
    expect(read?.value).toEqual(document);
  }
  const documents = result.documents.map(({ document }) => document);
  return {
    documents,
    notes: result.notes,
    metrics: documents.flatMap((document) => document.spec.metrics),
  };
}

/** The same, with documents that are valid as they are, and whose conditions compile. */
export function valid(result: ImportResult): Done {
  const all = done(result);
  for (const document of all.documents) {
    const parsed = analysisTemplateSchema.safeParse(document);
    expect(parsed.error?.issues ?? []).toEqual([]);
  }
  for (const { successCondition, failureCondition } of all.metrics) {
    for (const condition of [successCondition, failureCondition]) {
      if (condition === undefined) continue;
      expect(compileCondition(String(condition))).toMatchObject({ ok: true });
    }
  }
  return all;
}

export const places = (notes: readonly ImportNote[]): readonly string[] =>
  notes.map(({ where }) => where);
