import type { Json } from '../../../platform/ids/types.ts';
import { seenOf } from '../answer.ts';
import type { Outbound } from '../outbound.ts';
import type { StepAdapter } from '../port.ts';
import { problemWords } from '../words.ts';
import { decideState, findingOf, settingsSchema, stateEffectSchema } from './decide.ts';

export type StateDeps = {
  readonly outbound: Outbound;
  /** What runs of an application in an environment; null when one of them is not declared. */
  readonly readState: (
    application: string,
    environment: string,
  ) => Promise<{ readonly [name: string]: Json } | null>;
};

/** Asks the world: what runs in an environment, or an HTTP endpoint. */
export function stateStep({ outbound, readState }: StateDeps): StepAdapter {
  return {
    kind: 'state',
    lane: 'long',
    decide: decideState,
    async load({ settings, subject }) {
      const read = settingsSchema.safeParse(settings).data;
      const application = read?.application ?? subject.application;
      if (!read?.environment || application === null) return null;
      return { state: await readState(application, read.environment) };
    },
    async run(payload, { signal }) {
      const { url, timeout, until, outputs } = stateEffectSchema.parse(payload);
      const answer = await outbound(
        { url, method: 'GET', headers: {}, confidential: {}, body: null, timeout },
        signal,
      );
      if (answer.ok) return findingOf(until, outputs, seenOf(answer)) as Json;
      // Waiting for a service to come up is what `until` is for; an address that is not allowed never will.
      const is = until === null || answer.problem.code === 'TG1922' ? 'errored' : 'notYet';
      return { is, because: problemWords(answer.problem), outputs: {} };
    },
  };
}
