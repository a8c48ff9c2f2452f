import type { Environment } from '../../../contract/kinds/environment.ts';
import type { Json } from '../../../platform/ids/types.ts';
import type { StepAdapter } from '../port.ts';
import { decideWait } from './decide.ts';

export type WaitDeps = {
  /** Freeze windows of an environment as declared now; null when it is not declared. */
  readonly readFreeze: (environment: string) => Promise<Environment['spec']['freeze'] | null>;
};

/** Waits for time: a duration, an instant, a window, or the end of an environment's freeze. */
export function waitStep({ readFreeze }: WaitDeps): StepAdapter {
  return {
    kind: 'wait',
    decide: decideWait,
    async load({ settings }) {
      const { environment } = (settings ?? {}) as { readonly environment?: Json };
      if (typeof environment !== 'string') return null;
      return { windows: await readFreeze(environment) };
    },
  };
}
