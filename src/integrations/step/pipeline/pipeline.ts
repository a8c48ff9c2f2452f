import type { z } from 'zod';
import { sha256 } from '../../../platform/ids/digest.ts';
import type { Json } from '../../../platform/ids/types.ts';
import type { StepAdapter, StepSubject } from '../port.ts';
import { decidePipeline, pipelineEffectSchema, type pipelineFactsSchema } from './decide.ts';

export type RunWish = {
  /** Id of the run; the same id twice is one run. */
  readonly id: string;
  readonly pipeline: string;
  readonly inputs: { readonly [name: string]: Json };
  readonly parent: StepSubject;
};

export type PipelineDeps = {
  readonly startRun: (wish: RunWish) => Promise<void>;
  /** Asks a run to end; nothing happens when it is over, or when the same key asked before. */
  readonly cancelRun: (wish: {
    readonly run: string;
    readonly actor: string;
    readonly because: string;
    readonly key: string;
  }) => Promise<void>;
  readonly readRun: (id: string) => Promise<z.output<typeof pipelineFactsSchema> | null>;
};

/** Begins a run of another pipeline, and waits for its end. */
export function pipelineStep({ startRun, cancelRun, readRun }: PipelineDeps): StepAdapter {
  return {
    kind: 'pipeline',
    decide: decidePipeline,
    async load({ memory }) {
      const run = (memory as { readonly run?: Json } | null)?.run;
      return typeof run === 'string' ? ((await readRun(run)) as Json) : null;
    },
    async run(payload, { key, subject }) {
      const effect = pipelineEffectSchema.parse(payload);
      if (effect.do === 'cancel') {
        const { run, actor, because } = effect;
        await cancelRun({ run, actor, because, key });
        return { run };
      }
      const id = childRunId(key);
      const { pipeline } = effect;
      await startRun({ id, pipeline, inputs: effect.inputs as RunWish['inputs'], parent: subject });
      return { run: id };
    },
  };
}

/** The run of an effect, however often the effect is carried out. */
export const childRunId = (key: string): string => `run-${sha256(key).slice(0, 18)}`;
