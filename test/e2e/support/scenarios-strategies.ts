import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { eventually } from '../../../examples/demo/processes.ts';
import { type Load, startLoad } from '../../../examples/load/load.ts';
import type { Traffic } from '../../../src/contract/api/traffic.ts';
import { copyIdOf } from '../../../src/contract/kinds/strategy.ts';
import { type App, addressOn, at, ended, openApp, versionsOf, visit, visits } from './app.ts';
import type { World } from './world.ts';

const judge = '{ templates: [error-rate] }';

/** Beside on a preview address, judged there, switched, judged again, switched back while the old one is kept. */
export async function blueGreen(world: World): Promise<void> {
  const { api } = world;
  const analyses = `prePromotionAnalysis: ${judge}, postPromotionAnalysis: ${judge}`;
  const strategy = `{ blueGreen: { ${analyses}, scaleDownDelay: 20s } }`;
  const app = await openApp(world, 'doubled', { environment: 'solo', strategy });
  const one = await app.arrive({ version: '1' });
  const url = addressOn(one, 'eu-1');
  const load = startLoad({ urls: [url], rate: 40, headers: { 'x-visitor': 'yes' } });
  try {
    const two = await app.deliver({ version: '2' });
    const preview = await previewed(app, two.id);
    expect((await api.rollout(two.id)).targets[0]).toMatchObject({ candidateWeight: 0 });
    expect(await visit(preview)).toMatchObject({ version: '2' });
    expect(versionsOf(await visits(20, url))).toEqual(['1']);
    const kept = await passesPreview(app, two.id, preview, (view) => view.phase === 'completing');
    expect(kept.targets[0]).toMatchObject({ candidateWeight: 100, stableReady: 1 });
    expect(kept.analyses.map((each) => `${each.purpose} ${each.phase}`).sort()).toEqual([
      'postPromotion successful',
      'prePromotion successful',
    ]);
    expect(versionsOf(await visits(20, url))).toEqual(['2']);
    const since = performance.now();
    await api.act(two.id, 'abort', 'prices are wrong');
    await eventually('the switch back', async () => (await visit(url)).version === '1');
    expect(performance.now() - since).toBeLessThan(1_500);
    expect((await app.until(two, 'is aborted', ended)).phase).toBe('aborted');

    await previewFails(app, load);
    await switchFails(app);
  } finally {
    const report = await load.stop();
    expect(report.failures).toEqual({});
  }
}

/** A version that errs on its preview address never meets a visitor. */
async function previewFails(app: App, load: Load): Promise<void> {
  const bad = await app.deliver({ version: '3', errorPercent: 50 });
  const preview = await previewed(app, bad.id);
  const view = await passesPreview(app, bad.id, preview, ended);
  expect(view).toMatchObject({ phase: 'rolledBack', retreat: { revert: 'done' } });
  expect(load.report().releases[bad.release]).toBeUndefined();
  expect(load.report().byStatus['500']).toBeUndefined();
}

/** One that errs only under real traffic is switched back by the second analysis. */
async function switchFails(app: App): Promise<void> {
  const bad = await app.deliver({ version: '4', errorPercent: 50, errorsFor: 'x-visitor' });
  const preview = await previewed(app, bad.id);
  const view = await passesPreview(app, bad.id, preview, ended);
  expect(view.phase).toBe('rolledBack');
  expect(view.analyses.map((each) => `${each.purpose} ${each.phase}`).sort()).toEqual([
    'postPromotion failed',
    'prePromotion successful',
  ]);
  expect(versionsOf(await visits(10, addressOn(view, 'eu-1')))).toEqual(['1']);
}

async function previewed(app: App, id: string): Promise<string> {
  const view = await app.until({ id }, 'is previewed', (one) => one.step === 1);
  return view.targets[0]?.preview ?? '';
}

/** Sends requests to the preview, a few a second, until the rollout looks as wanted. */
async function passesPreview(
  app: App,
  id: string,
  preview: string,
  isSo: Parameters<App['until']>[2],
): ReturnType<App['until']> {
  const load = startLoad({ urls: [preview], rate: 15, timeoutMs: 1_000 });
  try {
    await app.until({ id }, 'leaves its preview', (view) => view.step > 1 || view.terminal);
  } finally {
    await load.stop();
  }
  return await app.until({ id }, 'comes as far as it should', isSo);
}

