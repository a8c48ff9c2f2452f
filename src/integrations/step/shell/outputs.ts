import { isStorable } from '../../../platform/text/storable.ts';

/** Most bytes of outputs, as the file has them. */
export const largestOutputs = 16_384;

export type Outputs =
  | { readonly ok: true; readonly values: { readonly [name: string]: string } }
  | { readonly ok: false; readonly detail: string };

const namePattern = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
const noNames = ['__proto__', 'constructor', 'prototype', 'exitCode'];

/** Lines `name=value`; of two with one name the last counts, and empty lines count for nothing. */
export function parseOutputs(text: string): Outputs {
  const values = new Map<string, string>();
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line === '') continue;
    const end = line.indexOf('=');
    const name = line.slice(0, Math.max(end, 0));
    const where = `line ${at + 1} of TIDEGATE_OUTPUT`;
    if (!namePattern.test(name) || noNames.includes(name))
      return {
        ok: false,
        detail: `${where} is not NAME=VALUE with a name of letters, digits and _`,
      };
    if (!isStorable(line)) return { ok: false, detail: `${where} is not text` };
    values.set(name, line.slice(end + 1));
  }
  return { ok: true, values: Object.fromEntries(values) };
}
