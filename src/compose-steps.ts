/*
 * What steps read and do, out of what the capabilities have. Nothing here decides.
 */

import { readTargetViews } from './capabilities/fleet/reads.ts';
import { leaveMessage } from './capabilities/notifications/operations.ts';
import { readLive } from './capabilities/pipelines/live.ts';
import type { RunOperations } from './capabilities/pipelines/operations.ts';
import { readRun, readRunState } from './capabilities/pipelines/reads.ts';
import type { releaseOperations } from './capabilities/releases/operations.ts';
import { listIntentTargets } from './capabilities/rollouts/reads.ts';
import type { ConfigRepository } from './capabilities/sources/directory.ts';
import { readApplication, readDocument } from './capabilities/sources/reads.ts';
import { resolveAddress } from './capabilities/sources/resolve.ts';
import { analyzeDeps } from './compose-steps-analyze.ts';
import { deployDeps } from './compose-steps-deploy.ts';
import { wakeObjects } from './engine/store.ts';
import { leaveRequestOnce } from './engine/store-once.ts';
import { readUnfinished } from './engine/unfinished.ts';
import type { GitRepository, GitResult } from './integrations/git/port.ts';
import { dockerRunner } from './integrations/step/container/docker.ts';
import type { FilesWish, GitDeps } from './integrations/step/git/git.ts';
import { outbound } from './integrations/step/outbound.ts';
import type { PipelineDeps } from './integrations/step/pipeline/pipeline.ts';
import type { StepSubject } from './integrations/step/port.ts';
import type { StepDeps } from './integrations/step/registry.ts';
import type { StateDeps } from './integrations/step/state/state.ts';
import type { Database } from './platform/db/types.ts';
import { fail, ProblemError } from './platform/errors/problem.ts';
import type { Json } from './platform/ids/types.ts';

export type StepWorld = {
  readonly db: Database;
  readonly git: (address: string) => GitRepository;
  readonly configRepository: (name: string) => Promise<ConfigRepository>;
  readonly releases: Pick<ReturnType<typeof releaseOperations>, 'promote' | 'createRelease'>;
  /** Asked late: runs are made of steps, and a step may begin a run. */
  readonly runs: () => Pick<RunOperations, 'start'>;
  /** Where programs work. */
  readonly directory: string;
  /** Of readInstallation: whose the containers are. */
  readonly owner: string;
  readonly now: () => Date;
};

/** Runs that began one another; a pipeline that begins itself ends here. */
const deepest = 8;
/** Targets that expressions see. */
const mostTargets = 100;

export function stepDeps(world: StepWorld): StepDeps {
  const { db, releases, now, directory, owner } = world;
  return {
    ...deployDeps(db, releases),
    ...analyzeDeps(db, now),
    ...pipelineDeps(world),
    outbound: outbound(),
    ...{ directory, owner, runner: dockerRunner() },
    unfinished: (keys) => readUnfinished(db, keys),
    commitFiles: (wish) => commitFiles(world, wish),
    checkout: (subject, into) => checkout(world, subject, into),
    leaveMessage: (message) => db.transaction((tx) => leaveMessage(tx, message)),
    readState: (application, environment) => readState(db, application, environment, now()),
    readFreeze: async (environment) => {
      const found = await readDocument(db, 'Environment', environment);
      return found?.spec && !found.deleted ? found.spec.spec.freeze : null;
    },
  };
}

