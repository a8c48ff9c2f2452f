import { appendFile, readFile } from 'node:fs/promises';
import type { Figure } from './types.ts';

/** One run as it is kept: a line of JSON, newest last. */
export type Run = {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly at: string };
  readonly results: readonly Pick<Figure, 'name' | 'unit' | 'value'>[];
};

const file = new URL('./history.jsonl', import.meta.url);

/** The newest recorded value of each figure on a machine like this one; others say nothing about a change. */
export async function lastOn(machine: Run['machine']): Promise<ReadonlyMap<string, number>> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const runs = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Run)
    .filter((run) => run.machine.cpu === machine.cpu && run.machine.cores === machine.cores);
  return new Map(runs.flatMap((run) => run.results.map((one) => [one.name, one.value] as const)));
}

export async function record(run: Run): Promise<void> {
  const { machine } = run;
  const results = run.results.map(({ name, unit, value }) => ({ name, unit, value }));
  await appendFile(file, `${JSON.stringify({ machine, results })}\n`);
}

/** `+12 %` against the last record; empty where there is none. */
export function changeSince(last: number | undefined, value: number): string {
  if (last === undefined || last === 0) return '';
  const percent = Math.round((value / last - 1) * 100);
  return `${percent >= 0 ? '+' : ''}${percent} %`;
}
