import type { Trigger } from '../../contract/kinds/pipeline-trigger.ts';
import type { ActionRequest } from '../../engine/types.ts';
import type { Json } from '../../platform/ids/types.ts';
import type { Occasion } from './decide-run.ts';

/** A webhook as it was taken and left for its trigger: nothing but genuine ones get here, each once. */
export type Delivered = {
  readonly trigger: string;
  readonly delivery: string;
  readonly type: string;
  readonly event: { readonly [name: string]: Json };
};

export function deliveredOf({ payload }: ActionRequest): Delivered | null {
  const { trigger, delivery, type, event } = payload;
  if (typeof trigger !== 'string' || typeof delivery !== 'string' || typeof type !== 'string')
    return null;
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return null;
  return { trigger, delivery, type, event: event as Delivered['event'] };
}

/**
 * Whether a trigger wants an event of this type. Of webhooks, a name also means what is more exact (`workflow_run` means
 * `workflow_run.completed`), and no names mean every event; of CDEvents, a trailing * matches the rest.
 */
export function wants(trigger: Trigger, type: string): boolean {
  if (trigger.webhook) {
    const { events } = trigger.webhook;
    return events.length === 0 || events.some((one) => type === one || type.startsWith(`${one}.`));
  }
  return (trigger.cdevents?.types ?? []).some((one) =>
    one.endsWith('*') ? type.startsWith(one.slice(0, -1)) : type === one,
  );
}

export function occasionOf(trigger: Trigger, { delivery, type, event }: Delivered): Occasion {
  const on = trigger.webhook ? 'webhook' : 'cdevents';
  const from = trigger.webhook ? trigger.webhook.from : 'a sender of CDEvents';
  return {
    on,
    key: `delivery ${delivery}`,
    event,
    because: `${type} of ${from} came as delivery ${delivery.slice(0, 60)}.`,
    commit: null,
  };
}
