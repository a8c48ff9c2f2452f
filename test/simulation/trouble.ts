import type { Status } from '../../src/capabilities/fleet/types.ts';
import type { FaultEvent, Happening } from './faults.ts';
import { beginOwn } from './scenarios/own-faults.ts';
import type { World } from './world.ts';

/** Something that is to be done at a moment: a fault that begins, or one that ends. */
export type Due = { readonly at: number; readonly does: () => Promise<void> };

/** Makes what was planned happen, and puts on the list what must be undone later. */
export async function happen(
  world: World,
  { what }: FaultEvent,
  later: (due: Due) => void,
  note: (text: string) => void,
): Promise<void> {
  const now = world.clock.now;
  const after = (ms: number, does: () => void | Promise<void>) =>
    later({ at: now + ms, does: async () => await does() });
  switch (what.is) {
    case 'person': {
      const refusal = await world.people.does(what.does, what.n);
      world.hits.hit(refusal === null ? `person-${what.does}` : 'person-refused');
      if (refusal !== null) note(`   refused: ${refusal}`);
      return;
    }
    case 'run': {
      const refusal = await world.runPeople.does(what.does, what.n);
      world.hits.hit(refusal === null ? `run-${what.does}` : 'run-refused');
      if (refusal !== null) note(`   refused: ${refusal}`);
      return;
    }
    case 'nudges':
      world.nudges.fault = what.how;
      world.nudges.until = now + what.ms;
      return;
    case 'metric':
      world.metrics.fault = what.how;
      world.metrics.until = now + what.ms;
      return;
    case 'git':
      return gitTrouble(world, what);
    case 'own':
      return beginOwn(world, what.how, what.n);
    case 'agent':
      return agentTrouble(world, what, after);
    case 'cut':
    case 'target':
      return targetTrouble(world, what, after);
    case 'tornRead':
      return tornRead(world, what.after);
    default:
      return staffTrouble(world, what, after);
  }
}

type Of<K extends Happening['is']> = Extract<Happening, { is: K }>;
type After = (ms: number, does: () => void | Promise<void>) => void;

function gitTrouble({ git: { mood }, clock }: World, what: Of<'git'>): void {
  if (what.how === 'away') mood.awayUntil = clock.now + what.n * 5_000;
  if (what.how === 'conflict') mood.conflicts += Math.ceil(what.n / 2);
  if (what.how === 'move') mood.moves += what.n;
  if (what.how === 'lostAnswer') mood.lostAnswers += what.n;
}

function staffTrouble(world: World, what: Of<'crash' | 'freeze' | 'skew'>, after: After): void {
  const member = world.staff[what.worker % world.staff.length];
  if (!member) return;
  const { hindrance } = member;
  if (what.is === 'crash') hindrance.crash = { where: what.where, down: what.down };
  if (what.is === 'freeze') hindrance.freeze = what.ms;
  if (what.is !== 'skew') return;
  hindrance.rate = what.rate;
  after(what.ms, () => {
    hindrance.rate = 1;
  });
}

/** While it is away its target goes on as it was told last. */
function agentTrouble(world: World, what: Of<'agent'>, after: After): void {
  const target = world.targets[what.target % world.targets.length];
  if (!target) return;
  target.ailments.cut = true;
  world.hits.hit(`agent-${what.how}`);
  after(what.ms, () => {
    target.ailments.cut = false;
    target.restart(what.how);
    target.poke(world.clock.now);
  });
}

function targetTrouble(world: World, what: Of<'cut' | 'target'>, after: After): void {
  const target = world.targets[what.target % world.targets.length];
  if (!target) return;
  const { ailments } = target;
  if (what.is === 'target') {
    if (what.how === 'slow') ailments.readyAfter = 20_000;
    if (what.how === 'refuse') ailments.refuses = true;
    if (what.how === 'halfApply') ailments.half = true;
    if (what.how === 'drift') ailments.drifts = true;
    if (what.how === 'lieReady') ailments.lies = 'ready';
    if (what.how === 'lieUnready') ailments.lies = 'unready';
    after(what.ms, () => {
      if (what.how === 'slow') ailments.readyAfter = 1_000;
      if (what.how === 'refuse') ailments.refuses = false;
      if (what.how === 'halfApply') ailments.half = false;
      if (what.how === 'drift') ailments.drifts = false;
      if (what.how.startsWith('lie')) ailments.lies = null;
      target.poke(world.clock.now);
    });
    return;
  }
  const old: readonly Status[] = target.statuses();
  ailments.cut = true;
  world.hits.hit('cut');
  after(what.ms, async () => {
    ailments.cut = false;
    target.poke(world.clock.now);
    if (what.oldNews) await bringOldNews(world, old, after, target);
  });
}

/** What it had to say when it was cut off arrives when it is back: at once, and once more after the fresh report. */
async function bringOldNews(
  world: World,
  old: readonly Status[],
  after: After,
  target: World['targets'][number],
): Promise<void> {
  world.hits.hit('oldNews');
  await target.deliver(old);
  after(1_500, () => target.deliver(old));
}

/** In the middle of somebody's reading, somebody else commits. */
function tornRead(world: World, statements: number): void {
  let left = statements;
  world.watchReads(() => {
    left -= 1;
    if (left > 0) return null;
    world.watchReads(null);
    world.hits.hit('tornRead');
    const others = world.targets.filter((target) => !target.ailments.cut);
    const other = others[statements % Math.max(1, others.length)];
    return other ? other.step() : null;
  });
}
