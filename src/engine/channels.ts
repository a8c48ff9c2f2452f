/** NOTIFY channels. A notification carries no truth: it only says "look now instead of at the next poll". */

/** An object became due. The payload is empty. */
export const objectsChannel = 'tidegate_objects';

/** An effect became due: the payload is empty. One that may be running shall stop: the payload is `stopNews`. */
export const effectsChannel = 'tidegate_effects';
export const stopNews = 'stop';

/** Events were written. The payload is empty; read them after your cursor. */
export const eventsChannel = 'tidegate_events';

/** Intents of one target changed. The payload is the target's name. */
export const intentsChannel = 'tidegate_intents';

/** What is shown of an object has changed. The payload is its id; empty when some may have been missed. */
export const changesChannel = 'tidegate_changes';
