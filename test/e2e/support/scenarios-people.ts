import { expect } from 'vitest';
import { eventually } from '../../../examples/demo/processes.ts';
import type { RolloutView } from '../../../src/contract/api/rollouts.ts';
import { readFileAtHead, readLog } from '../../../src/workspace/git.ts';
import { type App, addressOn, at, ended, openApp, versionsOf, visit, visits } from './app.ts';
import { publish } from './services.ts';
import type { World } from './world.ts';

const testers = '{ setHeaderRoute: { match: [{ header: { name: x-tester, exact: "yes" } }] } }';
const untested = '{ setHeaderRoute: { match: [] } }';

/** Header route, pause, approval, pause and resume by a person, sticky clients. */
export async function peopleSteer(world: World): Promise<void> {
  const { api } = world;
  const approval = '{ approval: { approvers: [ada] } }';
  const steps = `[${testers}, { pause: {} }, ${approval}, ${untested}, { setWeight: 50 }, { pause: {} }]`;
  const strategy = `{ canary: { steps: ${steps}, sticky: { cookie: shop-version, ttl: 60s } } }`;
  const app = await openApp(world, 'steered', { environment: 'solo', strategy });
  await app.arrive({ version: '1' });
  const rollout = await app.deliver({ version: '2' });
  const tested = await app.until(rollout, 'waits for its testers', at(1, 'paused'));
  const url = addressOn(tested, 'eu-1');
  expect(versionsOf(await visits(30, url))).toEqual(['1']);
  expect(versionsOf(await visits(30, url, { 'x-tester': 'yes' }))).toEqual(['2']);
  expect(versionsOf(await visits(5, url, { 'x-tester': 'no' }))).toEqual(['1']);
  const { events } = await api.explain(rollout.id);
  expect(events.map((event) => event.type)).toContain('rollout.routes');

  await api.act(rollout.id, 'promote');
  await app.until(rollout, 'waits for an approval', at(2, 'paused'));
  await expect(api.act(rollout.id, 'approve')).rejects.toThrow(/TG1302 .*ada/);
  await expect(api.act(rollout.id, 'promote')).rejects.toThrow(/TG1302 .*approval/);
  await approveAs(world, 'ada', rollout.id);

  const half = await app.until(rollout, 'waits at half', at(5, 'paused'));
  expect(half.approvals).toMatchObject([]);
  const seen = await visits(40, url);
  expect(versionsOf(seen)).toEqual(['1', '2']);
  for (const version of ['1', '2']) {
    const { cookie } = seen.find((one) => one.version === version) ?? {};
    expect(cookie).toMatch(/^shop-version=r-/);
    expect(versionsOf(await visits(15, url, { cookie: cookie ?? '' }))).toEqual([version]);
  }
  expect(versionsOf(await visits(5, url, { 'x-tester': 'yes' })).length).toBeGreaterThan(0);

  await api.act(rollout.id, 'pause', 'lunch');
  await app.until(rollout, 'is held', (view) => view.because.includes('lunch'));
  await expect(api.act(rollout.id, 'promote')).rejects.toThrow(/TG1302 .*paused it/);
  await api.act(rollout.id, 'resume');
  await eventually('promote to be allowed', () => api.act(rollout.id, 'promote'));
  const last = await app.until(rollout, 'ends', ended);
  expect(last.phase).toBe('succeeded');
  expect(versionsOf(await visits(10, url))).toEqual(['2']);
}

