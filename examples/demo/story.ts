import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import type { RolloutView } from '../../src/contract/api/rollouts.ts';
import { releaseSchema } from '../../src/contract/kinds/release.ts';
import { contentDigest } from '../../src/platform/ids/digest.ts';
import type { Json } from '../../src/platform/ids/types.ts';
import { briskWeights } from '../../src/workspace/documents.ts';
import { commitFiles, readFileAtHead, readLog } from '../../src/workspace/git.ts';
import { type ProbeFaults, publishProbeVersion } from '../../src/workspace/workspace.ts';
import type { DemoResult, Observed } from './result.ts';
import { startTraffic, type Traffic } from './traffic.ts';
import type { World } from './world.ts';

/** What the picture shows; the story keeps it up to date. */
export type Scene = {
  title: string;
  rollout: RolloutView | null;
  traffic: Traffic | null;
  /** Version by release, for people. */
  readonly versions: Map<string, string>;
  controlPlane: 'up' | 'killed';
};

export type Told = { readonly result: DemoResult; readonly seen: Observed };

const application = 'probe';
const desiredFile = 'environments/production/probe.yaml';
const ratePerTarget = 150;
const rolloutDeadlineMs = 60_000;
const lookMs = 150;
/** How long the end of a rollout stays, for people to read it. */
const readingMs = 800;

export function newScene(): Scene {
  return { title: '', rollout: null, traffic: null, versions: new Map(), controlPlane: 'up' };
}

/** The whole story, against real processes, real Git and real traffic. */
export async function tellStory(world: World, scene: Scene): Promise<Told> {
  scene.title = 'Version 1 goes everywhere';
  await deliver(world, scene, '1.0.0');
  const traffic = startTraffic(productionUrls(world), ratePerTarget);
  scene.traffic = traffic;
  try {
    const good = await tellGood(world, scene);
    const bad = await tellBad(world, scene, traffic);
    const unready = await tellUnready(world, scene);
    await sleep(500);
    const { requests } = await traffic.stop();
    const result: DemoResult = {
      good: { phase: good.rollout.phase, seconds: good.seconds },
      bad: { ...bad.result, headRelease: await readHeadRelease(world) },
      unready: { phase: unready.phase },
      requests: {
        total: requests,
        failedOutsideBadVersion: traffic.failedOutside(bad.rollout.release),
      },
      audit: { events: await world.client.countEvents() },
    };
    const seen: Observed = {
      goodRelease: good.rollout.release,
      badRelease: bad.rollout.release,
      unreadyRelease: unready.release,
      badWeight: bad.highest,
      firstWeight: briskWeights[0],
      unreadyRequests: requestsOf(traffic, unready.release),
      badRequestsInTheEnd: requestsOf(traffic, bad.rollout.release) - bad.requests,
      revertSubject: await subjectOf(world, bad.result.revertCommit),
      killed: good.killed,
    };
    return { result, seen };
  } finally {
    await traffic.stop();
  }
}

async function tellGood(world: World, scene: Scene) {
  const since = performance.now();
  scene.title = 'Version 2 by canary, target by target; in the middle the control plane is killed';
  await publish(world, scene, '2.0.0');
  await toStaging(world, scene, '2.0.0');
  const seen = { killed: false };
  const rollout = await promote(world, scene, '2.0.0', 'production', async (view) => {
    if (seen.killed || !view.targets.some((one) => one.candidateWeight > 0)) return;
    seen.killed = true;
    scene.controlPlane = 'killed';
    await world.killControlPlane();
    await sleep(1_000);
    await world.startControlPlane();
    scene.controlPlane = 'up';
  });
  const seconds = tenths(performance.now() - since - 2 * readingMs);
  return { rollout, killed: seen.killed, seconds };
}

async function tellBad(world: World, scene: Scene, traffic: Traffic) {
  scene.title = 'Version 3 answers 5 % of the requests with an error';
  await publish(world, scene, '3.0.0', { errorRate: 0.05 });
  await toStaging(world, scene, '3.0.0');
  const seen = { highest: 0 };
  const rollout = await promote(world, scene, '3.0.0', 'production', async (view) => {
    seen.highest = Math.max(seen.highest, ...view.targets.map((one) => one.candidateWeight));
  });
  const requests = requestsOf(traffic, rollout.release);
  const { since, trafficBackAt, revertCommit } = rollout.retreat ?? {};
  const decidedAt = since ? Date.parse(since) : Number.NaN;
  const backAt = Math.max(
    trafficBackAt ? Date.parse(trafficBackAt) : Number.NaN,
    traffic.lastAnswerOf(rollout.release) ?? 0,
  );
  const failedAt = traffic.firstFailureOf(rollout.release) ?? Number.NaN;
  const result = {
    phase: rollout.phase,
    detectMs: Math.round(decidedAt - failedAt),
    trafficBackMs: Math.round(backAt - decidedAt),
    revertCommit: revertCommit ?? null,
  };
  return { rollout, result, requests, highest: seen.highest };
}

