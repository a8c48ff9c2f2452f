import type { KindDocument } from '../../contract/kinds/registry.ts';

/** Whether a document may begin runs by itself: a Pipeline with triggers, an Application that says something of its pipeline. */
export function beginsRuns(document: KindDocument): boolean {
  if (document.kind === 'Pipeline') return document.spec.triggers.length > 0;
  return document.kind === 'Application' && document.spec.pipeline !== undefined;
}
