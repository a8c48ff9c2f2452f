import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { fail } from '../../../platform/errors/problem.ts';
import { findMarked, readProcess, signal } from './proc.ts';
import { writeWhole } from './records.ts';

/** Milliseconds between SIGTERM and SIGKILL for a process that nothing explains. */
const orphanGrace = 2_000;
const longestWait = 10_000;

/**
 * Ends every process with the marker that belongs to none of the sessions kept: what a killed agent had started
 * and not yet written down, and what gone replicas left behind. Gives how many there were.
 */
export async function endOrphans(marker: string, keep: ReadonlySet<number>): Promise<number> {
  const find = () => findMarked(marker).filter(({ session }) => !keep.has(session));
  const first = find();
  for (const { pid } of first) signal(pid, 'SIGTERM');
  const begin = Date.now();
  for (let left = first; left.length > 0; left = find()) {
    const waited = Date.now() - begin;
    if (waited > longestWait) break;
    if (waited > orphanGrace) for (const { pid } of left) signal(pid, 'SIGKILL');
    await sleep(20);
  }
  return first.length;
}

const holderSchema = z.object({ pid: z.int(), startTime: z.number() });

function readHolder(file: string): z.output<typeof holderSchema> | null {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

/**
 * Two agents on one directory would end each other's replicas. Throws while another living process holds it;
 * gives a function that lets go.
 */
export function takeDirectory(directory: string): () => void {
  const file = join(directory, 'agent.json');
  const holder = readHolder(file);
  const own = readProcess(process.pid);
  const other = holder !== null && holder.pid !== process.pid && readProcess(holder.pid);
  if (other && other.startTime === holder.startTime)
    fail('TG1801', {
      detail: `Process ${holder.pid} is an agent on ${directory} already.`,
      hint: 'End that one first, or give another folder with --home.',
    });
  writeWhole(file, JSON.stringify({ pid: process.pid, startTime: own?.startTime ?? 0 }));
  return () => rmSync(file, { force: true });
}
