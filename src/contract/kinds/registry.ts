import type { z } from 'zod';
import { analysisTemplateSchema } from './analysis-template.ts';
import { applicationSchema } from './application.ts';
import { channelSchema } from './channel.ts';
import { environmentSchema } from './environment.ts';
import { pipelineSchema } from './pipeline.ts';
import { releaseSchema } from './release.ts';
import { targetSchema } from './target.ts';

/** Every kind that can be declared in Git: its schema is the source of its type, its JSON Schema and its reference. */
export const kinds = {
  Application: applicationSchema,
  Environment: environmentSchema,
  Target: targetSchema,
  AnalysisTemplate: analysisTemplateSchema,
  Pipeline: pipelineSchema,
  Release: releaseSchema,
  Channel: channelSchema,
} as const;

export type KindName = keyof typeof kinds;
/** A valid document of a kind, with defaults filled in and durations in milliseconds. */
export type KindDocument<K extends KindName = KindName> = z.output<(typeof kinds)[K]>;

export const kindNames = Object.keys(kinds) as readonly KindName[];

export function isKindName(text: string): text is KindName {
  return Object.hasOwn(kinds, text);
}

/** What a document is known by among its kind: its name; for a Release `environment/application`. */
export function documentName(document: KindDocument): string {
  return document.kind === 'Release'
    ? `${document.metadata.environment}/${document.metadata.name}`
    : document.metadata.name;
}