/** Percent of the replicas of each target, one wave after the other. */
export async function progressive(world: World): Promise<void> {
  const strategy = '{ progressive: { steps: [{ percent: 50, pause: 1s }, { percent: 100 }] } }';
  const app = await openApp(world, 'grown', { environment: 'pair', strategy, replicas: 2 });
  await app.arrive({ version: '1' });
  const two = await app.deliver({ version: '2' });
  const first = await app.until(two, 'is half there', at(1, 'paused'));
  const [eu, us] = first.targets;
  expect(eu).toMatchObject({ candidateReplicas: 1, candidateReady: 1, candidateWeight: 50 });
  expect(us).toMatchObject({ name: 'us-1', candidateReplicas: 0, candidateWeight: 0 });
  expect(versionsOf(await visits(20, addressOn(first, 'us-1')))).toEqual(['1']);
  const second = await app.until(two, 'is in wave 2', (view) => view.wave === 1 && view.step === 1);
  expect(second.targets[0]).toMatchObject({ candidateWeight: 100, candidateReady: 2 });
  const last = await app.until(two, 'ends', ended);
  expect(last.phase).toBe('succeeded');
  expect(last.targets.map((one) => one.candidateReady)).toEqual([2, 2]);
}

/** Those who match meet the candidate, for as long as the test takes. */
export async function abTest(world: World): Promise<void> {
  const byHeader = '{ header: { name: x-group, prefix: b } }';
  const byCookie = '{ cookie: { name: group, exact: b } }';
  const strategy = `{ abTest: { match: [${byHeader}, ${byCookie}], duration: 3s, analysis: ${judge} } }`;
  const app = await openApp(world, 'compared', { environment: 'solo', strategy });
  const one = await app.arrive({ version: '1' });
  const url = addressOn(one, 'eu-1');
  const group = { 'x-group': 'beta' };
  const load = startLoad({ urls: [url], rate: 20, headers: group });
  const two = await app.deliver({ version: '2' });
  const tested = await app.until(two, 'is tested', (view) => view.step === 1);
  const since = performance.now();
  expect(versionsOf(await visits(20, url))).toEqual(['1']);
  expect(versionsOf(await visits(20, url, group))).toEqual(['2']);
  expect(versionsOf(await visits(20, url, { cookie: 'a=1; group=b' }))).toEqual(['2']);
  expect(tested.targets[0]).toMatchObject({ candidateWeight: 0 });
  const last = await app.until(two, 'ends', ended);
  await load.stop();
  expect(performance.now() - since).toBeGreaterThan(2_000);
  expect(last).toMatchObject({ phase: 'succeeded', analyses: [{ phase: 'successful' }] });
  expect(versionsOf(await visits(10, url))).toEqual(['2']);
}

/** Abort wherever it is: traffic and Git are where they were, and nobody notices. */
export async function abortAnywhere(world: World): Promise<void> {
  const { api } = world;
  const steps =
    '[{ setWeight: 30 }, { pause: { duration: 700ms } }, { setWeight: 60 }, { pause: {} }]';
  const app = await openApp(world, 'aborted', {
    environment: 'pair',
    strategy: `{ canary: { steps: ${steps} } }`,
  });
  const one = await app.arrive({ version: '1' });
  const text = await app.read();
  const urls = [addressOn(one, 'eu-1'), addressOn(one, 'us-1')];
  const load = startLoad({ urls, rate: 20 });
  for (const [index, delay] of [0, 400, 900, 2_000].entries()) {
    const rollout = await app.deliver({ version: `2.${index}` });
    await sleep(delay);
    await Promise.all([api.act(rollout.id, 'abort', 'no'), api.act(rollout.id, 'abort', 'no')]);
    const view = await app.until(rollout, 'is aborted', ended);
    expect(view).toMatchObject({ phase: 'aborted', retreat: { actor: 'user:admin' } });
    expect(await app.read()).toBe(text);
    expect(versionsOf(await visits(10, urls[0] ?? ''))).toEqual(['1']);
  }
  expect(await load.stop()).toMatchObject({ failed: 0 });
}

/** No condition: errors of both sides are compared until one of them is shown to be so. */
const evidenceIn = (name: string) => `apiVersion: tidegate.dev/v1
kind: AnalysisTemplate
metadata: { name: ${name} }
spec:
  metrics:
    - name: errors
      provider: { router: {} }
      interval: 500ms
      sequential: { minimumChange: { absolute: 0.2 }, minimumSample: 20 }
`;

/** The default judge passes a good release as soon as it may, and shows what a bad one did. */
export async function judgedByEvidence(world: World): Promise<void> {
  await world.declare({ 'analysis/evidence.yaml': evidenceIn('evidence') });
  const steps = '[{ setWeight: 50 }, { analysis: { templates: [evidence] } }]';
  const app = await openApp(world, 'weighed', {
    environment: 'solo',
    strategy: `{ canary: { steps: ${steps} } }`,
  });
  const one = await app.arrive({ version: '1' });
  const load = startLoad({ urls: [addressOn(one, 'eu-1')], rate: 40 });
  const good = await app.until(await app.deliver({ version: '2' }), 'is found safe', ended);
  expect(good).toMatchObject({ phase: 'succeeded', analyses: [{ phase: 'successful' }] });
  const bad = await app.deliver({ version: '3', errorPercent: 50 });
  const last = await app.until(bad, 'is found harmful', ended);
  await load.stop();
  expect(last).toMatchObject({ phase: 'rolledBack', analyses: [{ phase: 'failed' }] });
  const { analyses } = await world.api.explain(bad.id);
  const told = analyses[0]?.metrics[0];
  expect(told).toMatchObject({ judge: 'sequential', phase: 'failed' });
  const figures = told?.measurements.at(-1)?.figures as {
    readonly harm: { readonly value: number; readonly bound: number };
  };
  expect(figures.harm.bound).toBe(100);
  expect(figures.harm.value).toBeGreaterThanOrEqual(100);
}

