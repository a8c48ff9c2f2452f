import { evaluate, type Filled, fillIn, type Scope } from '../../platform/cel/expression.ts';
import type { Json } from '../../platform/ids/types.ts';
import { hasFailed } from './decide-gravity.ts';
import type { Declared } from './decide-plan.ts';
import type { Work } from './decide-work.ts';
import type { RunState, StepState } from './types.ts';

/** What expressions see of the run itself. */
export const runScope = (
  id: string,
  run: Omit<RunState, 'steps'>,
): { readonly [name: string]: Json } => ({
  id,
  pipeline: run.pipeline,
  application: run.application,
  release: run.release,
  commit: run.commit,
  actor: run.origin.actor,
  trigger: run.origin.trigger,
  because: run.origin.because,
});

/** One CEL expression of a step. */
export function evaluateFor(
  work: Work,
  declared: Declared,
  instance: StepState | null,
  text: string,
  more: Scope = {},
): Filled {
  const { scope, broken } = scopeOf(work, declared, instance, text);
  return explained(evaluate(text, { ...scope, ...more }), broken);
}

/** A value with every `${{ … }}` in it filled in. */
export function fillFor(
  work: Work,
  declared: Declared,
  instance: StepState | null,
  value: Json,
): Filled {
  const text = JSON.stringify(value);
  if (!text.includes('${{')) return { ok: true, value };
  const { scope, broken } = scopeOf(work, declared, instance, text);
  return explained(fillIn(value, scope), broken);
}

type Broken = ReadonlyMap<string, string>;

function scopeOf(
  work: Work,
  declared: Declared,
  instance: StepState | null,
  text: string,
): { readonly scope: Scope; readonly broken: Broken } {
  const { head, snapshot } = work;
  const environment = environmentOf(declared);
  const base: Scope = {
    inputs: head.inputs,
    environment,
    steps: stepsScope(work, declared),
    run: { ...runScope(snapshot.id, head), failed: hasFailed(work) },
    event: head.origin.event,
    live: { environments: liveScope(work) },
    ...(instance === null || instance.index === null
      ? {}
      : { item: instance.item, index: instance.index }),
  };
  const { values, broken } = variablesOf(work, environment, base, text);
  return { scope: { ...base, variables: values }, broken };
}

/** Whose variables hold: those of the step's own `environment`, else of the one that its kind acts on. */
export function environmentOf({ step, settings }: Declared): string {
  if (step.environment !== undefined) return step.environment;
  const own = 'environment' in settings ? settings.environment : undefined;
  return own ?? '';
}

/**
 * Variables may hold expressions themselves, over everything but other variables. One without a value is left out, and
 * why is told to whoever asks for it.
 */
function variablesOf(
  { snapshot: { spec } }: Work,
  environment: string,
  scope: Scope,
  text: string,
): { readonly values: { readonly [name: string]: Json }; readonly broken: Broken } {
  const values: Record<string, Json> = {};
  const broken = new Map<string, string>();
  if (!text.includes('variables')) return { values, broken };
  const own = spec.environments[environment]?.variables ?? {};
  for (const [name, value] of Object.entries({ ...spec.variables, ...own })) {
    const filled = fillIn(value as Json, scope);
    if (filled.ok) values[name] = filled.value;
    else if (text.includes(name)) broken.set(name, filled.detail);
  }
  return { values, broken };
}

function explained(filled: Filled, broken: Broken): Filled {
  if (filled.ok || broken.size === 0) return filled;
  const why = [...broken].map(([name, detail]) => `variables.${name} has no value: ${detail}`);
  return { ok: false, detail: `${filled.detail}; ${why.join('; ')}` };
}

function stepsScope(work: Work, declared: Declared): { readonly [name: string]: Json } {
  const seen = declared.sees.flatMap((name) => {
    const step = work.steps.get(name);
    return step ? [[name, stepScope(work, name, step)] as const] : [];
  });
  return Object.fromEntries(seen);
}

function stepScope(work: Work, name: string, step: StepState): Json {
  const own = { status: step.status, outputs: step.outputs, attempt: step.attempt };
  const instances = work.instances.get(name);
  if (instances === undefined) return own;
  const items = instances.flatMap((instance) => {
    const one = work.steps.get(instance);
    return one ? [{ status: one.status, outputs: one.outputs, attempt: one.attempt }] : [];
  });
  return { ...own, items };
}

const liveScope = ({ snapshot }: Work): Json =>
  Object.fromEntries(
    Object.entries(snapshot.live?.environments ?? {}).map(([name, one]) => [name, { ...one }]),
  );
