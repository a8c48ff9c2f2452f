import { contentOf } from '../../../src/capabilities/releases/desired.ts';
import { identify } from '../../../src/capabilities/releases/store.ts';
import type { DeliveryState } from '../../../src/capabilities/rollouts/types.ts';
import type { Application } from '../../../src/contract/kinds/application.ts';
import type { ReleaseDocument } from '../../../src/contract/kinds/release.ts';
import type { Tables } from '../database/tables.ts';
import { applicationName, type Scenario } from '../scenario.ts';
import type { Target } from '../target.ts';
import { type Report, rolloutState } from './types.ts';

export type AtRest = {
  readonly tables: Tables;
  readonly scenario: Scenario;
  readonly targets: readonly Target[];
  /** The Release file as Git has it and the commit that last touched it, by environment; null when there is none. */
  readonly declared: ReadonlyMap<string, { readonly text: string; readonly commit: string } | null>;
  /** Keys of effects that were run, and how often. */
  readonly runs: ReadonlyMap<string, number>;
  readonly commits: ReadonlyMap<string, ReadonlySet<string>>;
};

/** What must be so when nothing happens any more. */
export function checkRest(world: AtRest, report: Report): void {
  for (const environment of world.scenario.environments) checkDelivery(world, environment, report);
  checkRows(world, report);
  const name = 'every effect is delivered at least once and recorded once';
  for (const { key, outcome, doneAt, stopAt, attempts } of world.tables.effects.rows.values()) {
    if (doneAt === null || outcome === null) report(name, `${key} has no outcome`);
    // One that was stopped before anybody began it is over without that.
    const isUnbegun = stopAt !== null && attempts === 0;
    if (!world.runs.has(key) && !isUnbegun) report(name, `${key} was never run`);
  }
  for (const [key, commits] of world.commits) {
    if (commits.size > 1) report(name, `${key} made ${commits.size} commits`);
  }
}

/** As the application declares them now; people edit them in the middle of rollouts. */
function replicasIn(tables: Tables): number | undefined {
  const document = tables.documents.rows.get(`config/Application/${applicationName}`);
  return (document?.spec as Application | undefined)?.spec.replicas;
}

/** What lists and screens show of rollouts and stable releases is what the objects say. */
function checkRows({ tables, scenario }: AtRest, report: Report): void {
  const name = 'at rest, Git, intent and served version agree';
  for (const row of tables.rollouts.rows.values()) {
    const object = tables.objects.rows.get(`rollout/${row[0]}`);
    const { phase, weight } = object ? rolloutState(object) : { phase: null, weight: null };
    if (phase !== row[6] || weight !== row[9])
      report(name, `${row[0]} is ${phase}, its row says ${row[6]}`);
  }
  for (const environment of scenario.environments) {
    const delivery = tables.objects.rows.get(`delivery/${applicationName}@${environment}`);
    const last = [...tables.stables.rows.values()].findLast(
      (row) => row.environment === environment,
    );
    const { stable } = (delivery?.state ?? { stable: null }) as unknown as DeliveryState;
    if (stable !== null && stable !== last?.release)
      report(name, `${stable} is stable in ${environment}, the rows say ${last?.release}`);
  }
  for (const { objectId, action, takenAt } of tables.requests.rows.values()) {
    if (takenAt === null)
      report('every change has exactly one event', `${action} of ${objectId} was never answered`);
  }
}

function wasTakenBack(tables: Tables, environment: string, commit: string): boolean {
  return [...tables.objects.rows.values()].some((row) => {
    if (row.kind !== 'rollout') return false;
    const { plan, retreat } = rolloutState(row);
    const isOf = plan.environment === environment && plan.commit.id === commit;
    return isOf && retreat !== null && retreat.revert !== 'failed';
  });
}

function checkDelivery(world: AtRest, environment: string, report: Report): void {
  const { tables, targets, scenario } = world;
  const name = 'at rest, Git, intent and served version agree';
  const delivery = tables.objects.rows.get(`delivery/${applicationName}@${environment}`);
  if (!delivery) return;
  const { stable, refusedCommit } = delivery.state as unknown as DeliveryState;
  const document = tables.documents.rows.get(`config/Release/${environment}/${applicationName}`);
  const declared = world.declared.get(environment) ?? null;
  const text = declared?.text ?? null;
  const isRead = document && !document.deleted ? document.spec : null;
  if ((text === null) !== (isRead === null))
    report(
      name,
      `${environment}: Git has ${text === null ? 'no' : 'a'} file, and it was ${isRead ? '' : 'not '}read`,
    );
  const desired = isRead ? identify(contentOf(isRead as ReleaseDocument)).id : null;
  if (desired !== null && text !== null && !text.includes((isRead as ReleaseDocument).spec.commit))
    report(name, `${environment}: what was read is not what Git has`);
  const isRefused = document !== undefined && refusedCommit === document.commit;
  // A commit that nobody followed may stay refused; one that was followed and taken back must be gone from Git.
  if (
    desired !== stable &&
    (!isRefused || wasTakenBack(tables, environment, declared?.commit ?? ''))
  )
    report(
      name,
      `${environment}: Git declares ${desired}, ${stable} is stable; ${delivery.because}`,
    );
  for (const target of targets) {
    if (scenario.targets[target.name] !== environment) continue;
    const intent = tables.intents.rows.get(`${target.name}/${applicationName}`);
    const { weights, replicas, generation } = target.truth(applicationName);
    if (generation !== (intent?.generation ?? 0))
      report(
        name,
        `${target.name} is at generation ${generation}, the intent at ${intent?.generation}`,
      );
    // A first release that was taken back has nowhere to go back to: its healthy copies keep serving.
    if (stable === null) continue;
    const asked = intent?.spec.versions
      .map(({ release, weight }) => `${release} ${weight}`)
      .join(', ');
    if (asked !== `${stable} 100`)
      report(
        name,
        `${target.name} is asked for ${asked}, ${stable} is stable; ${delivery.because}`,
      );
    const serves = Object.entries(weights).filter(([, weight]) => weight > 0);
    if (asked && intent?.spec.versions[0]?.replicas !== replicasIn(tables))
      report(name, `${target.name} is asked for other replicas than ${replicasIn(tables)}`);
    if (replicas[stable] !== replicasIn(tables) || Object.keys(replicas).length !== 1)
      report(name, `${target.name} runs ${JSON.stringify(replicas)}, ${stable} is stable`);
    if (serves.length !== 1 || serves[0]?.[0] !== stable)
      report(name, `${target.name} serves ${JSON.stringify(weights)}, ${stable} is stable`);
  }
}
