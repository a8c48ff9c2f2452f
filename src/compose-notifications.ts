/*
 * Notifications, joined: the reconciler of channels, the effects that send, and the watch that wakes them.
 */
import { notifyEffects } from './capabilities/notifications/effects.ts';
import { channelReconciler } from './capabilities/notifications/reconcile.ts';
import type { Notifier } from './integrations/notifier/port.ts';
import { notifiers as allNotifiers } from './integrations/notifier/registry.ts';
import type { Database } from './platform/db/types.ts';
import { secretReader } from './platform/secrets/secrets.ts';
import type { ReadSecret } from './platform/secrets/types.ts';

/** Given where they are not to be the real ones. */
export type NotificationSurroundings = {
  readonly notifiers: readonly Notifier[];
  readonly secret: ReadSecret;
  readonly now: () => number;
  /** Where people look at rollouts and runs (TIDEGATE_PUBLIC_URL); null: messages have no links. */
  readonly baseUrl: string | null;
};

export function composeNotifications(db: Database, given: Partial<NotificationSurroundings> = {}) {
  const {
    notifiers = allNotifiers(),
    secret = secretReader(),
    now = () => Date.now(),
    baseUrl = process.env.TIDEGATE_PUBLIC_URL || null,
  } = given;
  return {
    reconciler: channelReconciler({ db, baseUrl }),
    handlers: notifyEffects({ notifiers, secret, now }),
  };
}
