/** What people do and what goes wrong, by name. */
export const authorDeeds = ['edit', 'freeze', 'unfreeze', 'spoil', 'mend'] as const;
export type AuthorDeed = (typeof authorDeeds)[number];

export const deeds = [
  'release',
  'release',
  'abort',
  'promote',
  'promoteFull',
  'approve',
  'pause',
  'resume',
  'rollback',
  'rollback',
  'commitByHand',
  'commitNew',
  'retry',
] as const;
export type Deed = (typeof deeds)[number] | AuthorDeed | 'overrideFreeze';

/** What befalls one application alone, and does not end before all else has come to rest. */
export const ownFaults = [
  'poisonLoad',
  'poisonWrite',
  'barred',
  'mute',
  'sick',
  'held',
  'spoiled',
] as const;
export type OwnFault = (typeof ownFaults)[number];
