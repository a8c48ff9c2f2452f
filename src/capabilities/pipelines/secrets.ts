import { fail, ProblemError } from '../../platform/errors/problem.ts';
import { secretReader } from '../../platform/secrets/secrets.ts';
import type { SecretPlaces } from '../../platform/secrets/types.ts';
import type { StepEffect } from './types.ts';

export type { SecretPlaces } from '../../platform/secrets/types.ts';

/**
 * The value of a secret of the pipeline, by its name there. Throws TG1911, which says why and never what; also for a value
 * that no program can be given.
 */
export async function readSecret(
  places: SecretPlaces,
  declared: StepEffect['secrets'],
  name: string,
): Promise<string> {
  const from = Object.hasOwn(declared, name) ? declared[name] : undefined;
  if (!from) return refuse(name, 'The pipeline declares no secret of this name.');
  const value = await secretReader(places)(from).catch((error: unknown) => {
    if (!(error instanceof ProblemError)) throw error;
    return refuse(name, error.problem.detail);
  });
  return value.includes('\0') ? refuse(name, 'It holds a NUL.') : value;
}

const refuse = (name: string, why: string): never =>
  fail('TG1911', { detail: `Secret ${name}: ${why}` });
