import type { KindDocument } from '../../contract/kinds/registry.ts';
import type { CommitInfo } from '../../integrations/git/port.ts';
import { problem } from '../../platform/errors/problem.ts';
import type { FileLook, KnownDocument, SourceLook, SourceSnapshot, SourceState } from './types.ts';

export const now = new Date('2026-01-05T10:00:00Z');
export const commit = (id: string, author = 'Ada'): CommitInfo => ({
  id: id.repeat(40),
  author,
  email: `${author}@example.com`,
  subject: `Commit ${id}`,
  body: '',
  at: now.toISOString(),
  trailers: {},
});
export const state: SourceState = {
  address: '/srv/config.git',
  branch: 'main',
  pollInterval: 15_000,
  seenCommit: 'a'.repeat(40),
  pending: null,
  lastFetchedAt: '2026-01-05T09:59:30.000Z',
  failures: 0,
};
export const snapshot = (
  look: SourceLook,
  over: Partial<SourceState> = {},
  requests: SourceSnapshot['requests'] = [],
): SourceSnapshot => ({
  id: 'source/config',
  repository: 'config',
  state: { ...state, ...over },
  look,
  requests,
});
type Kind = KindDocument['kind'];
export const document = (
  kind: Kind,
  name: string,
  digest: string,
  environments: readonly string[] = [],
) => {
  const spec = { kind, spec: { environments: environments.map((one) => ({ name: one })) } };
  const where = { file: 'x.yaml', line: 4, column: 9 };
  return { kind, name, digest, where, spec: spec as unknown as KindDocument };
};
export const file = (path: string, over: Partial<FileLook> = {}): FileLook => ({
  path,
  blob: 'f'.repeat(40),
  commit: commit('b'),
  documents: [],
  faults: [],
  ...over,
});
export const known = (
  kind: Kind,
  name: string,
  path: string,
  over: Partial<KnownDocument> = {},
): KnownDocument => ({
  kind,
  name,
  path,
  blob: '0'.repeat(40),
  commit: commit('a').id,
  deleted: false,
  hasProblems: false,
  digest: 'old',
  environments: [],
  ...over,
});
export const changed = (over: Partial<Extract<SourceLook, { is: 'changed' }>>): SourceLook => ({
  is: 'changed',
  to: 'b'.repeat(40),
  files: [],
  known: [],
  brokenPaths: [],
  total: over.files?.length ?? 0,
  last: true,
  after: '1:z',
  routes: { applications: {}, environments: {} },
  ...over,
});
export const unreachable: SourceLook = {
  is: 'unreachable',
  problem: problem('TG1101', { detail: 'No route.' }),
};
