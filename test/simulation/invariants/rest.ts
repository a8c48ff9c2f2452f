import { contentOf } from '../../../src/capabilities/releases/desired.ts';
import { identify } from '../../../src/capabilities/releases/store.ts';
import type { DeliveryState } from '../../../src/capabilities/rollouts/types.ts';
import type { Application } from '../../../src/contract/kinds/application.ts';
import type { ReleaseDocument } from '../../../src/contract/kinds/release.ts';
import type { IntentRow, ObjectRow, Tables } from '../database/tables.ts';
import type { Good } from '../scenarios/spoiled.ts';
import type { Target } from '../target.ts';
import { type Report, rolloutState } from './types.ts';

/** One application in one environment. */
export type Delivery = { readonly application: string; readonly environment: string };

/** A file as Git has it and the commit that last touched it; null when there is none, `spoiled` when it is of no use. */
export type Declared = Good | 'spoiled' | null;

export type AtRest = {
  readonly tables: Tables;
  /** Those that are looked at. */
  readonly deliveries: readonly Delivery[];
  /** Whether an object is one of those that have not come to rest, and need not. */
  readonly isAside: (object: ObjectRow | undefined) => boolean;
  readonly targets: readonly Target[];
  /** Target → environment. */
  readonly places: { readonly [target: string]: string };
  /** The Release file. */
  readonly declared: (delivery: Delivery) => Declared;
  /** Keys of effects that were run, and how often. */
  readonly runs: ReadonlyMap<string, number>;
  readonly commits: ReadonlyMap<string, ReadonlySet<string>>;
};

const agree = 'at rest, Git, intent and served version agree';

/** What must be so when nothing happens any more. */
export function checkRest(world: AtRest, report: Report): void {
  for (const delivery of world.deliveries) checkDelivery(world, delivery, report);
  checkRows(world, report);
  const { tables, runs, isAside } = world;
  const name = 'every effect is delivered at least once and recorded once';
  for (const { key, outcome, doneAt, objectId, stopAt, attempts } of tables.effects.rows.values()) {
    if (isAside(tables.objects.rows.get(objectId))) continue;
    if (doneAt === null || outcome === null) report(name, `${key} has no outcome`);
    // One that was stopped before anybody began it is over without that.
    const isUnbegun = stopAt !== null && attempts === 0;
    if (!runs.has(key) && !isUnbegun) report(name, `${key} was never run`);
  }
  for (const [key, commits] of world.commits) {
    if (commits.size > 1) report(name, `${key} made ${commits.size} commits`);
  }
}

/** What lists and screens show of rollouts and stable releases is what the objects say. */
function checkRows({ tables, deliveries, isAside }: AtRest, report: Report): void {
  for (const row of tables.rollouts.rows.values()) {
    const object = tables.objects.rows.get(`rollout/${row[0]}`);
    if (isAside(object)) continue;
    const { phase, weight } = object ? rolloutState(object) : { phase: null, weight: null };
    if (phase !== row[6] || weight !== row[9])
      report(agree, `${row[0]} is ${phase}, its row says ${row[6]}`);
  }
  for (const { application, environment } of deliveries) {
    const delivery = tables.objects.rows.get(`delivery/${application}@${environment}`);
    const last = [...tables.stables.rows.values()].findLast(
      (row) => row.environment === environment && row.application === application,
    );
    const { stable } = (delivery?.state ?? { stable: null }) as unknown as DeliveryState;
    if (stable !== null && stable !== last?.release)
      report(agree, `${stable} is stable in ${environment}, the rows say ${last?.release}`);
  }
  for (const { objectId, action, takenAt } of tables.requests.rows.values()) {
    if (takenAt === null && !isAside(tables.objects.rows.get(objectId)))
      report('every change has exactly one event', `${action} of ${objectId} was never answered`);
  }
}

/** A revert that found what cannot be used in its place left it there, for its author to mend. */
function wasTakenBack(
  tables: Tables,
  { application, environment }: Delivery,
  declared: Declared,
): boolean {
  if (declared === null || declared === 'spoiled') return false;
  return [...tables.objects.rows.values()].some((row) => {
    if (row.kind !== 'rollout') return false;
    const { plan, retreat } = rolloutState(row);
    const isHere = plan.environment === environment && plan.application === application;
    const isOf = isHere && plan.commit.id === declared.commit;
    return isOf && retreat !== null && retreat.revert !== 'failed';
  });
}

