import type { SourceSnapshot, SourceWrite } from '../../src/capabilities/sources/types.ts';
import type { KindDocument } from '../../src/contract/kinds/registry.ts';
import type { Write } from '../../src/engine/engine-store.ts';
import { problem } from '../../src/platform/errors/problem.ts';
import type { SimulatedDatabase } from './database/database.ts';
import type { InvariantName } from './invariants/types.ts';
import { loads, type Mutation, writes } from './mutation.ts';
import { taintedReplicas } from './scenarios/spoiled.ts';

/** Changes the rows that a source writes. */
const keeps = (
  name: string,
  change: (row: SourceWrite, db: SimulatedDatabase) => readonly SourceWrite[],
): Mutation =>
  writes(name, (write: Write, db) => {
    if (write.type !== 'decided' || write.object.kind !== 'source') return write;
    const rows = (write.decision.writes ?? []) as readonly SourceWrite[];
    return {
      ...write,
      decision: { ...write.decision, writes: rows.flatMap((row) => change(row, db)) },
    };
  });

/** As if the parts that are right were put together with the ones that are not. */
const halfRead = keeps('what can be read of a bad document is taken', (write, { tables }) => {
  if (write.table !== 'faults') return [write];
  const { problems: _, ...row } = write.row;
  const known = tables.documents.rows.get(`config/${row.kind}/${row.name}`);
  if (!known?.spec || known.kind !== 'Application') return [write];
  const { spec } = known.spec as KindDocument<'Application'>;
  const wrong = { ...known.spec, spec: { ...spec, replicas: taintedReplicas } } as KindDocument;
  const commitInfo = { author: '', email: '', subject: '', at: '', trailers: {} };
  return [{ table: 'documents', row: { ...row, commitInfo, spec: wrong } }];
});

const changedLook = (
  name: string,
  change: (look: Extract<SourceSnapshot['look'], { is: 'changed' }>) => SourceSnapshot['look'],
): Mutation =>
  loads(name, 'source', (snapshot: SourceSnapshot) =>
    snapshot.look.is === 'changed' ? { ...snapshot, look: change(snapshot.look) } : snapshot,
  );

const kept = 'a bad document changes no intent and holds nobody';

export const documentMutations: readonly (readonly [Mutation, ...InvariantName[]])[] = [
  [
    changedLook('a file declares what can be read of it, and no more', (look) => ({
      ...look,
      files: look.files.map((file) => ({ ...file, faults: [] })),
    })),
    kept,
    // A target that counts as taken away is left with what it was asked for last.
    'at rest, Git, intent and served version agree',
  ],
  [halfRead, kept],
  [
    keeps('what is wrong is told to nobody', (write) =>
      write.table === 'faults' || write.table === 'broken_files' ? [] : [write],
    ),
    kept,
  ],
  [
    changedLook('a bad file holds its whole commit', (look) =>
      look.files.every(({ faults }) => faults.length === 0)
        ? look
        : { is: 'unreachable', problem: problem('TG1001', { detail: 'It cannot be read.' }) },
    ),
    kept,
    'the fault of one application never holds its neighbour',
  ],
];
