/*
 * npm run bench [-- --json] [-- --only NAME …] [-- --record]
 *
 * Measures the numbers of docs/reference/performance.md on this machine, on a PostgreSQL that really writes to
 * disk. Peers are measured in the same run, so that what is compared is never the machine. With --record the run is
 * kept in history.jsonl, and later runs on such a machine show how they differ from it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbedded } from '../../src/platform/db/embedded.ts';
import { migrate } from '../../src/platform/db/migrate.ts';
import { openDatabase } from '../../src/platform/db/pool.ts';
import { changeSince, lastOn, record } from './history.ts';
import { suites } from './suites.ts';
import type { Figure, Suite } from './types.ts';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
  },
});
const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const chosen = suites.filter(
  (suite) =>
    flags.only.length === 0 ||
    flags.only.some((name) => suite.name === name || suite.figures.includes(name)),
);
if (chosen.length === 0) {
  say(`No benchmark is named ${flags.only.join(', ')}. There are:`);
  for (const suite of suites) say(`  ${suite.name}: ${suite.figures.join(', ')}`);
  process.exit(2);
}

const directory = await mkdtemp(join(tmpdir(), 'tidegate-bench-'));
const postgres = await startEmbedded({ directory });
try {
  const results: Figure[] = [];
  for (const suite of chosen) {
    say(`${suite.name} …`);
    results.push(...(await runSuite(suite)));
  }
  const machine = await machineFacts();
  if (flags.json) process.stdout.write(`${JSON.stringify({ machine, results })}\n`);
  else printTable(results, await lastOn(machine));
  if (flags.record) await record({ machine, results });
} finally {
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
}

async function runSuite(suite: Suite): Promise<readonly Figure[]> {
  const name = suite.name.replaceAll(/\W/g, '_');
  const db = openDatabase(postgres.url, { max: 1 });
  try {
    await db.query(`create database ${name}`);
    const url = postgres.url.replace(/\/postgres$/, `/${name}`);
    await migrate(url);
    return await suite.run({ url, say: (text) => say(`  ${text}`) });
  } finally {
    await db.query(`drop database if exists ${name} with (force)`);
    await db.close();
  }
}

async function machineFacts() {
  const db = openDatabase(postgres.url, { max: 1 });
  const [row] = await db.query<{ version: string }>(
    `select current_setting('server_version') version`,
  );
  await db.close();
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    postgres: row?.version ?? 'unknown',
    at: new Date().toISOString(),
  };
}

function printTable(results: readonly Figure[], last: ReadonlyMap<string, number>): void {
  const width = Math.max(...results.map((one) => one.name.length));
  for (const { name, value, unit, aim, best = 'low', note } of results) {
    const met = aim === null || (best === 'low' ? value <= aim : value >= aim);
    const wanted =
      aim === null ? '' : `${met ? '✓' : '✗'} aim ${best === 'low' ? '≤' : '≥'} ${aim}`;
    const figure = `${Number(value.toPrecision(4))} ${unit}`;
    const change = changeSince(last.get(name), value).padStart(8);
    process.stdout.write(`${name.padEnd(width)}  ${figure.padStart(16)}  ${change}  ${wanted}\n`);
    if (note) process.stdout.write(`${' '.repeat(width)}  ${note}\n`);
  }
}