/** Of a file that is spoiled counts what was good in it when it was read last. */
function checkRead(
  { environment }: Delivery,
  declared: Declared,
  document: ReleaseDocument | null,
  report: Report,
): void {
  if (declared === 'spoiled') return;
  if ((declared === null) !== (document === null))
    report(
      agree,
      `${environment}: Git has ${declared ? 'a' : 'no'} file, and it was ${document ? '' : 'not '}read`,
    );
  if (declared && document && !declared.text.includes(document.spec.commit))
    report(agree, `${environment}: what was read is not what Git has`);
}

function checkDelivery(world: AtRest, delivery: Delivery, report: Report): void {
  const { tables, targets, places } = world;
  const { application, environment } = delivery;
  const row = tables.objects.rows.get(`delivery/${application}@${environment}`);
  if (!row) return;
  const { stable, refusedCommit } = row.state as unknown as DeliveryState;
  const document = tables.documents.rows.get(`config/Release/${environment}/${application}`);
  const declared = world.declared(delivery);
  const read = document && !document.deleted ? (document.spec as ReleaseDocument | null) : null;
  checkRead(delivery, declared, read, report);
  const desired = read ? identify(contentOf(read)).id : null;
  const isRefused = document !== undefined && refusedCommit === document.commit;
  // A commit that nobody followed may stay refused; one that was followed and taken back must be gone from Git.
  if (desired !== stable && (!isRefused || wasTakenBack(tables, delivery, declared)))
    report(agree, `${environment}: Git declares ${desired}, ${stable} is stable; ${row.because}`);
  for (const target of targets) {
    if (places[target.name] !== environment) continue;
    const intent = tables.intents.rows.get(`${target.name}/${application}`);
    const { generation } = target.truth(application);
    if (generation !== (intent?.generation ?? 0))
      report(
        agree,
        `${target.name} is at generation ${generation}, the intent at ${intent?.generation}`,
      );
    // A first release that was taken back has nowhere to go back to: its healthy copies keep serving.
    if (stable !== null) checkServed(tables, { target, intent, stable, application }, row, report);
  }
}

/** As the application declares them now; people edit replicas in the middle of rollouts. */
function wishesOf(tables: Tables, application: string) {
  const document = tables.documents.rows.get(`config/Application/${application}`);
  const spec = (document?.spec as Application | undefined)?.spec;
  const sticky = spec?.strategy.canary?.sticky;
  return { replicas: spec?.replicas, cookie: sticky?.cookie };
}

type Serving = {
  readonly target: Target;
  readonly intent: IntentRow | undefined;
  readonly stable: string;
  readonly application: string;
};

function checkServed(
  tables: Tables,
  { target, intent, stable, application }: Serving,
  delivery: ObjectRow,
  report: Report,
): void {
  const { weights, replicas, routes, sticky } = target.truth(application);
  const wishes = wishesOf(tables, application);
  const asked = intent?.spec.versions.map(({ release, weight }) => `${release} ${weight}`);
  if (asked?.join(', ') !== `${stable} 100`)
    report(
      agree,
      `${target.name} is asked for ${asked?.join(', ')}, ${stable} is stable; ${delivery.because}`,
    );
  if (asked?.length && intent?.spec.versions[0]?.replicas !== wishes.replicas)
    report(agree, `${target.name} is asked for other replicas than ${wishes.replicas}`);
  if (replicas[stable] !== wishes.replicas || Object.keys(replicas).length !== 1)
    report(agree, `${target.name} runs ${JSON.stringify(replicas)}, ${stable} is stable`);
  const serves = Object.entries(weights).filter(([, weight]) => weight > 0);
  if (serves.length !== 1 || serves[0]?.[0] !== stable)
    report(agree, `${target.name} serves ${JSON.stringify(weights)}, ${stable} is stable`);
  if (routes.length > 0)
    report(
      'who matches meets the candidate, and nobody else',
      `${target.name} still routes ${JSON.stringify(routes)}`,
    );
  if (sticky?.cookie !== wishes.cookie)
    report(agree, `${target.name} keeps visitors by ${sticky?.cookie}, not ${wishes.cookie}`);
}
