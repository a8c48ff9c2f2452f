import type { Application } from '../contract/kinds/application.ts';
import { asWritten } from '../contract/kinds/as-written.ts';
import { type Pipeline, pipelineSchema } from '../contract/kinds/pipeline.ts';
import { goldenPath } from '../contract/kinds/pipeline-golden.ts';
import { parseDocuments } from '../contract/kinds/validate.ts';
import { type Problem, ProblemError } from '../platform/errors/problem.ts';
import { readDocuments } from './documents.ts';

/** What the documents of a directory or a file declare. */
export type DeclaredPipelines = {
  pipeline(name: string): Pipeline | null;
  ofApplication(name: string): { readonly pipeline: Pipeline; readonly generated: boolean } | null;
  /** Pipelines; where there are none, those made for applications. */
  all(): readonly Pipeline[];
};

/** A document that is wrong stops nobody from seeing the others; whoever asks for it is told why there is none. */
export async function declaredIn(path: string): Promise<DeclaredPipelines> {
  const pipelines = new Map<string, Pipeline>();
  const applications = new Map<string, Application>();
  const wrong = new Map<string, Problem>();
  for (const file of await readDocuments(path)) {
    const { documents, broken } = parseDocuments(file.text, file.path);
    for (const { document } of documents) {
      if (document.kind === 'Pipeline') pipelines.set(document.metadata.name, document);
      if (document.kind === 'Application') applications.set(document.metadata.name, document);
    }
    for (const { kind, name, problems } of broken) {
      const [first] = problems;
      if (first) wrong.set(`${kind} ${name}`, first);
    }
  }
  const told = (kind: string, name: string): void => {
    const problem = wrong.get(`${kind} ${name}`);
    if (problem) throw new ProblemError(problem);
  };
  const pipeline = (name: string): Pipeline | null => {
    const found = pipelines.get(name);
    if (!found) told('Pipeline', name);
    return found ?? null;
  };
  const all = (): readonly Pipeline[] => {
    const own = [...pipelines.values()];
    const [first] = wrong.values();
    if (own.length === 0 && applications.size === 0 && first) throw new ProblemError(first);
    return own.length > 0 ? own : [...applications.values()].map(goldenPath);
  };
  return {
    pipeline,
    ofApplication: (name) => {
      const found = applications.get(name);
      if (!found) {
        told('Application', name);
        return null;
      }
      const own = found.spec.pipeline;
      if (own === undefined || !('name' in own)) {
        return { pipeline: goldenPath(found), generated: true };
      }
      const named = pipeline(own.name);
      return named && { pipeline: named, generated: false };
    },
    all,
  };
}

/** A pipeline as a server tells it, with its defaults and with durations in milliseconds. */
export const pipelineFrom = (document: unknown): Pipeline =>
  pipelineSchema.parse(asWritten({ ...(document as Pipeline), kind: 'Pipeline' }));
