import type {
  TargetApplicationView,
  TargetSummary as TargetShown,
} from '../../contract/api/fleet.ts';
import { decideDrift } from './decide-drift.ts';
import type { TargetSummary } from './reads.ts';
import type { TargetApplication } from './types.ts';

export const viewTarget = ({ lastSeenAt, applications, ...one }: TargetSummary): TargetShown => ({
  ...one,
  applications: [...applications],
  lastSeenAt: lastSeenAt?.toISOString() ?? null,
});

/** Field by field: the configuration of a release may hold secrets and stays out. */
export function viewTargetApplication(one: TargetApplication): TargetApplicationView {
  const { application, environment, generation, because, spec, status } = one;
  return {
    application,
    environment,
    asked: {
      ...{ generation, because, updatedAt: one.updatedAt.toISOString() },
      versions: spec.versions.map(({ release, commit, replicas, weight }) => {
        return { release, commit: commit ?? null, replicas, weight };
      }),
      routes: spec.routes.map(({ release, match }) => ({ release, match })),
      sticky: spec.sticky,
      preview: spec.preview,
    },
    served: status && {
      generation: status.generation,
      converged: status.converged,
      versions: status.versions.map(({ release, replicas, ready, weight, message }) => {
        return { release, replicas, ready, weight, message };
      }),
      endpoint: status.endpoint,
      previewEndpoint: status.previewEndpoint,
      message: status.message,
      reportedAt: status.reportedAt.toISOString(),
    },
    drift: [...decideDrift(one, status)],
  };
}
