import { parseDocuments } from '../../contract/kinds/validate.ts';
import type { Reconciler } from '../../engine/types.ts';
import type { GitRepository } from '../../integrations/git/port.ts';
import type { Sql } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import { decideSource } from './decide.ts';
import { lookAt } from './look.ts';
import { writeDocuments } from './store.ts';
import type { SourceSnapshot, SourceState, SourceWrite } from './types.ts';

export type SourceDeps = {
  readonly db: Sql;
  /** The repository at an address. */
  readonly git: (address: string) => GitRepository;
  readonly parse?: typeof parseDocuments;
  /** Tells the agents of these targets that something declared of them changed. */
  readonly notifyTargets?: (tx: Sql, targets: readonly string[]) => Promise<void>;
};

const schema = 1;

export function sourceReconciler(
  deps: SourceDeps,
): Reconciler<SourceState, SourceSnapshot, SourceWrite> {
  const { db, git, parse = parseDocuments } = deps;
  return {
    kind: 'source',
    schema,
    upgrade: (state, from) => {
      if (from <= schema) return state as SourceState;
      fail('TG1702', {
        detail: `State of a source is of version ${from}; this program knows ${schema}.`,
      });
    },
    load: async (object, { requests }) => {
      const { id, key: repository, state } = object;
      const look = await lookAt({ db, git: git(state.address), parse }, repository, state);
      return { id, repository, state, look, requests };
    },
    decide: decideSource,
    apply: async (tx, object, writes) => {
      await writeDocuments(tx, object.key, writes);
      const targets = writes.flatMap((write) =>
        write.table === 'documents' && write.row.kind === 'Target' ? [write.row.name] : [],
      );
      await deps.notifyTargets?.(tx, targets);
    },
  };
}
