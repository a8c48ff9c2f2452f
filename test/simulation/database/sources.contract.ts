import { specOf } from '../../../src/capabilities/fleet/test/fixtures.ts';
import { readDesiredFile } from '../../../src/capabilities/releases/desired.ts';
import {
  readBrokenPaths,
  readKnown,
  readKnownFiles,
  readReleasePaths,
  readRoutes,
  readWaitingFiles,
} from '../../../src/capabilities/sources/known.ts';
import { readDocument, readDocuments } from '../../../src/capabilities/sources/reads.ts';
import { writeDocuments } from '../../../src/capabilities/sources/store.ts';
import type { SourceWrite } from '../../../src/capabilities/sources/types.ts';
import { renderRelease } from '../../../src/contract/kinds/render.ts';
import { parseDocuments } from '../../../src/contract/kinds/validate.ts';
import type { Database } from '../../../src/platform/db/types.ts';
import { problem } from '../../../src/platform/errors/problem.ts';
import { scenarios } from '../scenario.ts';
import type { Call } from './engine.contract.ts';

const info = {
  author: 'Ada',
  email: 'ada@example.com',
  subject: 'Declare',
  at: '1999-01-01T00:00:00Z',
  trailers: { Key: 'x' },
};
const scenario = scenarios.find(({ name }) => name === 'twoStops');
const files = scenario?.files ?? {};

const documents = (commit: string, blob: string): readonly SourceWrite[] =>
  Object.entries(files).flatMap(([path, text]) =>
    parseDocuments(text, path).documents.map(({ kind, name, document }) => ({
      table: 'documents' as const,
      row: {
        kind,
        name,
        path,
        blob,
        commit,
        commitInfo: { ...info, subject: commit },
        spec: document,
      },
    })),
  );

const release = (path: string): readonly SourceWrite[] => {
  const [version] = specOf({ x: 100 }).versions;
  if (!version) throw new Error('no version');
  const { artifact, config } = version;
  const content = { application: 'shop', commit: 'a'.repeat(40), artifact, config };
  return parseDocuments(renderRelease(content, 'production'), path).documents.map((one) => ({
    table: 'documents',
    row: {
      ...{ kind: one.kind, name: one.name, path, blob: 'b7', commit: 'c7', commitInfo: info },
      spec: one.document,
    },
  }));
};

const write = (db: Database, writes: readonly SourceWrite[]) =>
  db.transaction((tx) => writeDocuments(tx, 'config', writes));
const application = (db: Database) => readDocument(db, 'Application', 'shop');
const several = (db: Database) =>
  readDocuments(db, [
    { kind: 'Target', name: 'eu-1' },
    { kind: 'Channel', name: 'nobody' },
    { kind: 'Environment', name: 'production' },
    { kind: 'Target', name: 'eu-1' },
  ]);
const wrong = [problem('TG1001', { detail: 'wrong' })];
const taken = [problem('TG1006', { detail: 'twice', data: { kind: 'Target', name: 'eu-1' } })];
const fault = (blob: string): SourceWrite => ({
  table: 'faults',
  row: {
    kind: 'Application',
    name: 'shop',
    path: 'applications/shop.yaml',
    blob,
    commit: 'c9',
    problems: wrong,
  },
});
const removed = (path: string): SourceWrite => ({
  table: 'removed',
  row: { kind: 'Application', name: 'shop', path, commit: { id: 'c8', body: 'gone', ...info } },
});
const knownOf = async (db: Database) =>
  (
    await readKnown(db, 'config', ['applications/shop.yaml'], [{ kind: 'Target', name: 'eu-1' }])
  ).toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
const filesOf = async (db: Database) =>
  [...(await readKnownFiles(db, 'config'))].toSorted(([a], [b]) => (a < b ? -1 : 1));
const sortedRoutes = async (db: Database) => {
  const { applications, environments } = await readRoutes(db, ['staging'], ['eu-1', 'xx-1']);
  return [Object.entries(applications).toSorted(), Object.entries(environments).toSorted()];
};

export const sourceCalls: readonly Call[] = [
  ['nothing is declared', application],
  ['documents are written', (db) => write(db, documents('c1', 'b1'))],
  ['as declared', application],
  ['several, in the order asked', several],
  [
    'and written again by the same commit: its facts stay',
    async (db) => [
      await write(
        db,
        documents('c1', 'b2').map((one) =>
          one.table === 'documents'
            ? { ...one, row: { ...one.row, commitInfo: { ...info, subject: 'other' } } }
            : one,
        ),
      ),
      await application(db),
    ],
  ],
  [
    'by another commit',
    async (db) => [await write(db, documents('c2', 'b3')), await application(db)],
  ],
  ['what is known', knownOf],
  ['files', filesOf],
  ['routes', sortedRoutes],
  [
    'a wrong version leaves the good one',
    async (db) => [
      await write(db, [fault('b4')]),
      await application(db),
      await knownOf(db),
      await filesOf(db),
    ],
  ],
  [
    'removed from another path changes nothing',
    async (db) => [await write(db, [removed('elsewhere.yaml')]), await application(db)],
  ],
  [
    'removed',
    async (db) => [
      await write(db, [removed('applications/shop.yaml')]),
      await application(db),
      await filesOf(db),
      await sortedRoutes(db),
    ],
  ],
  [
    'a wrong version of what was removed',
    async (db) => [await write(db, [fault('b5')]), await application(db)],
  ],
  [
    'broken files',
    async (db) => [
      await write(db, [
        { table: 'broken_files', path: 'x.yaml', commit: 'c3', problems: wrong },
        { table: 'broken_files', path: 'y.yaml', commit: 'c3', problems: taken },
      ]),
      await readBrokenPaths(db, 'config', ['x.yaml', 'z.yaml']),
      await readWaitingFiles(db, 'config', [{ kind: 'Target', name: 'eu-1' }]),
      await readWaitingFiles(db, 'config', [{ kind: 'Target', name: 'us-1' }]),
      await filesOf(db),
    ],
  ],
  [
    'mended',
    async (db) => [
      await write(db, [{ table: 'broken_files', path: 'x.yaml', commit: 'c4', problems: [] }]),
      await readBrokenPaths(db, 'config', ['x.yaml', 'y.yaml']),
    ],
  ],
  ['no desired file', (db) => readDesiredFile(db, 'shop', 'production')],
  [
    'a desired release, alone in its file',
    async (db) => [
      await write(db, release('r.yaml')),
      await readDesiredFile(db, 'shop', 'production'),
      await readReleasePaths(db, 'config', ['r.yaml', 'applications/shop.yaml', 'none.yaml']),
    ],
  ],
  [
    'and beside others',
    async (db) => [
      await write(db, release('environments/production.yaml')),
      await readDesiredFile(db, 'shop', 'production'),
    ],
  ],
];
