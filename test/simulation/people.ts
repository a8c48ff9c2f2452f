import type { releaseOperations } from '../../src/capabilities/releases/operations.ts';
import { listQuarantines } from '../../src/capabilities/releases/reads.ts';
import { nothingToAbort, refusalOf } from '../../src/capabilities/rollouts/actions.ts';
import { readRolloutState } from '../../src/capabilities/rollouts/reads.ts';
import type { RolloutAction } from '../../src/capabilities/rollouts/types.ts';
import { renderRelease } from '../../src/contract/kinds/render.ts';
import { leaveRequest } from '../../src/engine/store.ts';
import { ProblemError } from '../../src/platform/errors/problem.ts';
import type { SimulatedDatabase } from './database/database.ts';
import type { RolloutValues } from './database/tables.ts';
import type { SimulatedGit } from './git.ts';
import type { Nature } from './machine.ts';
import type { Random } from './random.ts';
import { releasePath, type Scenario } from './scenario.ts';
import { simulatedAuthors } from './scenarios/authors.ts';
import type { Deed } from './words.ts';

export type PeopleDeps = {
  readonly db: SimulatedDatabase;
  readonly git: SimulatedGit;
  readonly scenario: Scenario;
  readonly releases: ReturnType<typeof releaseOperations>;
  readonly random: Random;
  readonly now: () => number;
  readonly hit: (what: string) => void;
  /** By source commit. */
  readonly natures: Map<string, Nature>;
  /** Part of every version's text, so that two worlds make no release in common. */
  readonly mark: number;
};

const asker = { actor: 'user:eve', requestId: null };

export type Place = { readonly application: string; readonly environment: string };

/** What people do, through the product's own operations and through Git. A refusal with a code is an answer. */
export function simulatedPeople(deps: PeopleDeps) {
  const { scenario, releases, random } = deps;
  const place = (n: number): Place => placeOf(scenario, n);
  const makeRelease = releaseMaker(deps);
  const promote = (wish: Wish) => releases.promote(wish, asker);
  const authors = simulatedAuthors(deps);
  const some = (action: RolloutAction) => (n: number) => {
    const active = activeOf(deps);
    return ask(deps, action, active[n % Math.max(1, active.length)]);
  };

  const release = async (n: number) => {
    const roll = random.next();
    const { application, environment } = place(n);
    const nature = roll < 0.65 ? 'good' : roll < 0.85 ? 'bad' : 'sick';
    const id = await makeRelease(nature, application);
    await promote({ application, environment, release: id, fastTrack: random.chance(0.1) });
  };
  const retry = async (n: number) => {
    const { application, environment } = place(n);
    const barred = await listQuarantines(deps.db, application, environment);
    const one = barred[n % Math.max(1, barred.length)];
    if (one) await promote({ application, environment, release: one.release, retry: true });
  };
  const rollback = (n: number) => releases.rollback(place(n), asker);

  const deeds: { readonly [D in Deed]: (n: number) => Promise<unknown> } = {
    ...{ release, retry, rollback },
    ...authors.deeds,
    abort: some('abort'),
    promote: some('promote'),
    promoteFull: some('promoteFull'),
    approve: some('approve'),
    pause: some('pause'),
    resume: some('resume'),
    overrideFreeze: some('overrideFreeze'),
    commitByHand: (n) => commitByHand(deps, place(n), n, false),
    commitNew: (n) => commitByHand(deps, place(n), n, true),
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
    ...{ makeRelease, promote, authors },
    /** Pushes another release of the same file a moment before somebody else does. */
    intrude: async (path: string) => {
      const [folder, environment = '', file = ''] = path.split('/');
      const application = file.replace('.yaml', '');
      const isKnown = scenario.deliveries.some(
        (one) => one.application === application && one.environment === environment,
      );
      if (folder !== 'environments' || !isKnown) return;
      const at = { application, environment };
      await commitByHand(deps, at, random.int(0, 99), random.chance(0.3));
    },
    /** Releases one that never becomes ready, not even when others get well; true unless it was refused. */
    sicken: async (application: string, n: number, sick: Set<string>): Promise<boolean> => {
      try {
        const release = await makeRelease('sick', application);
        sick.add(deps.db.tables.releases.rows.get(release)?.commit ?? '');
        const at = scenario.deliveries.filter((one) => one.application === application);
        await promote({ ...(at[n % at.length] ?? place(n)), release });
        return true;
      } catch (error) {
        if (error instanceof ProblemError) return false;
        throw error;
      }
    },
    /** Pauses what is under way of an application; true when there was something. */
    hold: async (application: string): Promise<boolean> => {
      const own = activeOf(deps).filter((row) => row[1] === application);
      for (const rollout of own) await ask(deps, 'pause', rollout);
      return own.length > 0;
    },
    /** Answers whatever waits for a person, in these applications. */
    answer: async (applications: ReadonlySet<string>) => {
      for (const rollout of activeOf(deps)) {
        if (!applications.has(rollout[1])) continue;
        for (const action of ['resume', 'approve', 'promote'] as const)
          await ask(deps, action, rollout);
      }
    },
  };
}

/** Whoever has several applications to look after turns from one to the next. */
export function placeOf({ applications }: Scenario, n: number): Place {
  const own = applications[n % applications.length];
  const turn = Math.floor(n / applications.length);
  const environment = own?.environments[turn % own.environments.length];
  if (!own || environment === undefined) throw new Error('there is no application');
  return { application: own.name, environment };
}

type Wish = Place & {
  readonly release: string;
  readonly fastTrack?: boolean;
  readonly retry?: boolean;
};

function releaseMaker({ git, releases, natures, mark }: PeopleDeps) {
  let made = 0;
  return async (nature: Nature, application: string): Promise<string> => {
    made += 1;
    const commit = await git.service.push({ 'server.js': `version ${made} ${nature} ${mark}` });
    natures.set(commit, nature);
    const { release } = await releases.createRelease({ application }, asker);
    return release.id;
  };
}

const activeOf = ({ db }: PeopleDeps): readonly RolloutValues[] =>
  [...db.tables.rollouts.rows.values()].filter((row) => !row[7]);

/** As the route does for an admin: refused when the table of actions says so, else a wish for the rollout. */
async function ask(
  { db }: PeopleDeps,
  action: RolloutAction,
  rollout: RolloutValues | undefined,
): Promise<void> {
  const state = rollout === undefined ? null : await readRolloutState(db, rollout[0]);
  if (!rollout || !state || refusalOf(state, action, asker.actor) !== null) return;
  if (action === 'abort' && nothingToAbort(state) !== null) return;
  const objectId = `rollout/${rollout[0]}`;
  const wish = { objectId, action, actor: asker.actor, because: 'as I please' };
  await db.transaction((tx) => leaveRequest(tx, wish));
}

/** A release that is there, or one that only this commit knows. */
async function commitByHand(
  { db, git, random }: PeopleDeps,
  { application, environment }: Place,
  n: number,
  isNew: boolean,
): Promise<void> {
  const all = [...db.tables.releases.rows.values()].filter(
    (row) => row.application === application,
  );
  const row = all[n % Math.max(1, all.length)];
  if (!row) return;
  const { config } = row.content;
  const content = isNew
    ? { ...row.content, config: { ...config, env: { ...config.env, N: `${n % 8}` } } }
    : row.content;
  const retry = random.chance(0.3) ? '\n\nTidegate-Retry: true' : '';
  const path = releasePath(application, environment);
  await git.config.push(
    { [path]: renderRelease(content, environment) },
    { message: `By hand${retry}`, author: 'Eve' },
  );
}

export type People = ReturnType<typeof simulatedPeople>;
