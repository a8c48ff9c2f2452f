import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Intent } from '../capabilities/fleet/types.ts';
import type { Target } from '../contract/kinds/target.ts';
import { intentSchema, specSchema } from './wire.ts';

/** What an agent must know to serve after its own restart while nobody answers: the last of everything it was told. */
export type Memory = {
  readonly revision: number;
  readonly spec: Target['spec'] | null;
  readonly intents: readonly Intent[];
};

const headSchema = z.object({ revision: z.int().min(0), spec: specSchema });
const nothing: Memory = { revision: 0, spec: null, intents: [] };
const headFile = 'target.json';
const intentFile = (application: string): string => `intent-${application}.json`;

/**
 * Reads a folder with one file per application, so that news of one costs one write however many there are. With
 * a file that is missing or torn it starts from nothing: the control plane then tells all again.
 */
export function readMemory(directory: string): Memory {
  try {
    const head = headSchema.parse(readJson(join(directory, headFile)));
    const names = readdirSync(directory).filter((name) => /^intent-.+\.json$/.test(name));
    const intents = names.map((name) => intentSchema.parse(readJson(join(directory, name))));
    return { ...head, intents };
  } catch {
    return nothing;
  }
}

/** Writes what changed, and the revision last: a crash in between makes the agent ask for the same news again. */
export function writeMemory(directory: string, memory: Memory, changed: readonly Intent[]): void {
  mkdirSync(directory, { recursive: true });
  for (const intent of changed) writeJson(join(directory, intentFile(intent.application)), intent);
  const { revision, spec } = memory;
  writeJson(join(directory, headFile), { revision, spec });
}

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

/** Intents hold environment variables of services: only the agent's user may read them. */
function writeJson(file: string, value: unknown): void {
  writeFileSync(`${file}.part`, JSON.stringify(value), { mode: 0o600 });
  renameSync(`${file}.part`, file);
}

export type News = {
  readonly revision: number;
  readonly target: Target['spec'] | null;
  readonly intents: readonly Intent[];
};

/**
 * Takes news in: per application the highest generation stays. With `anew`, what is told replaces what is known
 * whatever its generation, and what is not told stays. `changed` are the intents that were taken.
 */
export function remember(
  memory: Memory,
  news: News,
  anew = false,
): { readonly memory: Memory; readonly changed: readonly Intent[] } {
  const byApplication = new Map(memory.intents.map((intent) => [intent.application, intent]));
  const changed = news.intents.filter(({ application, generation }) => {
    const known = byApplication.get(application);
    return anew || !known || generation >= known.generation;
  });
  for (const intent of changed) byApplication.set(intent.application, intent);
  return {
    memory: {
      revision: news.revision,
      spec: news.target ?? memory.spec,
      intents: [...byApplication.values()],
    },
    changed,
  };
}

/** Whether an application has a lower generation than before, which a driver would take for old news. */
export function wentBack(before: Memory, after: Memory): boolean {
  const known = new Map(before.intents.map((intent) => [intent.application, intent.generation]));
  return after.intents.some(
    ({ application, generation }) => generation < (known.get(application) ?? 0),
  );
}
