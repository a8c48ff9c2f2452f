import type { z } from 'zod';
import type { Json } from '../../../platform/ids/types.ts';
import type { StepAdapter, StepSubject } from '../port.ts';
import {
  analyzeEffectSchema,
  type analyzeFactsSchema,
  decideAnalyze,
  memorySchema,
} from './decide.ts';

export type AnalysisWish = {
  /** Key of the analysis; the same key twice is one analysis. */
  readonly key: string;
  readonly application: string;
  readonly environment: string;
  readonly templates: readonly string[];
  readonly args: { readonly [name: string]: string };
  readonly subject: StepSubject;
};

export type AnalyzeDeps = {
  readonly openAnalysis: (
    wish: AnalysisWish,
  ) => Promise<
    | { readonly is: 'opened'; readonly analysis: string }
    | { readonly is: 'unfit'; readonly because: string }
  >;
  readonly readAnalysis: (key: string) => Promise<z.output<typeof analyzeFactsSchema> | null>;
  /** Leaves the request `cancel`; the same key twice is one request. */
  readonly cancelAnalysis: (wish: {
    readonly analysis: string;
    readonly actor: string;
    readonly because: string;
    readonly key: string;
  }) => Promise<void>;
};

/** Judges what runs in an environment by an analysis that belongs to the run. */
export function analyzeStep({
  openAnalysis,
  readAnalysis,
  cancelAnalysis,
}: AnalyzeDeps): StepAdapter {
  return {
    kind: 'analyze',
    decide: decideAnalyze,
    async load({ memory }) {
      const analysis = memorySchema.safeParse(memory).data?.analysis;
      return analysis ? ((await readAnalysis(analysis)) as Json) : null;
    },
    async run(payload, { key, subject }) {
      const effect = analyzeEffectSchema.parse(payload);
      if (effect.do === 'open') {
        const { do: _, ...wish } = effect;
        const own = `${subject.run}/${subject.step}/${subject.attempt}`;
        return await openAnalysis({ ...wish, key: own, subject });
      }
      const { analysis, actor, because } = effect;
      await cancelAnalysis({ analysis, actor, because, key });
      return { analysis };
    },
  };
}
