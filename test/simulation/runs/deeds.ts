/** What people do with runs. */
export const runDeeds = [
  'start',
  'start',
  'start',
  'startTwice',
  'approve',
  'approve',
  'reject',
  'cancel',
  'cancelTwice',
  'retry',
  'retry',
  'editPolicy',
] as const;
export type RunDeed = (typeof runDeeds)[number];
