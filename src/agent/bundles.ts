import type { Artifact } from '../capabilities/releases/types.ts';
import type { GitRepository } from '../integrations/git/port.ts';

export type OpenGit = (address: string) => GitRepository;
export type FetchBundle = (artifact: Artifact, directory: string) => Promise<void>;

/** Writes a bundle's tree into an empty directory. Rejects with a message for people. */
export function bundleFetcher(openGit: OpenGit): FetchBundle {
  return async (artifact, directory) => {
    if (!('bundle' in artifact)) throw new Error('the artifact is not a bundle');
    const { repository, tree } = artifact.bundle;
    const done = await openGit(repository).checkout(tree, directory);
    if (done.ok) return;
    const { code, title, detail } = done.problem;
    throw new Error(`${code} ${title}: ${detail}`);
  };
}
