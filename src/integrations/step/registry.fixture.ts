import type { StepDeps } from './registry.ts';

const never = async (): Promise<never> => {
  throw new Error('this is not to be asked');
};

/** For tests of what only needs the adapters to be there: nothing can be read or done. */
export const noDeps: StepDeps = {
  promote: never,
  readDeploy: never,
  abortRollout: never,
  openAnalysis: never,
  readAnalysis: never,
  cancelAnalysis: never,
  commitFiles: never,
  outbound: never,
  leaveMessage: never,
  startRun: never,
  cancelRun: never,
  readRun: never,
  readState: never,
  readFreeze: never,
  directory: '/nonexistent',
  checkout: never,
  runner: { begin: never, since: never, follow: never, remove: never, list: never },
  owner: 'test',
  unfinished: never,
};
