import type { DeployFacts, DeployMemory, DeployRollout } from './shapes.ts';

export const fresh = 'r-new';
export const commit = 'c'.repeat(40);
export const settings = {
  environment: 'production',
  fast: false,
  onCancel: 'abort',
} as const;

export const memory = (over: Partial<DeployMemory> = {}): DeployMemory => ({
  is: 'following',
  application: 'shop',
  promotion: 'pr-1',
  release: fresh,
  rollout: null,
  since: null,
  ...over,
});

export const committed = (over: Partial<NonNullable<DeployFacts['promotion']>> = {}) => ({
  phase: 'committed' as const,
  because: 'Commit cccccccccccc brings it.',
  release: fresh,
  commit,
  ...over,
});

export const rollout = (over: Partial<DeployRollout> = {}): DeployRollout => ({
  id: 'ro-1',
  phase: 'progressing',
  terminal: false,
  because: 'Paused for 10m.',
  release: fresh,
  commit,
  isOwn: true,
  ...over,
});

export const delivery = (over: Partial<NonNullable<DeployFacts['delivery']>> = {}) => ({
  stable: 'r-old',
  because: 'Looking.',
  refusedCommit: null,
  active: null,
  ...over,
});

export const declared = (over: Partial<NonNullable<DeployFacts['desired']>> = {}) => ({
  release: fresh,
  commit,
  subject: 'Ship more',
  author: 'Eve',
  isRead: false,
  ...over,
});

/** A promotion whose commit was made, and that nobody has looked at yet. */
export const facts = (over: Partial<DeployFacts> = {}): DeployFacts => ({
  promotion: committed(),
  rollout: null,
  delivery: delivery(),
  desired: declared(),
  urls: {},
  ...over,
});
