import { ProblemError, problem } from '../../platform/errors/problem.ts';
import type { Delivered } from './port.ts';

type Failed = Extract<Delivered, { readonly ok: false }>;

/** It did not answer, or answered that it cannot just now. */
export const notTaken = (detail: string, retryAfter: number | null = null): Failed => ({
  ok: false,
  problem: problem('TG1951', { detail }),
  blame: 'receiver',
  retryAfter,
});

export const tooFast = (detail: string, retryAfter: number | null): Failed => ({
  ok: false,
  problem: problem('TG1952', { detail }),
  blame: 'receiver',
  retryAfter,
});

/** It answers, and will not take this: the fault is the receiver's settings, or this one message. */
export const refused = (detail: string, blame: Failed['blame']): Failed => ({
  ok: false,
  problem: problem('TG1953', { detail }),
  blame,
  retryAfter: null,
});

/** Runs one delivery; a secret that cannot be read is a value too. Everything else that is thrown is a fault of ours. */
export async function withSecrets(run: () => Promise<Delivered>): Promise<Delivered> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { ok: false, problem: error.problem, blame: 'receiver', retryAfter: null };
  }
}