async function approveAs(world: World, name: string, rollout: string): Promise<void> {
  const { token } = await world.api.post<{ token: string }>('/tokens', { name, role: 'deployer' });
  const answer = await fetch(`${world.url}/api/v1/rollouts/${rollout}/actions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ action: 'approve', because: 'looks good' }),
  });
  expect(answer.status).toBe(202);
}

/** A person's commit starts the same rollout; `tidegate rollback` is a commit and nothing else; config goes back with it. */
export async function gitIsTheOnlyPath(world: World): Promise<void> {
  const { api, config } = world;
  const wish = {
    environment: 'solo',
    strategy: '{ canary: { steps: [{ setWeight: 50 }, { pause: { duration: 1s } }] } }',
    color: 'red',
  };
  const app = await openApp(world, 'committed', wish);
  const one = await app.arrive({ version: '1' });
  const url = addressOn(one, 'eu-1');
  const text = await app.read();

  await app.declare({ ...wish, color: 'blue' });
  await eventually('the new configuration to be a release of its own', async () => {
    const { id } = await api.release(app.name);
    return id !== one.release;
  });
  const asked = await api.promote(app.name, { environment: 'solo' });
  const blue = await app.opened(asked.release, [one.id]);
  await app.until(blue, 'arrives', (view) => view.phase === 'succeeded');
  expect(await visit(url)).toMatchObject({ version: '1', color: 'blue' });

  const before = await readLog(config, 100);
  const undone = await api.rollback(app.name, { environment: 'solo', because: 'red was better' });
  expect(undone.release).toBe(one.release);
  const back = await app.opened(one.release, [one.id, blue.id]);
  const done = await app.until(back, 'is back', (view) => view.phase === 'succeeded');
  expect(done).toMatchObject({ isRollback: true, fastTrack: true });
  expect(await visit(url)).toMatchObject({ version: '1', color: 'red' });
  const after = await readLog(config, 100, app.file);
  expect(after[0]).toMatchObject({ commit: done.commit.id });
  expect((await readLog(config, 100)).length).toBeGreaterThan(before.length);
  expect(await readFileAtHead(config, app.file)).toBe(text);

  const blueText = text.replace('COLOR: red', 'COLOR: blue');
  expect(blueText).not.toBe(text);
  const commit = await app.write(blueText, 'I prefer blue');
  const known = [one.id, blue.id, back.id];
  const mine = await app.opened(blue.release, known);
  expect(mine.commit).toMatchObject({ id: commit, subject: 'I prefer blue' });
  const opened = (await api.events(`&object=rollout/${mine.id}`))[0];
  expect(opened).toMatchObject({
    type: 'rollout.opened',
    actor: expect.stringMatching(/^git:.*Pat/),
  });
  await app.until(mine, 'arrives', (view) => view.phase === 'succeeded');
  expect(await visit(url)).toMatchObject({ version: '1', color: 'blue' });
  await revertByHand(app, text, one.release);
}

/** What `git revert` writes goes back by the steps of the strategy; with the trailer it skips them. */
async function revertByHand(app: App, text: string, release: string): Promise<void> {
  const blueText = await app.read();
  for (const [trailer, fastTrack] of [
    ['', false],
    ['\n\nTidegate-Fast-Track: true', true],
  ] as const) {
    const known = (await app.world.api.rollouts(app.name)).map(({ id }) => id);
    await app.write(text, `Revert "I prefer blue"${trailer}`);
    const opened = await app.opened(release, known);
    const view = await app.until(opened, 'goes back', ended);
    expect(view).toMatchObject({ phase: 'succeeded', isRollback: true, fastTrack });
    expect(view.steps).toBe(fastTrack ? 0 : 2);
    if (!fastTrack) await returnTo(app, blueText);
  }
}

async function returnTo(app: App, text: string): Promise<void> {
  const known = (await app.world.api.rollouts(app.name)).map(({ id }) => id);
  await app.write(text, 'Blue once more');
  await eventually('blue to be back', async () => {
    const [newest] = await app.world.api.rollouts(app.name);
    return newest && !known.includes(newest.id) && newest.phase === 'succeeded';
  });
}

const isFrozen = (view: RolloutView): boolean => /^frozen until/i.test(view.because);

/** The fast track skips what takes time; a freeze window holds all but what goes back, and what a person overrides. */
export async function freezeAndFastTrack(world: World): Promise<void> {
  const { api } = world;
  const ref = '{ templates: [error-rate] }';
  const strategy = `{ canary: { steps: [{ setWeight: 10 }, { pause: { duration: 1h } }, { analysis: ${ref} }] } }`;
  const app = await openApp(world, 'hurried', { environment: 'frozen', strategy });
  const one = await app.deliver({ version: '1' });
  const frozen = await app.until(one, 'is frozen', isFrozen);
  expect(frozen).toMatchObject({ phase: 'pending', because: expect.stringContaining('always') });
  await expect(api.act(one.id, 'overrideFreeze', ' ')).rejects.toThrow(/TG1302 .*reason/);
  await api.act(one.id, 'overrideFreeze', 'the first release hurts nobody');
  await app.until(one, 'arrives', (view) => view.phase === 'succeeded');

  const two = await app.deliver({ version: '2' }, { fastTrack: true, because: 'no time' });
  await app.until(two, 'is frozen too', isFrozen);
  await api.act(two.id, 'overrideFreeze', 'agreed in the channel');
  const fast = await app.until(two, 'arrives', (view) => view.phase === 'succeeded');
  expect(fast).toMatchObject({ analyses: [], fastTrack: true });
  await api.rollback(app.name, { environment: 'frozen' });
  const back = await app.opened(one.release, [one.id, two.id]);
  const seen = await app.until(back, 'goes back though frozen', (view) => view.terminal);
  expect(seen).toMatchObject({ phase: 'succeeded', isRollback: true });
  expect(await visit(addressOn(seen, 'eu-1'))).toMatchObject({ version: '1' });
  const overrides = await api.events(
    `&object=rollout/${one.id}&type=rollout.overrideFreezeRequested`,
  );
  expect(overrides.map((event) => event.outcome)).toEqual(['refused', 'done']);
}

/** A newer commit ends what is under way, or waits its turn, as the application declares. */
export async function newerReleases(world: World): Promise<void> {
  const { api } = world;
  const strategy = '{ canary: { steps: [{ setWeight: 20 }, { pause: {} }] } }';
  const app = await openApp(world, 'renewed', { environment: 'solo', strategy });
  const one = await app.arrive({ version: '1' });
  const url = addressOn(one, 'eu-1');
  const two = await app.deliver({ version: '2' });
  await app.until(two, 'waits', at(1, 'paused'));
  const three = await app.deliver({ version: '3' });
  expect((await app.until(two, 'gives way', ended)).phase).toBe('superseded');
  const open = await app.until(three, 'waits', at(1, 'paused'));
  expect(open.stable).toBe(one.release);
  expect(versionsOf(await visits(30, url))).toEqual(['1', '3']);

  await app.declare({ environment: 'solo', strategy, more: 'onNewRelease: queue' });
  await eventually('the queue to be declared', async () => {
    const events = await api.events(`&application=${app.name}&type=document.changed`);
    return events.length >= 2;
  });
  await publish(world.serviceOf(app.name), { version: '4' });
  const { id } = await api.release(app.name);
  await api.promote(app.name, { environment: 'solo', release: id });
  await eventually('it to be queued', async () => {
    const [delivery] = await world.db.query<{ because: string }>(
      'select because from objects where id = $1',
      [`delivery/${app.name}@solo`],
    );
    return delivery?.because.includes('waits in the queue');
  });
  expect((await api.rollout(three.id)).terminal).toBe(false);
  await api.act(three.id, 'promote');
  expect((await app.until(three, 'ends', ended)).phase).toBe('succeeded');
  const four = await app.opened(id, [one.id, two.id, three.id]);
  expect((await app.until(four, 'takes its turn', at(1, 'paused'))).stable).toBe(three.release);
}
