import { readObject } from '../../engine/reads.ts';
import type { GitRepository } from '../../integrations/git/port.ts';
import type { Sql } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import type { SourceState } from './types.ts';

export type ConfigRepository = {
  readonly git: GitRepository;
  readonly branch: string;
  readonly address: string;
};

/**
 * Finds a config repository by its name, in the rows: a source that was added a moment ago on another server is
 * known here too. TG1101 for a name that none has.
 */
export function configRepositories(deps: {
  readonly db: Sql;
  readonly git: (address: string) => GitRepository;
}): (name: string) => Promise<ConfigRepository> {
  return async (name) => {
    const found = await readObject<SourceState>(deps.db, `source/${name}`);
    if (!found) {
      fail('TG1101', {
        detail: `No config repository is named ${name}.`,
        hint: 'List them with: tidegate source list',
      });
    }
    const { address, branch } = found.state;
    return { git: deps.git(address), branch, address };
  };
}
