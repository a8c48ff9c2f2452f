import { type OpenRepository, openRepository } from './git-cli/repository.ts';
import type { GitOptions } from './git-cli/run.ts';
import type { GitHistory, GitRepository } from './port.ts';

/** Adapters by the name of their folder. */
export const gitAdapters = { 'git-cli': openRepository } as const;

export type Repositories = {
  /** The repository at an address; the same one for the same address. */
  open(address: string): GitRepository & GitHistory;
  /** Ends every process that reads objects. */
  closeRepositories(): Promise<void>;
};

/** One opened repository per address, for as long as the program runs. */
export function openRepositories(options: GitOptions): Repositories {
  const opened = new Map<string, OpenRepository>();
  return {
    open(address) {
      const known = opened.get(address);
      if (known) return known;
      const repository = gitAdapters['git-cli'](address, options);
      opened.set(address, repository);
      return repository;
    },
    async closeRepositories() {
      await Promise.all([...opened.values()].map((one) => one.close()));
    },
  };
}
