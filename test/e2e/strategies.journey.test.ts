import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { processesIn } from './left-over.ts';
import { changesWithoutEvent, watchChanges } from './support/audit.ts';
import { replayAll } from './support/replay.ts';
import { agentAdopts, agentDies, controlPlaneDies } from './support/scenarios-edge.ts';
import {
  freezeAndFastTrack,
  gitIsTheOnlyPath,
  newerReleases,
  peopleSteer,
} from './support/scenarios-people.ts';
import {
  abortAnywhere,
  abTest,
  blueGreen,
  comparedWithCopy,
  judgedByEvidence,
  progressive,
} from './support/scenarios-strategies.ts';
import { openWorld, type World } from './support/world.ts';

const always = '{ name: always, rrule: "FREQ=DAILY", duration: 24h }';
const made: { world?: World } = {};
const world = (): World => {
  if (!made.world) throw new Error('the world is not there');
  return made.world;
};

/** What the processes said last belongs to a failure. */
async function tell(scenario: (world: World) => Promise<void>): Promise<void> {
  try {
    await scenario(world());
  } catch (error) {
    if (error instanceof Error) error.message += `\n${await world().lastWords()}`;
    throw error;
  }
}

beforeAll(async () => {
  made.world = await openWorld({
    environments: {
      solo: '{ waves: [{ targets: [eu-1] }] }',
      pair: '{ waves: [{ targets: [eu-1] }, { targets: [us-1], soak: 500ms }] }',
      edge: '{ waves: [{ targets: [eu-1, ap-1] }], maxUnavailable: 1 }',
      brink: '{ waves: [{ targets: [sa-1] }] }',
      frozen: `{ waves: [{ targets: [eu-1] }], freeze: [${always}] }`,
    },
    agents: { main: ['eu-1', 'us-1'], far: ['ap-1'], near: ['sa-1'] },
    control: [['control', 'all']],
  });
  await watchChanges(made.world.db);
}, 60_000);
afterAll(async () => {
  const directory = made.world?.directory;
  await made.world?.end();
  if (directory) expect(await processesIn(directory)).toEqual([]);
}, 60_000);

// Side by side, since each spends most of its time waiting for what people wait for.
describe.concurrent('every way to production, with real processes and traffic', () => {
  test.each([
    ['an agent that dies holds nothing up, and catches up', agentDies],
    ['blue/green: preview, two analyses, instant switch back', blueGreen],
    ['routes, approvals, pauses and sticky clients', peopleSteer],
    ['a commit is the only path, for code, configuration and the way back', gitIsTheOnlyPath],
    ['a newer release supersedes, or queues', newerReleases],
    ['an agent killed in a canary adopts what runs', agentAdopts],
    ['abort at any moment', abortAnywhere],
    ['freeze windows, overrides and the fast track', freezeAndFastTrack],
    ['progressive over two waves', progressive],
    ['A/B by header and cookie', abTest],
    ['a release is judged by evidence, for it and against it', judgedByEvidence],
    ['a release is compared with a fresh copy of the stable one', comparedWithCopy],
  ] as const)('%s', { timeout: 90_000 }, (_, scenario) => tell(scenario));
});

test('killing the control plane in a rollout loses no request', { timeout: 60_000 }, () =>
  controlPlaneDies(world()),
);

test('what every rollout saw decides the same again, byte for byte', async () => {
  const { decisions, others } = await replayAll(world().api);
  expect(others).toEqual([]);
  expect(decisions).toBeGreaterThan(100);
});

test('nothing changed without an event, and no event can change', async () => {
  const { db, api } = world();
  expect(await changesWithoutEvent(db)).toEqual([]);
  for (const wish of ['update events set actor = actor', 'delete from events', 'truncate events']) {
    await expect(db.query(wish, [])).rejects.toThrow('append-only');
  }
  const events = await api.events();
  expect(events.length).toBeGreaterThan(100);
  for (const event of events) {
    expect(event.actor).toMatch(/^(tidegate$|user:.|git:.|agent:.)/);
    expect(event.because.trim(), event.type).not.toBe('');
    expect(['done', 'refused', 'failed']).toContain(event.outcome);
    if (event.actor.startsWith('user:')) expect(event.requestId, event.type).toBeTruthy();
  }
});
