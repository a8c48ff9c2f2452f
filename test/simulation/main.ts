/*
 * npm run simulate -- --seeds N [--seed S] [--trace]
 *
 * Runs N seeds from S (or from 1). Says how many a second, how often each kind of fault was hit, and for each seed that
 * failed the shortest list of happenings that still fails. With --trace and one seed, everything that happened in it.
 */
import { parseArgs } from 'node:util';
import { addUp, faultKinds, missing } from './coverage.ts';
import { wordsOf } from './faults.ts';
import { type Outcome, simulator } from './run.ts';
import { shrink } from './shrink.ts';

const print = (line: string) => process.stdout.write(`${line}\n`);

type Ask = { readonly first: number; readonly count: number; readonly trace: boolean };

function askOf(args: readonly string[]): Ask {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string' },
      seed: { type: 'string' },
      trace: { type: 'boolean', default: false },
    },
  });
  const number = (name: 'seeds' | 'seed', otherwise: number) => {
    const value = values[name] === undefined ? otherwise : Number(values[name]);
    if (!Number.isSafeInteger(value) || value < 1)
      throw new Error(`--${name} is a whole number from 1`);
    return value;
  };
  const count = number('seeds', values.seed === undefined ? 500 : 1);
  return { first: number('seed', 1), count, trace: values.trace && count === 1 };
}

const { run } = simulator();

async function explain(outcome: Outcome): Promise<void> {
  const { seed, scenario, violation, plan } = outcome;
  if (!violation) return;
  print(`\nseed ${seed} (${scenario}) breaks: ${violation.invariant}`);
  print(`  ${violation.detail}`);
  const shortest = await shrink(
    plan,
    violation,
    async (rest) => (await run(seed, { plan: rest })).violation,
  );
  print(`  ${shortest.length} of its ${plan.length} happenings are enough:`);
  for (const event of shortest) print(`    ${wordsOf(event)}`);
  print('  what then happens:');
  await run(seed, { plan: shortest, trace: (line) => print(`    ${line}`) });
}

const wordsFor = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([phase, count]) => `${count} ${phase}`).join(', ');

function report(outcomes: readonly Outcome[], seconds: number, cpu: number): void {
  const hits = new Map<string, number>();
  const ended = new Map<string, number>();
  const runs = new Map<string, number>();
  for (const outcome of outcomes) {
    addUp(hits, outcome.hits);
    addUp(ended, outcome.ended);
    addUp(runs, outcome.runs);
  }
  const { length } = outcomes;
  print(
    `${length} seeds in ${seconds.toFixed(1)} s: ${(length / seconds).toFixed(0)} seeds/s, ${(length / cpu).toFixed(0)} per second of one core`,
  );
  print(`rollouts: ${wordsFor(ended)}`);
  print(`runs: ${wordsFor(runs)}`);
  print('faults hit:');
  for (const kind of faultKinds)
    print(`  ${kind.padEnd(22)} ${`${hits.get(kind) ?? 0}`.padStart(8)}`);
  const never = missing(hits);
  if (never.length > 0) print(`never hit: ${never.join(', ')}`);
}

async function main(): Promise<number> {
  const { first, count, trace } = askOf(process.argv.slice(2));
  if (trace) {
    const outcome = await run(first, { trace: print });
    return outcome.violation ? 1 : 0;
  }
  const started = performance.now();
  const before = process.cpuUsage();
  const outcomes: Outcome[] = [];
  for (let seed = first; seed < first + count; seed += 1) outcomes.push(await run(seed));
  const { user, system } = process.cpuUsage(before);
  report(outcomes, (performance.now() - started) / 1_000, (user + system) / 1_000_000);
  const failed = outcomes.filter(({ violation }) => violation !== null);
  for (const outcome of failed.slice(0, 5)) await explain(outcome);
  if (failed.length > 0)
    print(`\n${failed.length} failed: ${failed.map(({ seed }) => seed).join(', ')}`);
  return failed.length > 0 ? 1 : 0;
}

process.exitCode = await main();
