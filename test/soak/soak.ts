import { setTimeout as sleep } from 'node:timers/promises';
import { processesIn } from '../e2e/left-over.ts';
import { addressOn, openApp } from '../e2e/support/app.ts';
import { randomOf } from '../simulation/random.ts';
import { type Hand, strike } from './blows.ts';
import { dealBlows } from './deck.ts';
import { judge } from './judge.ts';
import { openPeople } from './people.ts';
import { lookAtRest, type Team } from './rest.ts';
import { agentName, environment, openStage, type Stage, targets } from './stage.ts';
import { canFillDisk } from './system.ts';
import { startTraffic, type Traffic } from './traffic.ts';
import type { Blow, BlowDone, Broken, SoakReport } from './types.ts';
import { startWitness } from './witness.ts';

export type SoakWish = {
  readonly seed: number;
  readonly blows: number;
  /** Only kinds with this in their name. */
  readonly only?: string;
  readonly say: (line: string) => void;
  /** Deals no further blow; what was begun is brought to its end and judged. */
  readonly signal?: AbortSignal;
};

const applications = ['shop', 'desk'] as const;
const replicas = 1;
/** Requests per second to each of the four addresses. */
const rate = 15;
const canary =
  '{ canary: { steps: [{ setWeight: 30 }, { analysis: { templates: [error-rate] } }, { setWeight: 60 }, { pause: { duration: 500ms } }] } }';

/** Real processes, real traffic, rollouts without end, and blows at moments that the seed chooses. */
export async function soak(wish: SoakWish): Promise<SoakReport> {
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1_000;
  const say = (line: string): void => wish.say(`${seconds().toFixed(1).padStart(6)} s  ${line}`);
  const state: { traffic?: Traffic; isExcused: boolean } = { isExcused: false };
  const onDeath = (name: string, how: string): void => {
    say(`${name} ${how}; starting it again`);
    if (name === agentName) void lostAgent(state.traffic);
  };
  say('starting PostgreSQL, a server, two workers and an agent');
  const stage = await openStage({ say, onDeath, isExcused: () => state.isExcused });
  try {
    const excuse = (isExcused: boolean): void => {
      state.isExcused = isExcused;
    };
    const half = await run(wish, stage, say, state, excuse);
    const report = { seed: wish.seed, seconds: seconds(), ...half };
    say('ending everything');
    await stage.end();
    const left = await processesIn(stage.world.directory);
    const orphans = left.map((detail): Broken => ({ promise: 'nothing is left behind', detail }));
    return { ...report, seconds: seconds(), broken: [...report.broken, ...orphans] };
  } catch (error) {
    const words = await stage.world.lastWords();
    await state.traffic?.stop();
    await stage.end();
    const said = error instanceof Error ? error.message : String(error);
    throw new Error(`seed ${wish.seed}: ${said}\n${words}`, { cause: error });
  }
}

async function lostAgent(traffic: Traffic | undefined): Promise<void> {
  traffic?.agentIsAway();
  // One that does not come back is told by the blow that waits for it.
  await traffic?.agentIsBack().catch(() => undefined);
}

async function run(
  { seed, blows, only, signal }: SoakWish,
  stage: Stage,
  say: (line: string) => void,
  state: { traffic?: Traffic },
  excuse: (isExcused: boolean) => void,
): Promise<Omit<SoakReport, 'seed' | 'seconds'>> {
  const onRelease = (release: string, quality: 'good' | 'bad'): void => {
    if (quality === 'bad') state.traffic?.isBad(release);
  };
  const witness = startWitness(stage.world.api);
  const teams = await openTeams(stage, onRelease, say);
  const traffic = startTraffic(
    teams.flatMap(({ urls }) => urls),
    rate,
  );
  state.traffic = traffic;
  const works = Promise.allSettled(
    teams.map(({ app, people }) => people.work(randomOf(seed, `people of ${app.name}`))),
  );
  const hand: Hand = { stage, traffic, excuse };
  try {
    const deck = await dealt(seed, blows, only);
    const done = await strikeAll(deck.blows, hand, say, signal);
    say('no more blows; waiting for the rollouts under way');
    for (const { people } of teams) people.stop();
    const gaveUp = (await works).flatMap((work) => (work.status === 'rejected' ? work.reason : []));
    const requests = await traffic.stop();
    say('looking at what is there');
    const facts = await lookAtRest({ stage, teams, witness, requests, replicasEach: replicas });
    return {
      blows: done,
      deliveries: facts.deliveries,
      acknowledged: {
        promotions: facts.promotions.map(({ id }) => id),
        releases: facts.acknowledgedReleases,
      },
      events: facts.events.size,
      requests,
      deaths: facts.deaths,
      leftOut: deck.leftOut,
      broken: [
        ...judge(facts),
        ...gaveUp.map((reason) => ({ promise: 'people are answered', detail: String(reason) })),
      ],
    };
  } finally {
    for (const { people } of teams) people.quit();
    await witness.stop();
    await works;
  }
}

async function dealt(
  seed: number,
  count: number,
  only = '',
): Promise<{ readonly blows: readonly Blow[]; readonly leftOut: readonly string[] }> {
  const all = dealBlows(seed, count, only);
  if (await canFillDisk()) return { blows: all, leftOut: [] };
  const isFill = ({ kind }: Blow): boolean => kind.startsWith('fill');
  return {
    blows: all.filter((blow) => !isFill(blow)),
    leftOut: all.filter(isFill).map(({ kind }) => `${kind}: prlimit is not there`),
  };
}

async function strikeAll(
  blows: readonly Blow[],
  hand: Hand,
  say: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<readonly BlowDone[]> {
  const done: BlowDone[] = [];
  for (const [at, blow] of blows.entries()) {
    if (signal?.aborted) return done;
    await sleep(blow.after);
    say(`blow ${at + 1} of ${blows.length}: ${wordsOf(blow)}`);
    const one = await strike(hand, blow);
    say(`${one.victim}: all there again ${one.recovered.toFixed(0)} ms after it`);
    done.push(one);
  }
  return done;
}

async function openTeams(
  stage: Stage,
  onRelease: (release: string, quality: 'good' | 'bad') => void,
  say: (line: string) => void,
): Promise<readonly Team[]> {
  return await Promise.all(
    applications.map(async (name) => {
      const wish = { environment, strategy: canary, replicas, deadline: '120s' };
      const app = await openApp(stage.world, name, wish);
      const people = openPeople({ app, environment, onRelease, say });
      const { rollout } = await people.deliver('good');
      const view = await stage.world.api.rollout(rollout ?? '');
      return { app, people, urls: targets.map((target) => addressOn(view, target)) };
    }),
  );
}

const wordsOf = ({ kind, lasts }: Blow): string => (lasts > 0 ? `${kind} for ${lasts} ms` : kind);
