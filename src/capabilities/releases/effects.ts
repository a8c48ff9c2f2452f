import { z } from 'zod';
import { renderRelease } from '../../contract/kinds/render.ts';
import type { EffectHandler } from '../../engine/types.ts';
import type { GitRepository } from '../../integrations/git/port.ts';
import type { Database } from '../../platform/db/types.ts';
import { fail, ProblemError } from '../../platform/errors/problem.ts';
import { readDesired } from './desired.ts';
import { readRelease } from './reads.ts';

/** What a rollout that went back asks for: Git shall say again what runs. */
export const revertPayloadSchema = z.object({
  repository: z.string(),
  path: z.string(),
  application: z.string(),
  environment: z.string(),
  /** Commit that asked for the failed release. */
  commit: z.string(),
  /** The release that failed. */
  release: z.string(),
  /** The release to declare again; null removes the file. */
  restore: z.string().nullable(),
  reason: z.string(),
  rollout: z.string(),
});

export type RevertEffectDeps = {
  readonly db: Database;
  readonly configRepository: (
    name: string,
  ) => Promise<{ readonly git: GitRepository; readonly branch: string }>;
  readonly wakeSource: (repository: string) => Promise<void>;
  readonly render?: typeof renderRelease;
};

/**
 * Effect `git.revert`: answers `{commit}`, or `{overtaken: true}` when the file declares something else by now,
 * which then stands. Repeating it with the same key finds the first commit again by its trailer.
 */
export function revertEffect(deps: RevertEffectDeps): EffectHandler {
  return {
    kind: 'git.revert',
    async run(payload, key) {
      const wish = revertPayloadSchema.parse(payload);
      const { git, branch } = await deps.configRepository(wish.repository);
      const desired = await readDesired(deps.db, wish.application, wish.environment);
      // A repeat may come after its own commit was read back: then the file no longer declares the failed
      // release, but asking again with the same key finds that commit.
      const blob =
        desired?.release === wish.release ? desired.document.newestBlob : await blobOf(git, wish);
      const content = await restoredText(deps, wish.restore, wish.environment);
      const done = await git.commit({
        branch,
        edits: [{ path: wish.path, content }],
        expect: { [wish.path]: blob },
        message: `Roll back ${wish.application} in ${wish.environment}${wish.restore ? ` to ${wish.restore}` : ''}\n\nThis reverts what commit ${wish.commit.slice(0, 12)} declared.`,
        trailers: {
          'Tidegate-Rollout': wish.rollout,
          'Tidegate-Release': wish.restore ?? 'none',
          'Tidegate-Reverts': wish.commit,
          'Tidegate-Rollback': 'true',
          'Tidegate-Reason': wish.reason.replaceAll(/\s+/g, ' ').trim(),
        },
        key,
      });
      if (!done.ok) throw new ProblemError(done.problem);
      await deps.wakeSource(wish.repository);
      if (done.value.ok) return { commit: done.value.commit };
      return done.value.reason === 'overtaken' ? { overtaken: true } : { commit: done.value.head };
    },
  };
}

/** The file as the failed release's commit left it. */
async function blobOf(
  git: GitRepository,
  wish: { readonly commit: string; readonly path: string },
): Promise<string | null> {
  const found = await git.resolve(wish.commit, wish.path);
  return found.ok ? found.value.object : null;
}

async function restoredText(
  { db, render = renderRelease }: RevertEffectDeps,
  restore: string | null,
  environment: string,
): Promise<string | null> {
  if (restore === null) return null;
  const release = await readRelease(db, restore);
  if (!release)
    fail('TG1202', {
      detail: `Release ${restore}, to be restored in ${environment}, is not there.`,
    });
  return render(release.content, environment);
}
