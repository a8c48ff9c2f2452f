import type { FaultEvent } from '../faults.ts';
import { type Scenario, scenarios } from '../scenario.ts';
import { runPlanOf } from './plan.ts';

/*
 * Pipelines of the simulated world: every policy of a concurrency group, every kind of step that has a simulated other
 * side, and all that a step may have beside its kind.
 */

const head = (name: string) =>
  `apiVersion: tidegate.dev/v1\nkind: Pipeline\nmetadata: { name: ${name} }\nspec:\n`;

const ship = `${head('ship')}  concurrency: { group: "ship-\${{ run.application }}", policy: queue }
  timeout: 4m
  steps:
    - name: build
      http: { url: "http://ci.simulated/build", method: POST }
      retry: { limit: 2, on: [failed, errored], backoff: { initial: 2s } }
    - name: tests
      needs: [build]
      forEach: { items: [unit, journeys, load], maxParallel: 2 }
      http: { url: "http://ci.simulated/\${{ item }}", method: POST }
      retry: { limit: 1, on: [failed], backoff: { initial: 1s } }
    - { name: hold, needs: [build], wait: { duration: 4s } }
    - name: gate
      needs: [tests, hold]
      approve: { allowSelf: true, expires: 40s }
    - { name: deploy, needs: [gate], deploy: { environment: production } }
    - name: look
      needs: [deploy]
      state: { environment: production, until: 'state.health == "healthy"', interval: 3s }
      timeout: 40s
    - name: excuse
      needs: [{ step: deploy, is: [failed, errored] }]
      http: { url: "http://ci.simulated/excuse", method: POST }
  onFailure:
    - { name: tell, http: { url: "http://ci.simulated/tell", method: POST }, continueOnError: true }
  finally:
    - name: tidy
      git: { commit: { message: Tidy, files: { notes/tidy.txt: "\${{ run.id }}" } } }
    - { name: sweep, wait: { duration: 2s } }
`;

const quick = `${head('quick')}  concurrency: { group: quick, policy: supersede }
  timeout: 3m
  steps:
    - name: probe
      http: { url: "http://ci.simulated/probe", method: POST, expect: { status: [200, 500] } }
      repeat: { until: outputs.status == 200, limit: 4, interval: 2s }
    - { name: soak, needs: [probe], wait: { duration: 8s } }
    - { name: never, needs: [probe], when: run.failed, wait: { duration: 1h } }
    - name: deploy
      needs: [soak, never]
      deploy: { environment: production, fast: true, onCancel: leave }
  finally:
    - { name: sweep, http: { url: "http://ci.simulated/sweep", method: POST } }
`;

const policies = ['cancel', 'queue', 'supersede'] as const;

/** People change its policy in the middle, so that runs of unlike policies meet in one group. */
export const hasty = (
  n: number,
) => `${head('hasty')}  concurrency: { group: hasty, policy: ${policies[n % policies.length]} }
  timeout: 2m
  steps:
    - { name: rest, wait: { duration: 6s } }
    - name: ask
      http: { url: "http://ci.simulated/ask", method: POST }
      continueOnError: true
    - { name: deploy, needs: [rest, ask], deploy: { environment: production } }
  finally:
    - { name: sweep, wait: { duration: 3s } }
`;

const outer = `${head('outer')}  timeout: 4m
  steps:
    - { name: inner, pipeline: { name: hasty } }
    - name: beside
      forEach: { matrix: { os: [a, b] } }
      http: { url: "http://ci.simulated/beside", method: POST }
      continueOnError: true
    - name: gate
      needs: [inner, beside]
      approve: { allowSelf: true, expires: 1m }
  finally:
    - { name: sweep, http: { url: "http://ci.simulated/sweep", method: POST } }
`;

/** Its time is over soon, and when something failed even for clearing up. */
const brief = `${head('brief')}  concurrency: { group: brief, policy: queue }
  timeout: 15s
  steps:
    - name: ask
      http: { url: "http://ci.simulated/ask", method: POST }
      timeout: 8s
      retry: { limit: 5, on: [failed, errored], backoff: { initial: 3s } }
    - { name: deploy, needs: [ask], deploy: { environment: production } }
  onFailure:
    - { name: tell, http: { url: "http://ci.simulated/tell", method: POST } }
  finally:
    - { name: sweep, wait: { duration: "\${{ run.failed ? '40s' : '1s' }}" } }
`;

export const hastyPath = 'pipelines/hasty.yaml';

const files = {
  'pipelines/ship.yaml': ship,
  'pipelines/quick.yaml': quick,
  [hastyPath]: hasty(0),
  'pipelines/brief.yaml': brief,
  'pipelines/outer.yaml': outer,
};

/** As people come to them; most often the one with everything in it. */
export const pipelineNames = ['ship', 'ship', 'quick', 'hasty', 'hasty', 'outer', 'brief'] as const;

/** One seed in so many has pipelines. */
const every = 24;

/** Where deployments are over soon, so that more of them fall into one world. */
const swift = ['canary', 'canaryOneWave', 'progressive', 'blueGreen', 'first', 'firstBlueGreen'];

const withRuns = new Map(
  scenarios.map((one): [string, Scenario] => [
    one.name,
    { ...one, files: { ...one.files, ...files } },
  ]),
);

export const hasRuns = (seed: number): boolean => seed % every === 0;
/** One in four of them is as it would be without, and has its pipelines besides. */
const isAsDrawn = (seed: number): boolean => (seed / every) % 4 === 0;

/** The scenario of a seed, with pipelines where the seed has them. */
export function scenarioFor(seed: number, scenario: Scenario): Scenario {
  if (!hasRuns(seed)) return scenario;
  const name = isAsDrawn(seed) ? scenario.name : swift[(seed / every) % swift.length];
  return withRuns.get(name ?? scenario.name) ?? scenario;
}

/** What happens in a seed that has pipelines: most often runs alone release. */
export function planWithRuns(seed: number, usual: readonly FaultEvent[]): readonly FaultEvent[] {
  const isKept = ({ what }: FaultEvent) =>
    isAsDrawn(seed) || what.is !== 'person' || what.does !== 'release';
  return [...usual.filter(isKept), ...runPlanOf(seed, usual.length)];
}
