import { problem } from '../../platform/errors/problem.ts';
import type { Between, BetweenAsk, CommitInfo, CommitLines, GitResult } from './port.ts';

export type Snapshot = ReadonlyMap<string, string>;
/** A commit of the repository in memory; it has one parent at most. */
export type Commit = {
  readonly info: CommitInfo;
  readonly parent: string | null;
  readonly files: Snapshot;
};

type Commits = ReadonlyMap<string, Commit>;

/** What lies between two commits of a repository in memory. */
export function betweenOf(commits: Commits, ask: BetweenAsk): GitResult<Between> {
  const { from, to, path, limit } = ask;
  if (path.startsWith('/') || path.split('/').includes('..'))
    return { ok: false, problem: problem('TG1010', { detail: `${path} is outside.` }) };
  const [begin, end] = [from === null ? null : idOf(commits, from), idOf(commits, to)];
  if (end === undefined || begin === undefined) {
    const lost = end === undefined ? to : from;
    return { ok: false, problem: problem('TG1103', { detail: `The repository has no ${lost}.` }) };
  }
  const side = (one: string | null, other: string | null): CommitLines => {
    const known = new Set(lineOf(commits, other));
    const found = lineOf(commits, one).filter((id) => !known.has(id) && touches(commits, id, path));
    const shown = found.slice(0, limit).flatMap((id) => commits.get(id)?.info ?? []);
    return { commits: shown, more: found.length > limit };
  };
  const value = { from: begin, to: end, ahead: side(end, begin), behind: side(begin, end) };
  return { ok: true, value };
}

const idOf = (commits: Commits, ref: string): string | undefined =>
  /^[0-9a-f]{7,40}$/.test(ref) ? commits.keys().find((id) => id.startsWith(ref)) : undefined;

/** A commit and all before it, newest first. */
function lineOf(commits: Commits, from: string | null): readonly string[] {
  const line: string[] = [];
  for (let id = from; id !== null; id = commits.get(id)?.parent ?? null) line.push(id);
  return line;
}

function touches(commits: Commits, id: string, path: string): boolean {
  const inside = path
    .split('/')
    .filter((one) => one !== '' && one !== '.')
    .join('/');
  const [now, then] = [commits.get(id), commits.get(commits.get(id)?.parent ?? '')];
  const names = new Set([...(now?.files.keys() ?? []), ...(then?.files.keys() ?? [])]);
  return [...names].some(
    (name) =>
      (inside === '' || name === inside || name.startsWith(`${inside}/`)) &&
      now?.files.get(name) !== then?.files.get(name),
  );
}
