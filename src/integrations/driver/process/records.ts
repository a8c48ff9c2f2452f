import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const probe = z.object({
  path: z.string(),
  interval: z.number(),
  timeout: z.number(),
  failureThreshold: z.number(),
});

const recordSchema = z.object({
  application: z.string(),
  environment: z.string(),
  release: z.string(),
  index: z.int(),
  pid: z.int(),
  /** Clock ticks since the machine started. */
  startTime: z.number(),
  port: z.int(),
  /** Milliseconds since the epoch. */
  startedAt: z.number(),
  health: z.object({
    readiness: probe,
    liveness: probe.nullable(),
    startTimeout: z.number(),
    drain: z.number(),
  }),
});

/** What must be known of a replica to take it over after a restart of the agent. */
export type ReplicaRecord = z.output<typeof recordSchema>;

export type Records = {
  readonly write: (record: ReplicaRecord) => void;
  readonly remove: (of: Pick<ReplicaRecord, 'application' | 'release' | 'index'>) => void;
  /** Those that can be read; a torn or foreign file is removed, and its process then counts as an orphan. */
  readonly readAll: () => readonly ReplicaRecord[];
};

export function writeWhole(file: string, content: string): void {
  const part = `${file}.part`;
  writeFileSync(part, content, { mode: 0o600 });
  renameSync(part, file);
}

/** One small file per replica, written before the replica counts. */
export function openRecords(directory: string): Records {
  mkdirSync(directory, { recursive: true });
  const fileOf: (of: Pick<ReplicaRecord, 'application' | 'release' | 'index'>) => string = (of) =>
    join(directory, `${of.application}.${of.release}.${of.index}.json`);
  return {
    write: (record) => writeWhole(fileOf(record), JSON.stringify(record)),
    remove: (of) => rmSync(fileOf(of), { force: true }),
    readAll: () =>
      readdirSync(directory).flatMap((name) => {
        const file = join(directory, name);
        try {
          return [recordSchema.parse(JSON.parse(readFileSync(file, 'utf8')))];
        } catch {
          rmSync(file, { force: true });
          return [];
        }
      }),
  };
}
