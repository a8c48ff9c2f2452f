import type { PipelineSpec } from '../../contract/kinds/pipeline.ts';
import { type Filled, fillIn } from '../../platform/cel/expression.ts';
import { runScope } from './decide-scope.ts';
import type { RunSnapshot, RunState } from './types.ts';

const longestGroup = 253;

/** Name of the concurrency group of a run, with its expressions filled in; null without one. */
export function groupOf(
  spec: PipelineSpec,
  id: string,
  run: Omit<RunState, 'steps'>,
): Filled | null {
  if (spec.concurrency === null) return null;
  const { group } = spec.concurrency;
  const filled = fillIn(group, {
    inputs: run.inputs,
    run: runScope(id, run),
    event: run.origin.event,
  });
  if (!filled.ok) return { ok: false, detail: `${group} has no value: ${filled.detail}` };
  const { value } = filled;
  if (typeof value === 'object') return { ok: false, detail: `${group} gives no text` };
  const text = String(value).trim();
  if (text === '' || text.length > longestGroup) {
    return { ok: false, detail: `${group} gives a text of ${text.length} characters` };
  }
  return { ok: true, value: text.replaceAll('\0', '\ufffd').toWellFormed() };
}

/** A run whose group has no value has no place in any queue. */
export function groupFault({ id, spec, state }: RunSnapshot): string | null {
  if (spec.concurrency === null || state.group !== null) return null;
  const filled = groupOf(spec, id, state);
  return filled?.ok === false ? `its concurrency group ${filled.detail} (TG1906)` : null;
}