async function tellUnready(world: World, scene: Scene): Promise<RolloutView> {
  scene.title = 'Version 4 never becomes ready; an impatient colleague skips staging';
  // Configuration is a commit too: a rollout that does not move for five seconds goes back.
  const path = 'applications/probe.yaml';
  const text = (await readFileAtHead(world.workspace.config, path)) ?? '';
  await commitFiles(world.workspace.config, {
    files: { [path]: text.replace(/progressDeadline: .*/, 'progressDeadline: 5s') },
    message: 'Wait less for the probe',
  });
  await publish(world, scene, '4.0.0', { neverReady: true });
  const release = await world.client.createRelease(application);
  return await promote(world, scene, '4.0.0', 'production', async () => {}, release.id);
}

async function deliver(world: World, scene: Scene, version: string): Promise<void> {
  await publish(world, scene, version);
  await toStaging(world, scene, version);
  await mustArrive(await promote(world, scene, version, 'production'));
}

async function publish(
  world: World,
  scene: Scene,
  version: string,
  faults: ProbeFaults = {},
): Promise<void> {
  scene.rollout = null;
  await publishProbeVersion(world.workspace, { version, faults });
}

async function toStaging(world: World, scene: Scene, version: string): Promise<void> {
  const release = await world.client.createRelease(application);
  scene.versions.set(release.id, version);
  await mustArrive(await promote(world, scene, version, 'staging', async () => {}, release.id));
}

async function mustArrive(rollout: RolloutView): Promise<void> {
  if (rollout.phase === 'succeeded') return;
  throw new Error(
    `${rollout.id} in ${rollout.environment} is ${rollout.phase}: ${rollout.because}`,
  );
}

/** Promotes, finds the rollout that the commit opens, and watches it to its end. */
async function promote(
  world: World,
  scene: Scene,
  version: string,
  environment: string,
  onLook: (view: RolloutView) => Promise<void> = async () => {},
  release?: string,
): Promise<RolloutView> {
  const because = `Version ${version} for the demo`;
  const wish = { environment, because, ...(release ? { release } : {}) };
  const { release: wanted } = await world.client.promote(application, wish);
  scene.versions.set(wanted, version);
  const since = performance.now();
  for (;;) {
    const rows = await world.client.rollouts(application, environment);
    const row = rows.find((one) => one.release === wanted);
    if (row) {
      const view = await world.client.rollout(row.id);
      scene.rollout = view;
      if (view.terminal) {
        await sleep(readingMs);
        return view;
      }
      await onLook(view);
    }
    if (performance.now() - since > rolloutDeadlineMs) {
      const where = row ? `${row.phase}: ${row.because}` : 'there is no rollout';
      throw new Error(`version ${version} in ${environment} took over a minute; ${where}`);
    }
    await sleep(lookMs);
  }
}

/** The release that the file in Git declares, worked out from the file alone. */
async function readHeadRelease(world: World): Promise<string | null> {
  const text = await readFileAtHead(world.workspace.config, desiredFile);
  const read = releaseSchema.safeParse(parse(text ?? ''));
  if (!read.success) return null;
  const { commit, artifact, config } = read.data.spec;
  const content = { application: read.data.metadata.name, commit, artifact, config };
  return `r-${contentDigest(content as Json).slice(0, 12)}`;
}

async function subjectOf(world: World, commit: string | null): Promise<string | null> {
  const log = await readLog(world.workspace.config, 20, desiredFile);
  return log.find((one) => one.commit === commit)?.subject ?? null;
}

const productionUrls = (world: World): string[] =>
  world.workspace.endpoints
    .filter((one) => one.application === application && one.environment === 'production')
    .map((one) => one.url);
const requestsOf = (traffic: Traffic, release: string): number =>
  traffic.report().releases[release]?.requests ?? 0;
const tenths = (ms: number): number => Math.round(ms / 100) / 10;
