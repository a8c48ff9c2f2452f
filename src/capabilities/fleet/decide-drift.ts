import type { Drift, IntentSpec, IntentVersion, Status, VersionStatus } from './types.ts';

/** Weights closer than this are the same to people. */
const tolerance = 0.01;

/** What a target serves otherwise than it is asked to; nothing when it is all the same. */
export function decideDrift(
  { generation, spec }: { readonly generation: number; readonly spec: IntentSpec },
  served: Status | null,
): readonly Drift[] {
  if (!served) return [{ path: 'status', asked: `generation ${generation}`, served: 'no report' }];
  const drift = [
    ...generationDrift(generation, served.generation),
    ...spec.versions.flatMap((asked) =>
      versionDrift(
        asked,
        served.versions.find((one) => one.release === asked.release),
      ),
    ),
    ...served.versions.flatMap((one) => strayDrift(spec, one)),
    ...previewDrift(spec.preview, served.previewEndpoint),
  ];
  const isExplained = served.converged || (served.message === '' && drift.length > 0);
  const why = served.message === '' ? 'no' : served.message;
  return isExplained ? drift : [...drift, { path: 'converged', asked: 'yes', served: why }];
}

function generationDrift(asked: number, served: number): readonly Drift[] {
  return served === asked ? [] : [{ path: 'generation', asked: `${asked}`, served: `${served}` }];
}

function versionDrift(asked: IntentVersion, served: VersionStatus | undefined): readonly Drift[] {
  const path = `versions.${asked.release}`;
  if (!served) {
    const words = `${replicas(asked.replicas)} at ${percent(asked.weight)}`;
    return [{ path, asked: words, served: 'nothing' }];
  }
  const drift: Drift[] = [];
  if (served.ready < asked.replicas) {
    const message = served.message === '' ? '' : `: ${served.message}`;
    drift.push({
      path: `${path}.ready`,
      asked: replicas(asked.replicas),
      served: `${served.ready} of ${replicas(served.replicas)} ready${message}`,
    });
  }
  if (Math.abs(served.weight - asked.weight) >= tolerance) {
    const words = { asked: percent(asked.weight), served: percent(served.weight) };
    drift.push({ path: `${path}.weight`, ...words });
  }
  return drift;
}

/** A version that nobody asks for. */
function strayDrift({ versions }: IntentSpec, served: VersionStatus): readonly Drift[] {
  const { release, weight } = served;
  const isGone = served.replicas === 0 && served.ready === 0 && weight === 0;
  if (isGone || versions.some((one) => one.release === release)) return [];
  const words = `${replicas(served.replicas)} at ${percent(weight)}`;
  return [{ path: `versions.${release}`, asked: 'nothing', served: words }];
}

function previewDrift(asked: string | null, endpoint: string | null): readonly Drift[] {
  if ((asked === null) === (endpoint === null)) return [];
  return [{ path: 'preview', asked: asked ?? 'nothing', served: endpoint ?? 'nothing' }];
}

const replicas = (count: number): string => (count === 1 ? '1 replica' : `${count} replicas`);
const percent = (weight: number): string => `${Math.round(weight * 100) / 100} %`;
