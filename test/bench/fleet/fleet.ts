/*
 * What a commit costs, and what a fleet weighs: N applications in one repository, all delivered, and then one of
 * them changed again and again. The targets are simulated; everything else is real.
 */
import { readFile } from 'node:fs/promises';
import { eventually } from '../../../examples/demo/processes.ts';
import { renderRelease } from '../../../src/contract/kinds/render.ts';
import { commitFiles } from '../../../src/workspace/git.ts';
import { percentile } from '../figures.ts';
import type { BenchContext, Figure, Suite } from '../types.ts';
import { type BenchWorld, patience, startBenchWorld } from '../world.ts';

const changes = 40;
const environment = 'production';

export const fleetSuite: Suite = {
  name: 'fleet',
  figures: ['source.intent', 'source.growth', 'memory.rss', 'memory.rss.postgres', 'rollouts.rate'],
  run: benchFleet,
};

async function benchFleet({ say }: BenchContext): Promise<readonly Figure[]> {
  const fleets: Fleet[] = [];
  try {
    for (const size of [100, 1_000]) {
      say(`${size} applications are delivered for the first time`);
      fleets.push(await openFleet(size));
    }
    const [small, large] = fleets;
    if (!small || !large) throw new Error('two fleets are compared');
    say(`${changes} commits to each`);
    const delays = { small: [] as number[], large: [] as number[] };
    // In turns, so that whatever else the machine does falls on both alike.
    for (let n = 0; n < changes; n += 1) {
      delays.small.push(await changeOne(small, n));
      delays.large.push(await changeOne(large, n));
    }
    return figures(delays, large, {
      rss: (await statusField(large.world.controlPlane.child.pid ?? 0, 'VmRSS')) / 1024,
      postgres: await postgresMemory(large.world),
    });
  } finally {
    for (const { world } of fleets) await world.end();
  }
}

function figures(
  delays: { readonly small: readonly number[]; readonly large: readonly number[] },
  large: Fleet,
  memory: { readonly rss: number; readonly postgres: number },
): readonly Figure[] {
  const median = { small: percentile(delays.small, 0.5), large: percentile(delays.large, 0.5) };
  return [
    {
      name: 'source.intent',
      unit: 'ms',
      value: percentile(delays.large, 0.99),
      aim: 500,
      note: `p99 of ${changes} commits, from the push to the row that agents follow; median ${median.large} ms`,
    },
    {
      name: 'source.growth',
      unit: '×',
      value: median.large / median.small,
      aim: 1.2,
      note: `median at 1,000 applications ÷ median at 100 (${median.small} ms), measured in turns`,
    },
    {
      name: 'memory.rss',
      unit: 'MB',
      value: memory.rss,
      aim: 300,
      note: 'Node process of role all',
    },
    {
      name: 'memory.rss.postgres',
      unit: 'MB',
      value: memory.postgres,
      aim: null,
      note: 'all processes of the embedded PostgreSQL, shared memory counted once (PSS)',
    },
    {
      name: 'rollouts.rate',
      unit: '/s',
      value: large.rolloutsPerSecond,
      aim: null,
      best: 'high',
      note: '1,000 first rollouts at once, from the commit to succeeded on a simulated target',
    },
  ];
}

type Fleet = {
  readonly size: number;
  readonly world: BenchWorld;
  readonly rolloutsPerSecond: number;
};

async function openFleet(size: number): Promise<Fleet> {
  const world = await startBenchWorld({ targets: ['bench-1'], files: declare(size) });
  const since = performance.now();
  const areDelivered = async () => {
    const [row] = await world.db.query<{ n: number }>(
      `select count(*) n from rollouts where phase = 'succeeded'`,
    );
    return (row?.n ?? 0) >= size;
  };
  await eventually('every first rollout to succeed', areDelivered, patience, world.controlPlane);
  const rolloutsPerSecond = size / ((performance.now() - since) / 1000);
  // A thousand deliveries take note of how their rollouts ended: what is measured next begins when all is quiet.
  const isQuiet = async () => {
    const [row] = await world.db.query<{ n: number }>(
      `select count(*) n from objects where wake_at <= now() or (kind = 'delivery' and phase <> 'steady')`,
    );
    return row?.n === 0;
  };
  await eventually('quiet', isQuiet, patience, world.controlPlane);
  return { size, world, rolloutsPerSecond };
}

/** Milliseconds from a pushed commit until the intent that follows from it is written. */
async function changeOne({ world, size }: Fleet, n: number): Promise<number> {
  const name = nameOf((n * 7919) % size);
  const text = renderRelease(contentOf(name, n + 1), environment);
  const [before] = await world.db.query<{ generation: number }>(
    `select generation from intents where application = $1`,
    [name],
  );
  await commitFiles(world.config, { files: { [pathOf(name)]: text }, message: `Change ${name}` });
  const pushedAt = Date.now();
  await world.nudge();
  const written = async () => {
    const rows = await world.db.query<{ updated_at: Date }>(
      `select updated_at from intents where application = $1 and generation > $2`,
      [name, before?.generation ?? 0],
    );
    return rows[0];
  };
  const row = await eventually(`the intent of ${name}`, written, patience, world.controlPlane);
  return row.updated_at.getTime() - pushedAt;
}

async function statusField(pid: number, field: string): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN);
}

async function postgresMemory(world: BenchWorld): Promise<number> {
  const rows = await world.db.query<{ pid: number }>(`select pid from pg_stat_activity`);
  const sizes = await Promise.all(
    rows.map(async ({ pid }) => {
      const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
      return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0) / 1024;
}

const nameOf = (n: number): string => `app-${String(n).padStart(4, '0')}`;
const pathOf = (name: string): string => `environments/${environment}/${name}.yaml`;

function contentOf(application: string, n: number) {
  const probe = { path: '/readyz', interval: 1_000, timeout: 1_000, failureThreshold: 3 };
  return {
    application,
    commit: 'c'.repeat(40),
    artifact: { image: `registry.example/${application}@sha256:${'a'.repeat(64)}` },
    config: {
      command: [],
      env: { CHANGE: String(n) },
      health: { readiness: probe, liveness: null, startTimeout: 60_000, drain: 30_000 },
    },
  };
}

function declare(size: number): ReadonlyMap<string, string> {
  const head = 'apiVersion: tidegate.dev/v1\n';
  const files = new Map([
    [
      'environment.yaml',
      `${head}kind: Environment\nmetadata: { name: ${environment} }\nspec: { waves: [{ targets: [bench-1] }] }\n`,
    ],
    [
      'target.yaml',
      `${head}kind: Target\nmetadata: { name: bench-1 }\nspec: { driver: simulated }\n`,
    ],
  ]);
  for (let n = 0; n < size; n += 1) {
    const name = nameOf(n);
    files.set(
      `applications/${name}.yaml`,
      `${head}kind: Application\nmetadata: { name: ${name} }\nspec:
  owner: bench@example.com
  source: { repository: /srv/git/${name}.git }
  artifact: image
  run: {}
  environments: [{ name: ${environment} }]
  strategy: { canary: { steps: [{ setWeight: 50 }] } }\n`,
    );
    files.set(pathOf(name), renderRelease(contentOf(name, 0), environment));
  }
  return files;
}
