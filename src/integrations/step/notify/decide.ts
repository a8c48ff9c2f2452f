import { z } from 'zod';
import { askedSchema, decideOneEffect } from '../asked.ts';
import { ended, errored, filledText, totalDecide } from '../typed.ts';
import { either } from '../words.ts';

const settingsSchema = z.object({
  channels: z.array(z.string()).min(1).max(20),
  message: filledText,
  severity: z.enum(['info', 'warning', 'error']).default('info'),
});

/** What `run` gets. */
export const notifyEffectSchema = settingsSchema;
/** Channels that the message was left for, and those that are not declared. */
const leftSchema = z.object({ left: z.array(z.string()), missing: z.array(z.string()) });

/** Leaves one message for each channel; whether it arrives is the affair of notifications. */
export const decideNotify = totalDecide({ settings: settingsSchema, memory: askedSchema }, (look) =>
  decideOneEffect(look, {
    doing: `telling ${look.settings.channels.join(', ')}`,
    effect: look.settings,
    value: leftSchema,
    done: ({ left, missing }) =>
      missing.length > 0
        ? errored(`no channel ${either(missing)} is declared`, { channels: left })
        : ended('succeeded', `left for ${left.join(', ')}`, { channels: left }),
  }),
);
