import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { fail } from '../errors/problem.ts';
import type { ReadSecret, SecretPlaces, SecretRef } from './types.ts';

/** Only variables with this beginning are given out: a document must not be able to name any other. */
export const secretPrefix = 'TIDEGATE_SECRET_';

/** Bytes of a secret file. */
const largest = 65_536;

/** Where this process has its secrets: its variables, and the directory TIDEGATE_SECRETS. */
export function secretPlaces(env: SecretPlaces['env'] = process.env): SecretPlaces {
  return { env, directory: env.TIDEGATE_SECRETS || null };
}

/**
 * Reads secrets of these places, anew each time, so that one that was exchanged counts at once. A file's trailing line
 * break is no part of it. Throws TG1911 with a reason that holds nothing of the secret.
 */
export function secretReader(places: SecretPlaces = secretPlaces()): ReadSecret {
  return async (ref) => {
    const value = ref.env === undefined ? await fromFile(places, ref) : fromEnv(places, ref.env);
    if (value !== '') return value;
    return refuse(`${nameOf(ref)} is empty.`);
  };
}

function fromEnv({ env }: SecretPlaces, name: string): string {
  if (!name.startsWith(secretPrefix)) {
    refuse(`The variable ${name} does not begin with ${secretPrefix}.`);
  }
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  return value ?? refuse(`The variable ${name} is not set.`);
}

/** A link may point anywhere below the directory, as mounted secrets do, and nowhere else. */
async function fromFile({ directory }: SecretPlaces, { file }: SecretRef): Promise<string> {
  if (file === undefined) return refuse('Neither a variable nor a file is named.');
  if (directory === null) {
    return refuse(`The file ${file} has no directory: TIDEGATE_SECRETS is not set.`);
  }
  try {
    const root = await realpath(directory);
    const path = await realpath(join(root, file));
    const facts = await stat(path);
    const isInside = path.startsWith(root + sep);
    if (isInside && facts.isFile() && facts.size <= largest) {
      return (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
    }
  } catch {
    // Why a file cannot be read says nothing that the reader may not know already.
  }
  return refuse(`There is no readable file ${file} of at most 64 KiB below TIDEGATE_SECRETS.`);
}

const nameOf = ({ env, file }: SecretRef): string =>
  env === undefined ? `The file ${file}` : `The variable ${env}`;

function refuse(detail: string): never {
  fail('TG1911', { detail });
}
