import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Artifact } from '../../../capabilities/releases/types.ts';
import { restartDelay } from './restart.ts';
import type { BundleState } from './types.ts';

export type FetchBundle = (artifact: Artifact, directory: string) => Promise<void>;

/** Bundles on disk, one directory per Git tree, shared by every release that has this tree. */
export type Bundles = {
  readonly state: (artifact: Artifact) => BundleState;
  readonly directoryOf: (artifact: Artifact) => string;
  /** Fetches unless it is there or on its way; `onNews` tells when that has changed. */
  readonly fetch: (artifact: Artifact) => void;
  /** Removes the oldest bundles beyond `kept` that are not in use. */
  readonly prune: (inUse: ReadonlySet<string>, kept: number) => void;
};

const imageRefused: BundleState = {
  phase: 'failed',
  reason: 'the process driver runs bundles, not images',
  retryAt: null,
};

export function treeOf(artifact: Artifact): string | null {
  return 'bundle' in artifact ? artifact.bundle.tree : null;
}

export function openBundles(
  directory: string,
  fetchBundle: FetchBundle,
  onNews: () => void,
): Bundles {
  mkdirSync(directory, { recursive: true });
  for (const name of readdirSync(directory).filter((entry) => entry.startsWith('.part-')))
    rmSync(join(directory, name), { recursive: true, force: true });
  const known = new Map<string, BundleState>();
  const failures = new Map<string, number>();

  const load = async (artifact: Artifact, tree: string): Promise<void> => {
    const part = await mkdtemp(join(directory, '.part-'));
    try {
      await fetchBundle(artifact, part);
      await rename(part, join(directory, tree));
      failures.delete(tree);
      known.set(tree, { phase: 'ready' });
    } catch (error) {
      await rm(part, { recursive: true, force: true });
      const count = (failures.get(tree) ?? 0) + 1;
      failures.set(tree, count);
      const reason = error instanceof Error ? error.message : String(error);
      known.set(tree, { phase: 'failed', reason, retryAt: Date.now() + restartDelay(count + 1) });
    }
    onNews();
  };

  const state: Bundles['state'] = (artifact) => {
    const tree = treeOf(artifact);
    if (tree === null) return imageRefused;
    const now = known.get(tree);
    if (now) return now;
    if (!existsSync(join(directory, tree))) return { phase: 'missing' };
    known.set(tree, { phase: 'ready' });
    return { phase: 'ready' };
  };

  return {
    state,
    directoryOf: (artifact) => join(directory, treeOf(artifact) ?? ''),
    fetch: (artifact) => {
      const tree = treeOf(artifact);
      const { phase } = state(artifact);
      if (tree === null || phase === 'ready' || phase === 'fetching') return;
      known.set(tree, { phase: 'fetching' });
      void load(artifact, tree);
    },
    prune: (inUse, kept) => {
      for (const tree of inUse) {
        const path = join(directory, tree);
        if (existsSync(path)) utimesSync(path, new Date(), new Date());
      }
      const idle = readdirSync(directory)
        .filter((name) => !name.startsWith('.') && !inUse.has(name))
        .map((name) => ({ name, at: statSync(join(directory, name)).mtimeMs }))
        .sort((a, b) => b.at - a.at);
      for (const { name } of idle.slice(kept)) {
        known.delete(name);
        rmSync(join(directory, name), { recursive: true, force: true });
      }
    },
  };
}
