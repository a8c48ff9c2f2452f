import type { PipelineSpec } from '../../contract/kinds/pipeline.ts';
import type { Json } from '../../platform/ids/types.ts';

type Inputs = { readonly [name: string]: Json };
export type CheckedInputs =
  | { readonly ok: true; readonly inputs: Inputs }
  | { readonly ok: false; readonly detail: string };

/** Characters of JSON of all inputs together. */
const largestInputs = 64 * 1024;

/**
 * Inputs with the defaults of those that were not given. A text that reads as the number or boolean that is declared
 * counts as one, since command lines and forms have only texts.
 */
export function checkInputs(declared: PipelineSpec['inputs'], given: Inputs): CheckedInputs {
  const faults: string[] = [];
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(declared, name)) faults.push(`there is no input ${name}`);
  }
  const inputs: [string, Json][] = [];
  for (const [name, { type, default: fallback }] of Object.entries(declared)) {
    const value = (Object.hasOwn(given, name) ? given[name] : undefined) ?? fallback;
    if (value === undefined) {
      faults.push(`input ${name} must be given: a ${type}`);
      continue;
    }
    const typed = typedAs(type, value);
    if (typed === null)
      faults.push(`input ${name} must be a ${type}, and is ${JSON.stringify(value).slice(0, 100)}`);
    else inputs.push([name, typed]);
  }
  if (faults.length > 0) return { ok: false, detail: `${faults.join('; ')}.` };
  const all = Object.fromEntries(inputs);
  const size = JSON.stringify(all).length;
  if (size > largestInputs) {
    return {
      ok: false,
      detail: `The inputs have ${size} characters, of at most ${largestInputs}.`,
    };
  }
  return { ok: true, inputs: all };
}

function typedAs(type: 'string' | 'number' | 'boolean', value: Json): Json {
  if (typeof value === type && (type !== 'number' || Number.isFinite(value))) return value;
  if (typeof value !== 'string') return null;
  if (type === 'boolean') return value === 'true' ? true : value === 'false' ? false : null;
  const number = value.trim() === '' ? Number.NaN : Number(value);
  return type === 'number' && Number.isFinite(number) ? number : null;
}
