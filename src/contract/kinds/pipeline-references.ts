import { hasExpression } from '../../platform/cel/template.ts';
import type { Fault } from './fault.ts';
import { nearest } from './nearest.ts';
import type { Pipeline } from './pipeline.ts';
import { type PlacedStep, placedSteps } from './pipeline-steps.ts';
import type { Reference } from './reference-place.ts';

/** Places of a pipeline that name other documents. */
export function pipelineReferences({ spec }: Pipeline): readonly Reference[] {
  const environments = Object.keys(spec.environments).map(
    (name): Reference => ({ path: ['spec', 'environments', name], kind: 'Environment', name }),
  );
  return [...environments, ...placedSteps(spec).flatMap(stepReferences)];
}

function stepReferences({ step, kind, path }: PlacedStep): Reference[] {
  const at = [...path, kind];
  const found: Reference[] = [];
  const add = (where: Reference['path'], of: Reference['kind'], name: string | undefined): void => {
    if (name !== undefined && !hasExpression(name)) found.push({ path: where, kind: of, name });
  };
  const { deploy, analyze, wait, notify, state, pipeline } = step;
  const acting = deploy ?? analyze ?? wait ?? state;
  const applied = deploy ?? analyze ?? state;
  add([...path, 'environment'], 'Environment', step.environment);
  add([...at, 'environment'], 'Environment', acting?.environment);
  add([...at, 'application'], 'Application', applied?.application);
  add([...at, 'name'], 'Pipeline', pipeline?.name);
  for (const [index, name] of (notify?.channels ?? []).entries())
    add([...at, 'channels', index], 'Channel', name);
  for (const [index, name] of (analyze?.templates ?? []).entries()) {
    const args = analyze?.args ?? {};
    const where = [...at, 'templates', index];
    found.push({ path: where, kind: 'AnalysisTemplate', name, args, mustEnd: true });
  }
  return found;
}

/** What a pipeline asks of those who run it, and whom it runs itself. */
export type PipelineFacts = {
  readonly inputs: readonly string[];
  readonly required: readonly string[];
  readonly calls: readonly string[];
};

export function pipelineFacts(
  { spec }: Pipeline,
  written: (...path: PropertyKey[]) => boolean,
): PipelineFacts {
  const inputs = Object.keys(spec.inputs);
  return {
    // Where a part of them is wrong, nobody is told of too many or too few.
    inputs: written('spec', 'inputs') ? inputs : [],
    required: inputs.filter(
      (name) => spec.inputs[name]?.default === undefined && written('spec', 'inputs', name),
    ),
    calls: placedSteps(spec).flatMap(({ step }) => (step.pipeline ? [step.pipeline.name] : [])),
  };
}

type Pipelines = ReadonlyMap<string, PipelineFacts>;

/** Pipelines that run each other in a circle, or stand between two circles: what is left when all else is taken away. */
export function circularPipelines(pipelines: Pipelines): ReadonlySet<string> {
  const left = new Set(pipelines.keys());
  const callers = new Map<string, string[]>();
  for (const [name, { calls }] of pipelines) {
    for (const called of new Set(calls))
      callers.set(called, [...(callers.get(called) ?? []), name]);
  }
  const waits = new Map(
    [...pipelines].map(([name, { calls }]) => [
      name,
      new Set(calls.filter((called) => pipelines.has(called))),
    ]),
  );
  const over = [...left].filter((name) => waits.get(name)?.size === 0);
  for (let name = over.pop(); name !== undefined; name = over.pop()) {
    left.delete(name);
    for (const caller of callers.get(name) ?? []) {
      const open = waits.get(caller);
      if (open?.delete(name) && open.size === 0) over.push(caller);
    }
  }
  return left;
}

/** Faults of steps of kind pipeline: circles, and inputs that do not fit. */
export function* callFaults(
  document: Pipeline,
  pipelines: Pipelines,
  circular: ReadonlySet<string>,
): Generator<Fault> {
  for (const { step, path } of placedSteps(document.spec)) {
    if (!step.pipeline) continue;
    const at = [...path, 'pipeline'];
    const { name, inputs } = step.pipeline;
    const called = pipelines.get(name);
    if (called === undefined) continue;
    const circle = circular.has(name)
      ? circleBetween(document.metadata.name, name, pipelines)
      : null;
    if (circle) {
      yield {
        path: [...at, 'name'],
        code: 'TG1011',
        detail: `Pipelines run each other in a circle: ${circle.join(' runs ')}.`,
        hint: 'Remove one of these steps, or use repeat in a step.',
      };
    }
    yield* inputFaults(name, called, Object.keys(inputs), [...at, 'inputs']);
  }
}

function* inputFaults(
  name: string,
  { inputs, required }: PipelineFacts,
  given: readonly string[],
  path: readonly PropertyKey[],
): Generator<Fault> {
  for (const one of given) {
    if (inputs.includes(one) || inputs.length === 0) continue;
    const near = nearest(one, inputs);
    yield {
      path: [...path, one],
      code: 'TG1007',
      detail: `Pipeline ${name} has no input ${one.slice(0, 100)}.`,
      hint: near ? `Did you mean ${near}?` : `It has ${inputs.slice(0, 10).join(', ')}.`,
    };
  }
  for (const one of required) {
    if (given.includes(one)) continue;
    yield {
      path: [...path.slice(0, -1), 'name'],
      code: 'TG1007',
      detail: `Pipeline ${name} needs the input ${one}.`,
      hint: `Add inputs: { ${one}: … } beside name.`,
      needs: [path],
    };
  }
}

/** From a pipeline through one that it runs back to itself, by the shortest way; null when there is none. */
function circleBetween(self: string, called: string, pipelines: Pipelines): string[] | null {
  const from = new Map<string, string>([[called, self]]);
  const open = [called];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    if (next === self) break;
    for (const one of pipelines.get(next)?.calls ?? []) {
      if (from.has(one)) continue;
      from.set(one, next);
      open.push(one);
    }
  }
  if (!from.has(self)) return null;
  const circle = [self];
  for (let one = from.get(self); one !== undefined && one !== self; one = from.get(one))
    circle.unshift(one);
  return [self, ...circle];
}
