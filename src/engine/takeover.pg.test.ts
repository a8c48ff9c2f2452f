import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../test/support/postgres.ts';
import { type Count, eventually, quiet, reconcilerOf } from './engine.fixture.ts';
import { startEngine } from './engine.ts';
import { readObject } from './reads.ts';
import { openObject } from './store.ts';

const world = { children: [] as ChildProcess[] } as {
  fresh: FreshDatabase;
  children: ChildProcess[];
};
beforeAll(async () => {
  world.fresh = await freshDatabase();
});
afterAll(() => world.fresh.drop());
beforeEach(() => world.fresh.db.query('delete from objects'));
afterEach(async () => {
  for (const child of world.children.splice(0)) await kill(child);
});

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** A worker process that has the object `held/x` in hand. */
async function childWithObjectInHand(): Promise<{ child: ChildProcess; said: () => string }> {
  const script = new URL('worker.fixture.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, world.fresh.url], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  world.children.push(child);
  const heard = { text: '' };
  child.stdout?.on('data', (data) => {
    heard.text += String(data);
  });
  await eventually(async () => heard.text.includes('loading held/x'));
  return { child, said: () => heard.text };
}

const held = reconcilerOf<Count>({
  kind: 'held',
  decide: ({ state }) => ({
    state: { ...state, n: state.n + 1 },
    phase: 'taken-over',
    terminal: true,
    because: 'written by the parent',
    wakeAt: null,
    events: [{ type: 'parent.wrote', actor: 'tidegate', because: 'a test', outcome: 'done' }],
  }),
});

const startHere = () =>
  startEngine({
    db: world.fresh.db,
    reconcilers: [held],
    handlers: [],
    worker: 'here',
    log: quiet,
  });

const open = () =>
  openObject(world.fresh.db, { kind: 'held', key: 'x', phase: 'new', state: { n: 0, goal: 1 } });

const phaseIs = (phase: string) => async () =>
  (await readObject(world.fresh.db, 'held/x'))?.phase === phase;

test('what a killed worker had in hand is taken over within 5 s', async () => {
  await open();
  const { child } = await childWithObjectInHand();
  const engine = await startHere();
  const [before] = await world.fresh.db.query<{ leased_by: string }>(
    'select leased_by from objects',
  );
  expect(before?.leased_by).toMatch(/^child-/);
  const killed = performance.now();
  await kill(child);
  await eventually(phaseIs('taken-over'));
  const took = performance.now() - killed;
  await engine.stop();
  expect(took).toBeLessThan(5_000);
  expect(await readObject(world.fresh.db, 'held/x')).toMatchObject({ state: { n: 1 } });
});

test('a frozen worker that thaws after the takeover changes nothing', async () => {
  const { db } = world.fresh;
  await open();
  const { child, said } = await childWithObjectInHand();
  child.kill('SIGSTOP');
  const engine = await startHere();
  await eventually(phaseIs('taken-over'));
  await engine.stop();
  child.stdin?.write('go on\n');
  const length = said().length;
  child.kill('SIGCONT');
  await eventually(async () => said().slice(length).split('counts').length > 8);
  expect(said()).not.toContain('written 1');
  expect(await readObject(db, 'held/x')).toMatchObject({
    phase: 'taken-over',
    generation: 1,
    state: { n: 1 },
  });
  const events = await db.query("select type from events where type = 'child.wrote'");
  const effects = await db.query('select id from effects');
  expect({ events, effects }).toEqual({ events: [], effects: [] });
  expect(await readObject(db, 'opened/by-child')).toBeNull();
});

test('a heartbeat keeps an object through a look that is longer than its lease', async () => {
  await open();
  const { child, said } = await childWithObjectInHand();
  const engine = await startHere();
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  expect(engine.counts().objects.written).toBe(0);
  child.stdin?.write('go on\n');
  await eventually(phaseIs('child'));
  await engine.stop();
  await eventually(async () => said().includes('written 1'));
  expect(await readObject(world.fresh.db, 'held/x')).toMatchObject({ state: { n: 100 } });
});
