import type { Between, BetweenAsk, CommitLines, GitResult } from '../port.ts';
import { clip, longest, newMarks, noCommit, outside } from './history.ts';
import { type Mirror, readRef, unreadable } from './mirror.ts';
import { cleanPath, isInsidePath } from './names.ts';

/** What lies between two commits of the mirror as it is. */
export async function readBetween(mirror: Mirror, ask: BetweenAsk): Promise<GitResult<Between>> {
  const inside = cleanPath(ask.path);
  if (ask.path.startsWith('/') || (inside !== '' && !isInsidePath(inside)))
    return outside(ask.path);
  const to = await findCommit(mirror, ask.to);
  if (to === null) return noCommit(ask.to);
  const from = ask.from === null ? null : await findCommit(mirror, ask.from);
  if (ask.from !== null && from === null) return noCommit(ask.from);
  const rest = [...(inside === '' ? [] : ['--full-history']), '--'];
  const paths = inside === '' ? [] : [`:(literal)${inside}`];
  const list = (range: string) => readLines(mirror, [range, ...rest, ...paths], ask.limit);
  const ahead = await list(from === null ? to : `${from}..${to}`);
  if (!ahead.ok) return ahead;
  const behind = from === null ? nothing : await list(`${to}..${from}`);
  if (!behind.ok) return behind;
  return { ok: true, value: { from, to, ahead: ahead.value, behind: behind.value } };
}

const nothing: GitResult<CommitLines> = { ok: true, value: { commits: [], more: false } };

/** An id, or the beginning of one; never a name, which may mean something else a moment later. */
async function findCommit(mirror: Mirror, ref: string): Promise<string | null> {
  return /^[0-9a-f]{7,64}$/.test(ref) ? await readRef(mirror, ref) : null;
}

async function readLines(
  mirror: Mirror,
  range: readonly string[],
  limit: number,
): Promise<GitResult<CommitLines>> {
  const { begin, field } = newMarks();
  const format = `--format=${begin}${['%H', '%an', '%cI', '%s'].join(field)}`;
  const run = await mirror.git(['log', `-n${limit + 1}`, format, ...range]);
  if (!run.ok) return unreadable(mirror, run);
  const lines = run.stdout.toString('utf8').split(begin).slice(1);
  const commits = lines.slice(0, limit).map((line) => {
    const [id = '', author = '', at = '', subject = ''] = line.trimEnd().split(field);
    return {
      id,
      author: clip(author, longest.name),
      at,
      subject: clip(subject, longest.subject),
    };
  });
  return { ok: true, value: { commits, more: lines.length > limit } };
}
