import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
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

const memorySchema = z.object({
  revision: z.int().min(0),
  spec: specSchema,
  intents: z.array(intentSchema),
});

const nothing: Memory = { revision: 0, spec: null, intents: [] };

/** Starts from nothing when the file is missing or torn: the control plane then tells all again. */
export function readMemory(file: string): Memory {
  try {
    return memorySchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return nothing;
  }
}

/** Intents hold environment variables of services: only the agent's user may read them. */
export function writeMemory(file: string, memory: Memory): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.part`, JSON.stringify(memory), { mode: 0o600 });
  renameSync(`${file}.part`, file);
}

export type News = {
  readonly revision: number;
  readonly target: Target['spec'] | null;
  readonly intents: readonly Intent[];
};

/**
 * Takes news in: per application the highest generation stays. With `anew`, what is told replaces what is known
 * whatever its generation, and what is not told stays.
 */
export function remember(memory: Memory, news: News, anew = false): Memory {
  const byApplication = new Map(memory.intents.map((intent) => [intent.application, intent]));
  for (const intent of news.intents) {
    const known = byApplication.get(intent.application);
    if (anew || !known || intent.generation >= known.generation)
      byApplication.set(intent.application, intent);
  }
  return {
    revision: news.revision,
    spec: news.target ?? memory.spec,
    intents: [...byApplication.values()],
  };
}

/** Whether an application has a lower generation than before, which a driver would take for old news. */
export function wentBack(before: Memory, after: Memory): boolean {
  const known = new Map(before.intents.map((intent) => [intent.application, intent.generation]));
  return after.intents.some(
    ({ application, generation }) => generation < (known.get(application) ?? 0),
  );
}
