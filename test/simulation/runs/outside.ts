import type { Outbound } from '../../../src/integrations/step/outbound.ts';
import { problem } from '../../../src/platform/errors/problem.ts';
import type { Random } from '../random.ts';

/** What the services out there are up to, that steps ask over HTTP. */
export type OutsideMood = { isWell: boolean };

export type Outside = { readonly mood: OutsideMood; readonly outbound: Outbound };

export type OutsideDeps = {
  readonly random: Random;
  readonly hit: (what: 'outside-error' | 'outside-silent') => void;
};

/** Answers by chance: well, with an error, or not at all. The same key has the same answer, however often it asks. */
export function simulatedOutside({ random, hit }: OutsideDeps): Outside {
  const mood: OutsideMood = { isWell: false };
  const said = new Map<string, 200 | 500>();
  const answerTo = (key: string): 200 | 500 => {
    const status = said.get(key) ?? (random.chance(mood.isWell ? 0 : 0.2) ? 500 : 200);
    said.set(key, status);
    return status;
  };
  return {
    mood,
    outbound: async ({ url, headers }, signal) => {
      signal.throwIfAborted();
      if (!mood.isWell && random.chance(0.1)) {
        hit('outside-silent');
        return { ok: false, problem: problem('TG1921', { detail: 'Nobody answered.' }) };
      }
      const status = answerTo(headers['idempotency-key'] ?? url);
      if (status === 500) hit('outside-error');
      return { ok: true, status, headers: {}, text: '', place: url };
    },
  };
}
