import { type Application, applicationSchema } from '../../contract/kinds/application.ts';
import { environmentSchema } from '../../contract/kinds/environment.ts';
import { fresh, old, release, start, steadyTarget } from './fixture.ts';
import { openDelivery } from './open.ts';
import type { DeliverySnapshot, DeliveryState, DesiredRelease, RolloutRow } from './types.ts';

export const commit = { id: 'd'.repeat(40), author: 'Ada', subject: 'Ship it', trailers: {} };

export const deliveryState = (over: Partial<DeliveryState> = {}): DeliveryState => ({
  ...openDelivery('checkout', 'production'),
  stable: old,
  ...over,
});

export const desired = (
  id: string,
  trailers: DesiredRelease['commit']['trailers'] = {},
): DesiredRelease => ({
  release: release(id),
  isNew: false,
  commit: { ...commit, trailers },
  repository: 'config',
  path: 'environments/production/checkout.yaml',
});

const application = (over: Partial<Application['spec']>): Application => {
  const parsed = applicationSchema.parse({
    apiVersion: 'tidegate.dev/v1',
    kind: 'Application',
    metadata: { name: 'checkout' },
    spec: {
      owner: 'shop',
      source: { repository: '../shop' },
      run: { command: ['node', 'main.js'] },
      replicas: 2,
      environments: [{ name: 'production' }],
      strategy: { canary: { steps: [{ setWeight: 20 }] } },
    },
  });
  return { ...parsed, spec: { ...parsed.spec, ...over } };
};

const environment = environmentSchema.parse({
  apiVersion: 'tidegate.dev/v1',
  kind: 'Environment',
  metadata: { name: 'production' },
  spec: { waves: [{ targets: ['eu-1'] }, { name: 'rest', targets: ['us-1'], soak: '1m' }] },
});

export const row = (over: Partial<RolloutRow> = {}): RolloutRow => ({
  id: 'ro-1',
  application: 'checkout',
  environment: 'production',
  release: fresh,
  stable: old,
  strategy: 'canary',
  phase: 'progressing',
  terminal: false,
  because: 'Waiting',
  weight: 0,
  wave: 0,
  waves: 2,
  step: 0,
  steps: 1,
  startedAt: start.toISOString(),
  updatedAt: start.toISOString(),
  endedAt: null,
  ...over,
});

/** r-old is stable and serves on both targets; nothing is under way. */
export function delivery(
  over: Partial<DeliverySnapshot>,
  specOver: Partial<Application['spec']> = {},
): DeliverySnapshot {
  return {
    id: 'checkout@production',
    state: deliveryState(),
    application: application(specOver),
    environment,
    desired: null,
    problem: null,
    stable: release(old),
    stables: [],
    quarantine: null,
    active: null,
    targets: ['eu-1', 'us-1'].map(steadyTarget),
    nextId: 'ro-next',
    requests: [],
    ...over,
  };
}
