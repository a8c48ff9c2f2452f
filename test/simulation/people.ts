import type { releaseOperations } from '../../src/capabilities/releases/operations.ts';
import { listQuarantines } from '../../src/capabilities/releases/reads.ts';
import { refusalOf } from '../../src/capabilities/rollouts/actions.ts';
import { readRolloutState } from '../../src/capabilities/rollouts/reads.ts';
import type { RolloutAction } from '../../src/capabilities/rollouts/types.ts';
import { renderRelease } from '../../src/contract/kinds/render.ts';
import { leaveRequest } from '../../src/engine/store.ts';
import { ProblemError } from '../../src/platform/errors/problem.ts';
import type { SimulatedDatabase } from './database/database.ts';
import type { Deed } from './faults.ts';
import type { SimulatedGit } from './git.ts';
import type { Nature } from './machine.ts';
import type { Random } from './random.ts';
import { applicationName, type Scenario, withReplicas } from './scenario.ts';

export type PeopleDeps = {
  readonly db: SimulatedDatabase;
  readonly git: SimulatedGit;
  readonly scenario: Scenario;
  readonly releases: ReturnType<typeof releaseOperations>;
  readonly random: Random;
  /** By source commit. */
  readonly natures: Map<string, Nature>;
  /** Part of every version's text, so that two worlds make no release in common. */
  readonly mark: number;
};

const asker = { actor: 'user:eve', requestId: null };

/** What people do, through the product's own operations and through Git. A refusal with a code is an answer. */
export function simulatedPeople(deps: PeopleDeps) {
  const { git, scenario, releases, random } = deps;
  const place = (n: number): string =>
    scenario.environments[n % scenario.environments.length] ?? '';
  const makeRelease = releaseMaker(deps);
  const promote = (wish: Wish) =>
    releases.promote({ application: applicationName, ...wish }, asker);
  const act = (action: RolloutAction, n: number) => ask(deps, action, n);
  const commit = (n: number, isNew: boolean) => commitByHand(deps, place(n), n, isNew);

  const release = async (n: number) => {
    const roll = random.next();
    const id = await makeRelease(roll < 0.65 ? 'good' : roll < 0.85 ? 'bad' : 'sick');
    await promote({ environment: place(n), release: id, fastTrack: random.chance(0.1) });
  };
  const retry = async (n: number) => {
    const barred = await listQuarantines(deps.db, applicationName, place(n));
    const one = barred[n % Math.max(1, barred.length)];
    if (one) await promote({ environment: place(n), release: one.release, retry: true });
  };
  const rollback = (n: number) =>
    releases.rollback({ application: applicationName, environment: place(n) }, asker);
  const edit = (n: number) =>
    git.config.push({ 'applications/shop.yaml': withReplicas(scenario, 1 + (n % 4)) });

  const deeds: { readonly [D in Deed]: (n: number) => Promise<unknown> } = {
    ...{ release, retry, rollback, edit },
    abort: (n) => act('abort', n),
    promote: (n) => act('promote', n),
    promoteFull: (n) => act('promoteFull', n),
    approve: (n) => act('approve', n),
    pause: (n) => act('pause', n),
    resume: (n) => act('resume', n),
    commitByHand: (n) => commit(n, false),
    commitNew: (n) => commit(n, true),
  };
  return {
    /** Resolves with why it was refused; null when it was done. */
    does: async (deed: Deed, n: number): Promise<string | null> => {
      try {
        await deeds[deed](n);
        return null;
      } catch (error) {
        if (error instanceof ProblemError) return error.message;
        throw error;
      }
    },
    ...{ makeRelease, promote, act },
    /** Pushes another release of the same file a moment before somebody else does. */
    intrude: async (path: string) => {
      const environment = path.split('/')[1] ?? '';
      if (!scenario.environments.includes(environment)) return;
      await commitByHand(deps, environment, random.int(0, 99), random.chance(0.3));
    },
  };
}

type Wish = {
  readonly environment: string;
  readonly release: string;
  readonly fastTrack?: boolean;
  readonly retry?: boolean;
};

function releaseMaker({ git, releases, natures, mark }: PeopleDeps) {
  let made = 0;
  return async (nature: Nature): Promise<string> => {
    made += 1;
    const commit = await git.service.push({ 'server.js': `version ${made} ${nature} ${mark}` });
    natures.set(commit, nature);
    const { release } = await releases.createRelease({ application: applicationName }, asker);
    return release.id;
  };
}

/** As the route does: refused when the table of actions says so, else a wish for the rollout. */
async function ask({ db }: PeopleDeps, action: RolloutAction, n: number): Promise<void> {
  const active = [...db.tables.rollouts.rows.values()].filter((row) => !row[7]);
  const id = active[n % Math.max(1, active.length)]?.[0];
  const state = id === undefined ? null : await readRolloutState(db, id);
  if (!state || refusalOf(state, action, asker.actor) !== null) return;
  const wish = { objectId: `rollout/${id}`, action, actor: asker.actor, because: 'as I please' };
  await db.transaction((tx) => leaveRequest(tx, wish));
}

/** A release that is there, or one that only this commit knows. */
async function commitByHand(
  { db, git, random }: PeopleDeps,
  environment: string,
  n: number,
  isNew: boolean,
): Promise<void> {
  const all = [...db.tables.releases.rows.values()];
  const row = all[n % Math.max(1, all.length)];
  if (!row) return;
  const { config } = row.content;
  const content = isNew
    ? { ...row.content, config: { ...config, env: { ...config.env, N: `${n}` } } }
    : row.content;
  const retry = random.chance(0.3) ? '\n\nTidegate-Retry: true' : '';
  const path = `environments/${environment}/${applicationName}.yaml`;
  await git.config.push(
    { [path]: renderRelease(content, environment) },
    { message: `By hand${retry}`, author: 'Eve' },
  );
}

export type People = ReturnType<typeof simulatedPeople>;