/** Three versions at once: the candidate is compared with a copy of the stable one that is as new and as busy. */
export async function comparedWithCopy(world: World): Promise<void> {
  await world.declare({ 'analysis/likewise.yaml': evidenceIn('likewise') });
  const steps = '[{ setWeight: 30 }, { pause: {} }, { analysis: { templates: [likewise] } }]';
  const app = await openApp(world, 'copied', {
    environment: 'solo',
    strategy: `{ canary: { baseline: fresh, steps: ${steps} } }`,
  });
  const one = await app.arrive({ version: '1' });
  const url = addressOn(one, 'eu-1');
  const load = startLoad({ urls: [url], rate: 50 });
  try {
    const good = await app.deliver({ version: '2' });
    const { copy, met } = await besideCopy(app, good, one.release);
    const passed = await app.until(good, 'is found no worse', ended);
    expect(passed).toMatchObject({ phase: 'succeeded', analyses: [{ phase: 'successful' }] });
    await comparesWith(app, good, met + (load.report().releases[copy]?.requests ?? 0));
    await isAlone(app, good, url);
    const bad = await app.deliver({ version: '3', errorPercent: 50 });
    const other = await besideCopy(app, bad, good.release);
    expect(other.copy).not.toBe(copy);
    const failed = await app.until(bad, 'is found worse', ended);
    expect(failed).toMatchObject({ phase: 'rolledBack', analyses: [{ phase: 'failed' }] });
    await isAlone(app, good, url);
  } finally {
    const report = await load.stop();
    expect(report.failures).toEqual({});
  }
}

/** Waits until both have their share, looks at all three, and lets the analysis begin. Gives the copy's name and how often it was met. */
async function besideCopy(app: App, rollout: { readonly id: string }, stable: string) {
  const view = await app.until(rollout, 'has its share', at(1, 'paused'));
  const copy = copyIdOf(stable, view.commit.id);
  expect(view).toMatchObject({ comparedWith: `compared with a fresh copy of ${stable}` });
  expect(view.targets[0]).toMatchObject({
    ...{ candidateWeight: 30, candidateReady: 1 },
    ...{ baselineWeight: 30, baselineReady: 1, stableReady: 1 },
  });
  const seen = await visits(60, addressOn(view, 'eu-1'));
  expect([...new Set(seen.map((each) => each.release))].sort()).toEqual(
    [stable, copy, view.release].sort(),
  );
  const met = seen.filter((each) => each.release === copy);
  const byStable = seen.find((each) => each.release === stable);
  expect(met[0]?.version).toBe(byStable?.version);
  expect(met[0]?.pid).not.toBe(byStable?.pid);
  await app.world.api.act(view.id, 'promote');
  return { copy, met: met.length };
}

/** What the analysis saw of the other side is no more than the copy served. */
async function comparesWith(app: App, rollout: { readonly id: string }, served: number) {
  const { analyses, facts, events } = await app.world.api.explain(rollout.id);
  const seen = (analyses[0]?.metrics[0]?.measurements ?? []).map(
    ({ value }) => (value as { stable?: { requests: number } } | null)?.stable?.requests ?? 0,
  );
  const sum = seen.reduce((total, requests) => total + requests, 0);
  expect(sum).toBeGreaterThan(0);
  expect(sum).toBeLessThanOrEqual(served);
  expect(facts.map((each) => each.fact).join()).toContain('compared with a fresh copy of');
  expect(events.map((each) => each.because).join()).toContain('compared with a fresh copy of');
  const { releases, points } = await app.world.api.get<Traffic>(`/rollouts/${rollout.id}/traffic`);
  const copy = releases.find(({ role }) => role === 'baseline')?.release;
  expect(points.some(({ release, requests }) => release === copy && requests > 0)).toBe(true);
}

/** The stable release serves alone, and the copy is no process any more. */
async function isAlone(app: App, { release }: { readonly release: string }, url: string) {
  const seen = await visits(20, url);
  expect([...new Set(seen.map((each) => each.release))]).toEqual([release]);
  await eventually('the copy to be gone', async () => {
    const all = await app.world.api.rollouts(app.name);
    const [newest] = all.flatMap((each) => each.targets);
    return newest?.baselineReady === 0 && newest.baselineWeight === 0;
  });
}
