import type { Intent, Status, VersionStatus } from '../../src/capabilities/fleet/types.ts';
import type { Machine, MachineDeps, Running } from './machine.ts';

/** What a target says that it serves, which is what it serves unless it lies or somebody moved traffic by hand. */
export function statusesOf(
  name: string,
  machine: Machine,
  deps: MachineDeps,
  applications: Iterable<string>,
): readonly Status[] {
  const all: Status[] = [];
  for (const application of applications) {
    const intent = machine.applied.get(application);
    const one = machine.running.get(application);
    if (intent && one) all.push(statusOf(name, machine, deps, intent, one));
  }
  return all;
}

function statusOf(
  target: string,
  machine: Machine,
  deps: MachineDeps,
  { application, environment, generation, spec }: Intent,
  one: Running,
): Status {
  const asked = spec.versions;
  const releases = new Set([...asked.map(({ release }) => release), ...one.versions.keys()]);
  const versions = [...releases].map((release) =>
    drifted(deps, versionOf(machine, deps, one, release), releases.size),
  );
  const converged =
    versions.length === asked.length &&
    asked.every(({ release, replicas, weight }) => {
      const version = versions.find((each) => each.release === release);
      return version?.ready === replicas && version.weight === weight;
    });
  const endpoint = versions.length === 0 ? null : `http://${application}.${target}.simulated`;
  const at = new Date(deps.now()).toISOString();
  const about = { target, application, environment, generation, converged };
  return { ...about, versions, endpoint, previewEndpoint: null, message: '', at };
}

function versionOf(
  machine: Machine,
  { now, natureOf, hit, ailments }: MachineDeps,
  one: Running,
  release: string,
): VersionStatus {
  const none = { since: now(), replicas: 0, requests: 0, errors: 0 };
  const { since, replicas, requests, errors } = one.versions.get(release) ?? none;
  const ready = machine.readyOf(release, since, replicas);
  const said = ailments.lies === null ? ready : ailments.lies === 'ready' ? replicas : 0;
  if (said !== ready) hit('lie');
  const isSlow = ready < replicas && ailments.readyAfter > usualStart;
  if (isSlow && natureOf(release) !== 'sick') hit('slow');
  return {
    release,
    replicas,
    ready: said,
    weight: one.weights[release] ?? 0,
    message: said < replicas ? `${said} of ${replicas} replicas ready` : '',
    counters: {
      epoch: 'simulated',
      requests,
      errors,
      latency: { le: [1], counts: [requests, requests], sumSeconds: requests / 10 },
    },
  };
}

const usualStart = 1_000;

function drifted(
  { ailments, hit }: MachineDeps,
  version: VersionStatus,
  among: number,
): VersionStatus {
  if (!ailments.drifts || among < 2) return version;
  hit('drift');
  return { ...version, weight: 100 / among };
}

/** All that is news to others: not the counters. */
export function wordsOf({ application, generation, converged, versions }: Status): string {
  const parts = versions.map(({ release, replicas, ready, weight }) => {
    return `${release} ${replicas} ${ready} ${weight}`;
  });
  return `${application} ${generation} ${converged} ${parts.join()}`;
}
