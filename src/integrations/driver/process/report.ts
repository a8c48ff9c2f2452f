import { isDeepStrictEqual } from 'node:util';
import type { Counters, Intent, Status } from '../../../capabilities/fleet/types.ts';
import type { ProcessDecision } from './types.ts';

type Served = {
  readonly target: string;
  readonly router: { readonly counters: (release: string) => Counters };
  readonly entrance: {
    readonly endpoint: () => string | null;
    readonly previewEndpoint: () => string | null;
    readonly problem: () => string;
  };
};

/** Longest message on the wire. */
const longest = 2_000;

/** What is served as the control plane wants to hear it. Not converged while an address that is needed is missing. */
export function reportOf(
  intent: Intent,
  decision: ProcessDecision,
  { target, router, entrance }: Served,
  at: Date,
): Status {
  const { spec } = intent;
  const endpoint = entrance.endpoint();
  const previewEndpoint = spec.preview === null ? null : entrance.previewEndpoint();
  const open =
    spec.versions.length === 0 ||
    (endpoint !== null && (spec.preview === null || previewEndpoint !== null));
  const closed = entrance.problem() || (open ? '' : 'the router does not listen yet');
  return {
    target,
    application: intent.application,
    environment: intent.environment,
    generation: intent.generation,
    converged: decision.converged && open,
    versions: decision.versions.map((version) => ({
      ...version,
      message: version.message.slice(0, longest),
      counters: router.counters(version.release),
    })),
    endpoint,
    previewEndpoint,
    message: (closed || decision.message).slice(0, longest),
    at: at.toISOString(),
  };
}

const stripped = ({ at: _, versions, ...rest }: Status) => ({
  ...rest,
  versions: versions.map(({ counters: __, ...version }) => version),
});

/** Whether two statuses differ in nothing but counters and the time. */
export function sameReport(a: Status, b: Status): boolean {
  return isDeepStrictEqual(stripped(a), stripped(b));
}
