import type { z } from 'zod';
import type { pipelineListSchema } from '../../contract/api/runs.ts';
import type { Pipeline } from '../../contract/kinds/pipeline.ts';
import type { Sql } from '../../platform/db/types.ts';
import { listDocuments } from '../sources/reads.ts';
import { listLastRuns } from './reads.ts';
import { viewRow } from './views.ts';

type Items = z.output<typeof pipelineListSchema>['items'];

/** Declared pipelines by name; those that were never declared well are among the problems of their source instead. */
export async function readPipelineList(sql: Sql): Promise<Items> {
  const documents = await listDocuments<Pipeline>(sql, 'Pipeline');
  const names = documents.map(({ name }) => name);
  const last = new Map((await listLastRuns(sql, names)).map((row) => [row.pipeline, row]));
  return documents.flatMap(({ name, repository, path, spec }) => {
    if (!spec) return [];
    const run = last.get(name);
    const { description = null, steps, triggers, inputs } = spec.spec;
    return [
      {
        ...{ name, repository, path, description },
        steps: steps.length,
        triggers: triggers.map((trigger) => trigger.name),
        inputs: Object.keys(inputs),
        lastRun: run ? viewRow(run) : null,
      },
    ];
  });
}
