import { stringify } from 'yaml';
import type { ReleaseContent } from '../../capabilities/releases/types.ts';
import { renderDuration } from './common.ts';

type Probe = ReleaseContent['config']['health']['readiness'];

/**
 * The file that declares a release in an environment. Parsed again it gives the same content, and so the same
 * release id; the same content always gives the same text.
 */
export function renderRelease(content: ReleaseContent, environment: string): string {
  const { application, commit, artifact, config } = content;
  const { readiness, liveness, startTimeout, drain } = config.health;
  return stringify(
    {
      apiVersion: 'tidegate.dev/v1',
      kind: 'Release',
      metadata: { name: application, environment },
      spec: {
        commit,
        artifact: renderArtifact(artifact),
        config: {
          command: [...config.command],
          env: Object.fromEntries(Object.entries(config.env).sort(byName)),
          health: {
            readiness: renderProbe(readiness),
            liveness: liveness === null ? null : renderProbe(liveness),
            startTimeout: renderDuration(startTimeout),
            drain: renderDuration(drain),
          },
        },
      },
    },
    { lineWidth: 0, version: '1.2', schema: 'core', aliasDuplicateObjects: false },
  );
}

function renderArtifact(artifact: ReleaseContent['artifact']) {
  if ('image' in artifact) return { image: artifact.image };
  const { repository, path, tree } = artifact.bundle;
  return { bundle: { repository, path, tree } };
}

const renderProbe = (probe: Probe) => ({
  path: probe.path,
  interval: renderDuration(probe.interval),
  timeout: renderDuration(probe.timeout),
  failureThreshold: probe.failureThreshold,
});

/** By code unit, not by locale, so that every machine writes the same text. */
const byName = ([a]: readonly [string, string], [b]: readonly [string, string]): number =>
  a < b ? -1 : a > b ? 1 : 0;
