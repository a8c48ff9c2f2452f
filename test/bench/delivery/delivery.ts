/*
 * How fast a bad release is gone. Real processes behind a real router, real traffic, a real Git: several
 * applications get releases that fail, round after round, and each failure is timed from the measurement that saw it.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../../../examples/demo/processes.ts';
import { startLoad } from '../../../examples/load/load.ts';
import type { Outcome } from '../../../examples/load/tally.ts';
import { readExample } from '../../../src/workspace/documents.ts';
import { commitFiles, initRepository } from '../../../src/workspace/git.ts';
import { percentile } from '../figures.ts';
import type { BenchContext, Figure, Suite } from '../types.ts';
import { type BenchWorld, patience, startBenchWorld } from '../world.ts';

const applications = ['one', 'two', 'three', 'four'] as const;
const rounds = 10;
const firstPort = 17_300;
const requestsPerSecond = 60;
const environment = 'production';

export const deliverySuite: Suite = {
  name: 'delivery',
  figures: ['rollback.begin.p99', 'rollback.traffic.p99', 'requests.lost'],
  run: benchDelivery,
};

async function benchDelivery({ say }: BenchContext): Promise<readonly Figure[]> {
  const world = await startBenchWorld({ targets: ['bench-1'], files: declare() });
  const service = join(world.paths.home, 'probe.git');
  try {
    await initRepository(service);
    await publish(service, 0, 0);
    await release(world);
    const lastAnswers = new Map<string, number>();
    const load = startLoad({
      urls: applications.map((_, n) => `http://127.0.0.1:${firstPort + n}`),
      rate: requestsPerSecond,
      onOutcome: (outcome: Outcome) => {
        if (outcome.release) lastAnswers.set(outcome.release, outcome.endedAt);
      },
    });
    const bad = new Set<string>();
    for (let round = 1; round <= rounds; round += 1) {
      say(
        `round ${round} of ${rounds}: ${applications.length} releases that answer every request with an error`,
      );
      await publish(service, round, 1);
      for (const id of await release(world)) bad.add(id);
    }
    const { releases, failed, requests } = await load.stop();
    const failedByBad = [...bad].reduce((sum, id) => sum + (releases[id]?.failed ?? 0), 0);
    const seen = await timings(world, lastAnswers);
    return figures(seen, { lost: failed - failedByBad, requests });
  } finally {
    await world.end();
    await rm(service, { recursive: true, force: true });
  }
}

type Timing = { readonly begin: number; readonly traffic: number };

function figures(
  seen: readonly Timing[],
  { lost, requests }: { readonly lost: number; readonly requests: number },
): readonly Figure[] {
  const note = `of ${seen.length} failing rollouts, ${applications.length} at a time`;
  return [
    {
      name: 'rollback.begin.p99',
      unit: 'ms',
      value: percentile(
        seen.map((one) => one.begin),
        0.99,
      ),
      aim: 250,
      note: `${note}; from the measurement that failed to the intents that take the traffic back`,
    },
    {
      name: 'rollback.traffic.p99',
      unit: 'ms',
      value: percentile(
        seen.map((one) => one.traffic),
        0.99,
      ),
      aim: 1_000,
      note: `${note}; to the last answer that a client got from the bad release`,
    },
    {
      name: 'requests.lost',
      unit: 'requests',
      value: lost,
      aim: 0,
      note: `of ${requests}; failed without being answered by the bad release itself`,
    },
  ];
}

/** The release of this commit everywhere, at once. Resolves with the ids when all rollouts ended. */
async function release(world: BenchWorld): Promise<readonly string[]> {
  return await Promise.all(
    applications.map(async (name) => {
      const base = `/api/v1/applications/${name}`;
      const make = () => world.call<{ release: { id: string } }>('POST', `${base}/releases`, {});
      const made = await eventually(`a release of ${name}`, make, patience, world.controlPlane);
      const { id } = made.release;
      await world.call('POST', `${base}/promotions`, { environment, release: id });
      const isOver = async () => {
        const rows = await world.db.query(
          `select 1 from rollouts where application = $1 and release = $2 and terminal`,
          [name, id],
        );
        return rows.length > 0;
      };
      await eventually(`the rollout of ${id} to end`, isOver, patience, world.controlPlane);
      return id;
    }),
  );
}

async function timings(
  world: BenchWorld,
  lastAnswers: ReadonlyMap<string, number>,
): Promise<readonly Timing[]> {
  const rows = await world.db.query<{ release: string; measured: string; began: Date }>(
    `select r.release,
       (select max(m ->> 'at') from objects a, jsonb_array_elements(a.state -> 'metrics') k,
          jsonb_array_elements(k -> 'recent') m
        where a.kind = 'analysis' and a.key like r.id || '/%' and m ->> 'verdict' = 'failure') as measured,
       (select min(at) from events e
        where e.object_id = 'rollout/' || r.id and e.type = 'rollout.rollingBack') as began
     from rollouts r where r.phase = 'rolledBack'`,
  );
  return rows.map(({ release: id, measured, began }) => {
    const detected = Date.parse(measured);
    return {
      begin: began.getTime() - detected,
      traffic: Math.max(lastAnswers.get(id) ?? detected, began.getTime()) - detected,
    };
  });
}

async function publish(service: string, round: number, errorRate: number): Promise<void> {
  const files = await readExample('probe');
  const version = { version: `${round + 1}.0.0`, faults: { errorRate } };
  await commitFiles(service, {
    files: {
      ...files,
      'version.json': JSON.stringify({ builtAt: new Date().toISOString(), ...version }),
    },
    message: `Version ${round + 1}`,
  });
}

function declare(): ReadonlyMap<string, string> {
  const head = 'apiVersion: tidegate.dev/v1\n';
  const listen = applications.map((name, n) => `${name}: ${firstPort + n}`).join(', ');
  const files = new Map([
    [
      'environment.yaml',
      `${head}kind: Environment\nmetadata: { name: ${environment} }\nspec: { waves: [{ targets: [bench-1] }] }\n`,
    ],
    [
      'target.yaml',
      `${head}kind: Target\nmetadata: { name: bench-1 }\nspec: { driver: process, process: { ports: { from: ${firstPort}, to: ${firstPort + 19} }, listen: { ${listen} } } }\n`,
    ],
    [
      'analysis.yaml',
      `${head}kind: AnalysisTemplate\nmetadata: { name: errors }\nspec:
  metrics:
    - { name: error-rate, provider: { router: {} }, interval: 500ms, failureCondition: result.requests >= 5 && result.errorRate > 0.02 }\n`,
    ],
  ]);
  for (const name of applications) {
    files.set(
      `${name}.yaml`,
      `${head}kind: Application\nmetadata: { name: ${name} }\nspec:
  owner: bench@example.com
  source: { repository: ../probe.git }
  run: { command: [node, probe.mjs], health: { readiness: { path: /readyz, interval: 100ms }, drain: 2s } }
  environments: [{ name: ${environment} }]
  strategy: { canary: { steps: [{ setWeight: 50 }, { pause: { duration: 30s } }], backgroundAnalysis: { templates: [errors] } } }\n`,
    );
  }
  return files;
}
