import type { RunOperations } from '../../../src/capabilities/pipelines/operations.ts';
import { ProblemError } from '../../../src/platform/errors/problem.ts';
import type { SimulatedDatabase } from '../database/database.ts';
import type { KeptRun } from '../database/tables.ts';
import type { SimulatedGit } from '../git.ts';
import type { Nature } from '../machine.ts';
import type { Random } from '../random.ts';
import { applicationName } from '../scenario.ts';
import type { RunDeed } from './deeds.ts';
import { hasty, hastyPath, pipelineNames } from './pipelines.ts';

export type RunPeopleDeps = {
  readonly db: SimulatedDatabase;
  readonly runs: RunOperations;
  readonly makeRelease: (nature: Nature) => Promise<string>;
  readonly random: Random;
  readonly git: Pick<SimulatedGit, 'config'>;
};

const eve = { actor: 'user:eve', role: 'deployer', requestId: null };
const ada = { actor: 'user:ada', role: 'deployer', requestId: null };

/** What people do with runs, through the product's own operations. A refusal with a code is an answer. */
export function runPeople({ db, runs, makeRelease, random, git }: RunPeopleDeps) {
  const pick = (n: number, fits: (run: KeptRun) => boolean): KeptRun | undefined => {
    const all = [...db.tables.runs.rows.values()].filter(fits);
    return all[n % Math.max(1, all.length)];
  };
  const wishFor = async () => {
    const roll = random.next();
    const release = await makeRelease(roll < 0.75 ? 'good' : roll < 0.9 ? 'bad' : 'sick');
    const pipeline = random.pick(pipelineNames);
    return { pipeline, application: applicationName, release, inputs: {} };
  };
  const answer = async (n: number, action: 'approve' | 'reject') => {
    const run = pick(n, ({ awaiting }) => awaiting.length > 0);
    const step = run?.awaiting[0];
    if (run && step) await runs.answer({ id: run.id, step, action, because: 'as I see it' }, ada);
  };
  const cancel = async (n: number, times: number) => {
    // Sometimes one that is over: that is refused, and the refusal is news.
    const run = pick(n, ({ terminal }) => !terminal || n % 10 === 0);
    for (let time = 0; run && time < times; time += 1) await runs.cancel(run.id, eve, 'no more');
  };
  const deeds: { readonly [D in RunDeed]: (n: number) => Promise<unknown> } = {
    start: async () => runs.start(await wishFor(), eve),
    startTwice: async (n) => {
      const wish = { ...(await wishFor()), id: `run-twice${n}` };
      await runs.start(wish, eve);
      await runs.start(wish, ada);
    },
    approve: (n) => answer(n, 'approve'),
    reject: (n) => answer(n, 'reject'),
    cancel: (n) => cancel(n, 1),
    cancelTwice: (n) => cancel(n, 2),
    retry: async (n) => {
      const run = pick(n, ({ terminal, phase }) => terminal && phase !== 'succeeded');
      if (run) await runs.retry(run.id, eve, 'once more');
    },
    editPolicy: (n) => git.config.push({ [hastyPath]: hasty(n) }),
  };
  const refusalOf = async (does: () => Promise<unknown>): Promise<string | null> => {
    try {
      await does();
      return null;
    } catch (error) {
      if (error instanceof ProblemError) return error.message;
      throw error;
    }
  };
  return {
    /** Resolves with why it was refused; null when it was done. */
    does: (deed: RunDeed, n: number) => refusalOf(() => deeds[deed](n)),
    /** Approves whatever waits for a person. */
    answerAll: async () => {
      for (const { id, awaiting } of [...db.tables.runs.rows.values()]) {
        for (const step of awaiting) {
          await refusalOf(() =>
            runs.answer({ id, step, action: 'approve', because: 'at last' }, ada),
          );
        }
      }
    },
  };
}

export type RunPeople = ReturnType<typeof runPeople>;
