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

/** Of seeds that failed so many are made short, which takes some hundred runs each. */
const mostExplained = 5;

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

/** What all seeds together came to; of their worlds nothing is kept. */
function newSum() {
  const hits = new Map<string, number>();
  const ended = new Map<string, number>();
  const runs = new Map<string, number>();
  return {
    ...{ hits, ended, runs },
    add: (outcome: Outcome) => {
      addUp(hits, outcome.hits);
      addUp(ended, outcome.ended);
      addUp(runs, outcome.runs);
    },
  };
}

type Rate = { readonly count: number; readonly seconds: number; readonly cpu: number };

function report(sum: ReturnType<typeof newSum>, { count, seconds, cpu }: Rate): void {
  print(
    `${count} seeds in ${seconds.toFixed(1)} s: ${(count / seconds).toFixed(0)} seeds/s, ${(count / cpu).toFixed(0)} per second of one core`,
  );
  print(`rollouts: ${wordsFor(sum.ended)}`);
  print(`runs: ${wordsFor(sum.runs)}`);
  print('faults hit:');
  for (const kind of faultKinds)
    print(`  ${kind.padEnd(22)} ${`${sum.hits.get(kind) ?? 0}`.padStart(8)}`);
  const never = missing(sum.hits);
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
  const sum = newSum();
  const failed: number[] = [];
  const explained: Outcome[] = [];
  for (let seed = first; seed < first + count; seed += 1) {
    const outcome = await run(seed);
    sum.add(outcome);
    if (outcome.violation === null) continue;
    failed.push(seed);
    if (explained.length < mostExplained) explained.push(outcome);
  }
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - started) / 1_000;
  report(sum, { count, seconds, cpu: (user + system) / 1_000_000 });
  for (const outcome of explained) await explain(outcome);
  if (failed.length > 0) print(`\n${failed.length} failed: ${failed.join(', ')}`);
  return failed.length > 0 ? 1 : 0;
}

process.exitCode = await main();
