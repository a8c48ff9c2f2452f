import { z } from 'zod';
import type { EffectHandler } from '../../engine/types.ts';
import type { GitRepository } from '../../integrations/git/port.ts';
import { ProblemError } from '../../platform/errors/problem.ts';

export const commitPayloadSchema = z.object({
  /** Name of the config repository. */
  repository: z.string(),
  branch: z.string(),
  edits: z.array(z.object({ path: z.string(), content: z.string().nullable() })).min(1),
  expect: z.record(z.string(), z.string().nullable()),
  message: z.string(),
  trailers: z.record(z.string(), z.string()),
});

export type CommitEffectDeps = {
  readonly configRepository: (name: string) => Promise<{ readonly git: GitRepository }>;
  /** Makes the source look at once, so that the commit is read without waiting for its clock. */
  readonly wakeSource: (repository: string) => Promise<void>;
};

/**
 * Effect `git.commit`: answers with the port's CommitResult. Repeating it with the same key finds the first commit
 * again by its trailer. Overtaken is an answer, and the source is woken then too: there is something to read.
 */
export function commitEffect(deps: CommitEffectDeps): EffectHandler {
  return {
    kind: 'git.commit',
    async run(payload, key) {
      const { repository, ...request } = commitPayloadSchema.parse(payload);
      const { git } = await deps.configRepository(repository);
      const done = await git.commit({ ...request, key });
      if (!done.ok) throw new ProblemError(done.problem);
      await deps.wakeSource(repository);
      return done.value;
    },
  };
}
