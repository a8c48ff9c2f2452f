import type { SourceState } from '../../src/capabilities/sources/types.ts';
import { configAddress } from './git.ts';
import { checkShown } from './invariants/documents.ts';
import { checkRest, type Declared } from './invariants/rest.ts';
import type { InvariantName } from './invariants/types.ts';
import { well } from './machine.ts';
import { releasePath } from './scenario.ts';
import { endOwn } from './scenarios/own-faults.ts';
import type { Due } from './trouble.ts';
import type { World } from './world.ts';

/** Nothing changed for this long: longer than every poll of a world without faults, of which a source's is the longest. */
export const calm = 17_000;

/** Simulated time after which every run must be over. */
const runPatience = 10 * 60_000;

/** How long a target stays away that its rollout can do without, which is for most of them until they have ended. */
const longAway = 40_000;

/** A part of getting well, after which the world must come to rest, but for whoever has trouble of its own. */
export type Stage = {
  readonly says: string;
  /** Resolves with when all of it is well. */
  readonly begin: () => Promise<number>;
  /** What it breaks when it comes to no rest. */
  readonly noRest: InvariantName;
};

/**
 * Everything gets well at once, unless something is wrong that only its own people can end: what is spoiled in Git, and
 * the trouble of one application. Then all others come to rest first, with the last good versions, and it follows.
 */
export function stagesOf(world: World, later: (due: Due) => void): readonly Stage[] {
  const { git, own, people, scenario, clock } = world;
  const answered = new Set<string>();
  const answer = async () => {
    await people.answer(answered);
    await world.runPeople.answerAll();
    later({ at: clock.now + 10_000, does: answer });
  };
  const healOthers = async () => {
    const healed = await heal(world, later);
    for (const { name } of scenario.applications) if (name !== own.application) answered.add(name);
    later({ at: clock.now + 1_000, does: answer });
    later({ at: healed + runPatience, does: async () => judgeRuns(world) });
    return healed;
  };
  const mend = async () => {
    endOwn(world);
    await people.authors.mend();
    for (const { name } of scenario.applications) answered.add(name);
    return clock.now;
  };
  const noRest = 'once faults stop, every rollout ends';
  if (git.ledger.spoiled.size === 0 && own.application === null)
    return [{ says: 'everything heals', begin: healOthers, noRest }];
  const held =
    own.application === null
      ? 'a bad document changes no intent and holds nobody'
      : 'the fault of one application never holds its neighbour';
  return [
    { says: 'all else heals', begin: healOthers, noRest: held },
    { says: 'what was left is mended', begin: mend, noRest },
  ];
}

function comeBack(target: World['targets'][number], now: number): void {
  target.ailments.cut = false;
  target.poke(now);
}

/** Ends all that is wrong with what everybody shares. Where a rollout may end without a target, it does so first. */
async function heal(world: World, later: (due: Due) => void): Promise<number> {
  let allWell = world.clock.now;
  const { clock, staff, targets, nudges, metrics, git, people, own } = world;
  nudges.fault = null;
  metrics.fault = null;
  world.outside.mood.isWell = true;
  Object.assign(git.mood, { awayUntil: 0, conflicts: 0, moves: 0, lostAnswers: 0 });
  world.watchReads(null);
  for (const { hindrance } of staff) Object.assign(hindrance, { rate: 1, crash: null, freeze: 0 });
  for (const target of targets) {
    const isAway = target.ailments.cut && world.scenario.spares;
    Object.assign(target.ailments, well(), { cut: isAway });
    if (!isAway) {
      target.poke(clock.now);
      continue;
    }
    allWell = clock.now + longAway;
    later({ at: allWell, does: async () => comeBack(target, allWell) });
  }
  // A release that only a lie made stable cannot be served by anybody; its sickness was a fault too.
  for (const [commit, nature] of world.natures) {
    if (nature === 'sick' && !own.sick.has(commit)) world.natures.set(commit, 'good');
  }
  await people.authors.thaw();
  return allWell;
}

export function isAtRest({ db, clock, watch, git, isAside }: World): boolean {
  if (clock.now - watch.changedAt() < calm) return false;
  for (const row of db.tables.objects.rows.values()) {
    if (isAside(row)) continue;
    if (row.failures > 0) return false;
    if (!row.terminal && row.kind !== 'source' && row.kind !== 'delivery') return false;
  }
  const source = db.tables.objects.rows.get('source/config')?.state as unknown as SourceState;
  if (source.seenCommit !== git.head()) return false;
  for (const row of db.tables.effects.rows.values())
    if (row.doneAt === null && !isAside(db.tables.objects.rows.get(row.objectId))) return false;
  return true;
}

/** A healed world has had the time for all that stood in the queues of groups. */
function judgeRuns({ db, watch }: World): void {
  for (const { id, kind, terminal, phase, because } of db.tables.objects.rows.values()) {
    if (kind === 'run' && !terminal)
      watch.report('once faults stop, every run ends', `${id} is ${phase}: ${because}`);
  }
}

/** Looks at a world that should be at rest. */
export async function judge(world: World, noRest: InvariantName): Promise<void> {
  const { db, watch, git, scenario, own, targets, isAside } = world;
  if (!isAtRest(world)) {
    const open = [...db.tables.objects.rows.values()].filter(
      (row) => !row.terminal && row.kind !== 'source' && row.kind !== 'delivery' && !isAside(row),
    );
    const words = open.map(({ id, phase, because }) => `${id} ${phase}: ${because}`).join('; ');
    watch.report(noRest, `no rest; ${words}`);
    return;
  }
  const deliveries = scenario.deliveries.filter((one) => one.application !== own.application);
  const declared = new Map<string, Declared>();
  for (const { application, environment } of deliveries) {
    const path = releasePath(application, environment);
    const spoiled = git.ledger.spoiled.has(path);
    declared.set(path, spoiled ? 'spoiled' : await git.declared(path));
  }
  const parts = { tables: db.tables, deliveries, isAside, targets, places: scenario.targets };
  checkRest(
    {
      ...parts,
      declared: (one) => declared.get(releasePath(one.application, one.environment)) ?? null,
      ...{ runs: watch.runs, commits: git.keys },
    },
    watch.report,
  );
  await checkBlobs(world);
  const rows = {
    documents: db.tables.documents.rows.values(),
    broken: db.tables.broken.rows.values(),
  };
  checkShown(git.ledger.spoiled, rows, watch.report);
}

/** Every file that is good was read as it is now. */
async function checkBlobs({ db, git, watch }: World): Promise<void> {
  const blobs = new Map<string, string>();
  for (const row of db.tables.documents.rows.values())
    if (!row.deleted) blobs.set(row.path, row.newestBlob);
  for (const path of git.ledger.good.keys()) {
    if (git.ledger.spoiled.has(path) || !path.endsWith('.yaml')) continue;
    const found = await git.git(configAddress).resolve('main', path);
    if (found.ok && found.value.object !== blobs.get(path))
      watch.report(
        'at rest, Git, intent and served version agree',
        `${path} was not read as Git has it`,
      );
  }
}
