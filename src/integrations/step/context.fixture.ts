import { lookOf } from './contract.ts';
import type { StepContext } from './port.ts';

/** What an effect has at hand, with secrets by name; `logged` is what it wrote. */
export function contextOf(
  over: Partial<StepContext> & { readonly secrets?: { readonly [name: string]: string } } = {},
): StepContext & { readonly logged: readonly string[] } {
  const logged: string[] = [];
  const { secrets = {}, ...rest } = over;
  return {
    subject: lookOf().subject,
    key: 'run/run-1/4/0',
    signal: new AbortController().signal,
    secret: async (name) => {
      const value = secrets[name];
      if (value === undefined) throw new Error(`no secret ${name}`);
      return value;
    },
    log: (_stream, text) => logged.push(text),
    logged,
    ...rest,
  };
}
