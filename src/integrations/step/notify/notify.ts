import type { StepAdapter } from '../port.ts';
import { decideNotify, notifyEffectSchema } from './decide.ts';

export type StepMessage = {
  readonly channel: string;
  /** The same key twice is one message. */
  readonly key: string;
  readonly severity: 'info' | 'warning' | 'error';
  readonly text: string;
  readonly application: string | null;
  readonly environment: string | null;
  readonly run: string | null;
  readonly actor: string;
};

export type NotifyDeps = {
  /** Leaves a message to be sent; false when no such channel is declared. */
  readonly leaveMessage: (message: StepMessage) => Promise<boolean>;
};

/** Tells channels. */
export function notifyStep({ leaveMessage }: NotifyDeps): StepAdapter {
  return {
    kind: 'notify',
    decide: decideNotify,
    async run(payload, { key, subject }) {
      const { channels, message: text, severity } = notifyEffectSchema.parse(payload);
      const { application, run, actor } = subject;
      const left: string[] = [];
      const missing: string[] = [];
      for (const channel of new Set(channels)) {
        const about = { application, environment: null, run, actor };
        const known = await leaveMessage({
          ...{ channel, key: `${key}/${channel}`, severity, text },
          ...about,
        });
        (known ? left : missing).push(channel);
      }
      return { left, missing };
    },
  };
}
