import type { EventView as EventShown } from '../../contract/api/events.ts';
import type { EventView } from '../../engine/reads.ts';
import { hideCredentials, hideSecrets } from '../../platform/text/hide.ts';

/** An event as everybody who may read the log sees it. */
export const show = ({ at, because, ...event }: EventView): EventShown => ({
  ...event,
  at: at.toISOString(),
  because: hideCredentials(because),
  before: hideSecrets(event.before) as EventShown['before'],
  after: hideSecrets(event.after) as EventShown['after'],
});
