import type { Filled } from '../../platform/cel/expression.ts';
import type { Json } from '../../platform/ids/types.ts';
import type { Declared } from './decide-plan.ts';
import { fillFor } from './decide-scope.ts';
import type { Work } from './decide-work.ts';
import type { StepState } from './types.ts';

/** Parts that become programs: a value never gets into them. */
const untouched: { readonly [kind: string]: readonly string[] } = {
  shell: ['command', 'script'],
  container: ['command'],
};

/** Parts that take a value of any type; everywhere else an expression stands for a text. */
const free: { readonly [kind: string]: readonly string[] } = {
  http: ['body'],
  pipeline: ['inputs'],
  wait: ['duration'],
};

/** The settings of one attempt: of the kind's schema, with every expression filled in. */
export function fillSettings(work: Work, declared: Declared, instance: StepState): Filled {
  const { kind, settings } = declared;
  const whole = settings as unknown as { readonly [part: string]: Json };
  const kept = untouched[kind] ?? [];
  const open = Object.entries(whole).filter(([part]) => !kept.includes(part));
  const filled = fillFor(work, declared, instance, Object.fromEntries(open));
  if (!filled.ok) return filled;
  const parts: Record<string, Json> = { ...whole };
  for (const [part, value] of Object.entries(filled.value as { readonly [part: string]: Json })) {
    if (free[kind]?.includes(part)) {
      parts[part] = value;
      continue;
    }
    const texts = withTexts(whole[part] ?? null, value, `${kind}.${part}`);
    if (!texts.ok) return texts;
    parts[part] = texts.value;
  }
  return { ok: true, value: parts };
}

/** A number or a boolean where a text is declared is written as text; a list, a map or null does not fit. */
function withTexts(declared: Json, filled: Json, path: string): Filled {
  if (typeof declared === 'string' && typeof filled !== 'string') {
    if (typeof filled === 'number' || typeof filled === 'boolean') {
      return { ok: true, value: String(filled) };
    }
    const what = filled === null ? 'null' : Array.isArray(filled) ? 'a list' : 'a map';
    return { ok: false, detail: `${path} is a text, and ${declared} gave ${what} (TG1907)` };
  }
  if (Array.isArray(declared) && Array.isArray(filled)) {
    return together(
      filled.map((value, at) => [
        String(at),
        withTexts(declared[at] ?? null, value, `${path}[${at}]`),
      ]),
      (values) => Object.values(values),
    );
  }
  if (isMap(declared) && isMap(filled)) {
    return together(
      Object.entries(filled).map(([key, value]) => [
        key,
        withTexts(declared[key] ?? null, value, `${path}.${key}`),
      ]),
      (values) => values,
    );
  }
  return { ok: true, value: filled };
}

function together(
  parts: readonly (readonly [string, Filled])[],
  join: (values: { readonly [key: string]: Json }) => Json,
): Filled {
  const values: [string, Json][] = [];
  for (const [key, part] of parts) {
    if (!part.ok) return part;
    values.push([key, part.value]);
  }
  return { ok: true, value: join(Object.fromEntries(values)) };
}

const isMap = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
