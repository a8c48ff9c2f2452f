import type { Traffic } from '../../contract/api/traffic.ts';
import { copyIdOf } from '../../contract/kinds/strategy.ts';
import type { Database } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import { decideMarks } from './decide-marks.ts';
import { decideRange, isOver, nextCursor, parseCursor } from './decide-range.ts';
import { decideSeries } from './decide-series.ts';
import { readCells, readMarkedEvents, readShares, readSubject } from './reads.ts';
import type { Quantile, Subject } from './types.ts';

export type AnswerDeps = { readonly db: Database; readonly quantile: Quantile };

export type TrafficAsked = {
  readonly rollout: string;
  readonly after?: string | undefined;
  readonly target?: string | undefined;
  readonly points: number;
};

/** TG1301 for a rollout that is not there, TG1603 for a target that is none of its own. */
export async function mustFindSubject(
  db: Database,
  { rollout, target }: Pick<TrafficAsked, 'rollout' | 'target'>,
): Promise<Subject> {
  const subject = await readSubject(db, rollout);
  if (!subject) fail('TG1301', { detail: `There is no rollout ${rollout}.` });
  if (target === undefined || subject.targets.includes(target)) return subject;
  const known = subject.targets.join(', ');
  fail('TG1603', { detail: `target: ${rollout} has no target ${target}; it has ${known}.` });
}

function releasesOf({ candidate, stable, copyFor }: Subject): Traffic['releases'] {
  const own = { release: candidate, role: 'candidate' as const };
  if (stable === null || stable === candidate) return [own];
  const both = [own, { release: stable, role: 'stable' as const }];
  if (copyFor === null) return both;
  return [...both, { release: copyIdOf(stable, copyFor), role: 'baseline' }];
}

export async function answerTraffic(
  { db, quantile }: AnswerDeps,
  { rollout, after, target, points }: TrafficAsked,
): Promise<{ readonly traffic: Traffic; readonly isOver: boolean }> {
  const subject = await mustFindSubject(db, { rollout, target });
  const { application, environment, analyses } = subject;
  const targets = target === undefined ? [...new Set(subject.targets)] : [target];
  const range = decideRange(subject, points, after === undefined ? null : parseCursor(after));
  const releases = releasesOf(subject);
  const names = releases.map(({ release }) => release);
  const ask = { application, environment, targets, releases: names, range };
  const objects = [`rollout/${rollout}`, ...analyses.map((key) => `analysis/${key}`)];
  // One after the other: many who look at once must not take every connection.
  const cells = await readCells(db, ask);
  const shares = await readShares(db, ask);
  const events = await readMarkedEvents(db, objects, range.from);
  const traffic = {
    from: new Date(range.from).toISOString(),
    to: new Date(range.to).toISOString(),
    step: range.step,
    releases,
    points: [...decideSeries({ range, releases, targets, cells, shares, quantile })],
    marks: [...decideMarks(events)],
    cursor: nextCursor(range).text,
  };
  return { traffic, isOver: isOver(subject) };
}