function pipelineDeps({ db, runs }: StepWorld): PipelineDeps {
  return {
    startRun: async ({ id, pipeline, inputs, parent }) => {
      await refuseDeep(db, parent.run);
      const { application, release, commit, run, step, actor } = parent;
      await runs().start(
        {
          ...{ id, pipeline, inputs, because: `Step ${step} of ${run}` },
          ...(application === null ? {} : { application }),
          ...(release === null ? {} : { release }),
          ...(commit === null ? {} : { commit }),
          origin: { trigger: 'pipeline', parent: { run, step }, event: null },
        },
        { actor, role: 'deployer', requestId: null },
      );
    },
    cancelRun: async ({ run, actor, because, key }) => {
      await db.transaction((tx) =>
        leaveRequestOnce(tx, {
          ...{ objectId: `run/${run}`, action: 'cancel', actor, because, requestId: key },
        }),
      );
    },
    readRun: async (id) => {
      const [row, state] = await Promise.all([readRun(db, id), readRunState(db, id)]);
      if (!row || !state) return null;
      const outputs = row.terminal
        ? Object.entries(state.steps).map(([name, { outputs }]) => [name, outputs] as const)
        : [];
      return {
        phase: row.phase,
        because: row.because,
        outputs: Object.fromEntries(outputs.filter(([, one]) => Object.keys(one).length > 0)),
      };
    },
  };
}

async function refuseDeep(db: Database, run: string): Promise<void> {
  let at: string | null = run;
  for (let depth = 0; at !== null; depth += 1) {
    if (depth >= deepest) {
      const detail = `Runs began one another ${deepest} times over: ${run} is the last of them.`;
      fail('TG1908', { detail, hint: 'Let no pipeline begin itself, directly or not.' });
    }
    at = (await readRun(db, at))?.parent ?? null;
  }
}

async function commitFiles(world: StepWorld, wish: FilesWish): ReturnType<GitDeps['commitFiles']> {
  const name = wish.repository ?? (await repositoryOf(world.db, wish.application));
  const { git, branch: own } = await world.configRepository(name);
  const branch = wish.branch ?? own;
  const base = wish.base ?? own;
  const { message, trailers, key, files } = wish;
  const edits = Object.entries(files).map(([path, content]) => ({ path, content }));
  const from = branch === base ? {} : { from: base };
  const done = must(
    await git.commit({ branch, ...from, edits, expect: {}, message, trailers, key }),
  );
  await wakeObjects(world.db, [`source/${name}`]);
  return { commit: done.ok ? done.commit : done.head, branch, base, isNew: done.ok };
}

async function repositoryOf(db: Database, application: string | null): Promise<string> {
  if (application === null) {
    fail('TG1907', { detail: 'It names no repository, and this run is not of an application.' });
  }
  const found = await readApplication(db, application);
  return (
    found?.repository ?? fail('TG1204', { detail: `No application ${application} is declared.` })
  );
}

/** The source of the run's application at the run's commit, as a program finds it. */
async function checkout(world: StepWorld, subject: StepSubject, into: string): Promise<void> {
  const { application, commit } = subject;
  if (application === null || commit === null) {
    fail('TG1907', { detail: 'A checkout needs a run of an application at a commit.' });
  }
  const found = await readApplication(world.db, application);
  if (!found) fail('TG1204', { detail: `No application ${application} is declared.` });
  const { source } = found.application.spec;
  const { address } = await world.configRepository(found.repository);
  const git = world.git(resolveAddress(source.repository, address));
  const { object } = must(await git.resolve(commit, source.path));
  must(await git.checkout(object, into));
}

async function readState(
  db: Database,
  application: string,
  environment: string,
  now: Date,
): ReturnType<StateDeps['readState']> {
  const [declared, live, names] = await Promise.all([
    readApplication(db, application),
    readLive(db, application, now),
    listIntentTargets(db, application, environment),
  ]);
  const place = live[environment];
  if (!declared || !place) return null;
  const views = await readTargetViews(db, application, environment, names.slice(0, mostTargets));
  const targets = views.map(({ name, connected, status, intent }) => ({
    name,
    connected,
    converged: status?.converged === true && status.generation === intent?.generation,
    endpoint: status?.endpoint ?? null,
    versions: (status?.versions ?? []).map(({ release, replicas, ready, weight }) => ({
      ...{ release, replicas, ready, weight },
    })),
  }));
  return { ...place, application, environment, targets } satisfies Json;
}

function must<T>(result: GitResult<T>): T {
  if (result.ok) return result.value;
  throw new ProblemError(result.problem);
}
