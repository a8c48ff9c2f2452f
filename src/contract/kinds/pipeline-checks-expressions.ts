import {
  checkExpression,
  type ExpressionTypes,
  evaluate,
  type Program,
} from '../../platform/cel/expression.ts';
import { hasExpression, parseTemplate } from '../../platform/cel/template.ts';
import type { Fault } from './fault.ts';
import { nearest } from './nearest.ts';
import type { PipelineSpec } from './pipeline.ts';
import { type PlacedStep, seenFrom, stepsByName } from './pipeline-steps.ts';
import { type CelText, celTexts } from './pipeline-texts.ts';
import { sentence } from './shape.ts';

/** More in one document are hostile; each takes a fraction of a millisecond to compile. */
const mostExpressions = 2_000;

type World = {
  readonly spec: PipelineSpec;
  readonly placed: readonly PlacedStep[];
  readonly byName: ReadonlyMap<string, PlacedStep>;
  readonly types: ExpressionTypes;
  seen(one: PlacedStep): ReadonlySet<string>;
};

/** What is wrong with the CEL of a pipeline. Lazy: whoever has seen enough stops asking. */
export function* expressionFaults(
  spec: PipelineSpec,
  placed: readonly PlacedStep[],
): Generator<Fault> {
  const world = worldOf(spec, placed);
  let left = mostExpressions;
  for (const one of celTexts(spec, placed)) {
    for (const { text, at } of expressionsOf(one)) {
      left -= 1;
      if (left < 0) {
        const detail = `The pipeline has more than ${mostExpressions} expressions.`;
        yield { path: one.path, code: 'TG1005', detail, hint: 'Split the pipeline.' };
        return;
      }
      yield* faultsOf(world, one, text, at);
    }
    yield* templateFaults(one);
  }
}

function worldOf(spec: PipelineSpec, placed: readonly PlacedStep[]): World {
  const byName = stepsByName(placed);
  const known = new Map<PlacedStep, ReadonlySet<string>>();
  const inputs = Object.entries(spec.inputs).map(([name, { type }]) => [name, type] as const);
  return {
    spec,
    placed,
    byName,
    types: { inputs: Object.fromEntries(inputs) },
    seen: (one) => {
      const seen = known.get(one) ?? seenFrom(one, placed, byName);
      known.set(one, seen);
      return seen;
    },
  };
}

type Expression = { readonly text: string; readonly at: number };

function expressionsOf({ is, text }: CelText): readonly Expression[] {
  if (is !== 'template') return hasExpression(text) ? [] : [{ text, at: 0 }];
  const template = parseTemplate(text);
  if (!template.ok) return [];
  return template.parts.flatMap((part) => (part.is === 'expression' ? [part] : []));
}

function* templateFaults({ is, text, path }: CelText): Generator<Fault> {
  if (is !== 'template') {
    if (!hasExpression(text)) return;
    yield {
      path,
      within: text.indexOf('${{'),
      code: 'TG1013',
      detail: 'This is an expression already; ${{ … }} is for texts.',
      hint: 'Write the expression alone, without ${{ and }}.',
    };
    return;
  }
  const template = parseTemplate(text);
  if (template.ok) return;
  yield {
    path,
    within: template.at,
    code: 'TG1013',
    detail: 'This ${{ is not closed by }}.',
    hint: 'Close it; brackets and quotes within must be closed as well.',
  };
}

function* faultsOf(world: World, one: CelText, text: string, at: number): Generator<Fault> {
  const compiled = checkExpression(text, world.types);
  const shown = brief(text);
  if (!compiled.ok) {
    const { why, hint, at: offset } = compiled.refusal;
    yield {
      path: one.path,
      within: at + offset,
      code: 'TG1013',
      detail: sentence(`${shown} cannot be used: ${why}`),
      ...(hint ? { hint } : {}),
    };
    return;
  }
  const { program } = compiled;
  let isKnown = true;
  for (const read of program.shape.reads) {
    const fault = readFault(world, one, read.path);
    if (fault === null) continue;
    isKnown = false;
    yield { path: one.path, within: at + read.at, ...fault };
  }
  if (isKnown && one.is === 'condition') yield* conditionFaults(one, program, at);
}

function* conditionFaults(one: CelText, program: Program, at: number): Generator<Fault> {
  const { type, text, shape } = program;
  const constant = shape.reads.length === 0 ? evaluate(text, {}) : null;
  const isBoolean = constant?.ok ? typeof constant.value === 'boolean' : type === 'bool';
  if (type !== 'dyn' && !isBoolean) {
    const detail = `${brief(text)} gives ${type}, not true or false.`;
    const hint = 'Compare it with something, such as == "yes".';
    yield { path: one.path, within: at, code: 'TG1013', detail, hint };
    return;
  }
  if (!constant?.ok || constant.value !== false) return;
  const isLoop = one.path.at(-1) === 'until';
  yield {
    path: one.path,
    code: isLoop ? 'TG1014' : 'TG1012',
    detail: `${brief(text)} is never true.`,
    hint: isLoop ? 'Ask for something that can become true.' : 'Remove the step, or the condition.',
  };
}

type Found = Pick<Fault, 'code' | 'detail' | 'hint' | 'needs'>;

/** Why what is read cannot be there; null when it can. */
function readFault(world: World, one: CelText, path: readonly string[]): Found | null {
  const [name = '', key, field] = path;
  if (!one.names.includes(name)) return nameFault(one, name);
  if (key === undefined) return null;
  if (name === 'inputs') return keyFault(name, key, Object.keys(world.spec.inputs), 'spec.inputs');
  if (name === 'variables') return variableFault(world, one, key);
  if (name === 'run') return keyFault('run', key, runFields(one));
  if (name === 'live') return keyFault('live', key, ['environments']);
  return name === 'steps' ? stepFault(world, one, key, field) : null;
}

const runFields = ({ from, path }: CelText): readonly string[] => {
  const always = ['id', 'pipeline', 'application', 'release', 'commit', 'actor', 'trigger'];
  const isBefore = from === null && path[1] === 'concurrency';
  return [...always, 'because', ...(isBefore ? [] : ['failed'])];
};

const whereSeen: { readonly [name: string]: string } = {
  item: 'item and index are seen only in a step with forEach, and not in its list.',
  index: 'item and index are seen only in a step with forEach, and not in its list.',
  outputs: 'outputs is seen in repeat.until; elsewhere use steps["NAME"].outputs.',
  round: 'round is seen in repeat.until.',
  response: 'response is seen in the outputs and the condition of a step of kind http.',
  state: 'state is seen in the outputs and the condition of a step of kind state.',
  secrets: 'A secret is handed over with { secret: NAME }, in env, headers or token.',
};

function nameFault({ names }: CelText, name: string): Found {
  const near = nearest(name, names);
  const told = Object.hasOwn(whereSeen, name) ? whereSeen[name] : undefined;
  return {
    code: 'TG1013',
    detail: `There is no ${name.slice(0, 100)} here.`,
    hint: told ?? (near ? `Did you mean ${near}?` : `It sees ${names.join(', ')}.`),
  };
}

function keyFault(
  name: string,
  key: string,
  known: readonly string[],
  declaredIn?: string,
): Found | null {
  if (known.includes(key)) return null;
  const near = nearest(key, known);
  const otherwise = declaredIn ? `Declare it under ${declaredIn}.` : `It has ${known.join(', ')}.`;
  return {
    code: 'TG1007',
    detail: `There is no ${name}.${key.slice(0, 100)}.`,
    hint: near ? `Did you mean ${near}?` : otherwise,
    ...(declaredIn ? { needs: [[...declaredIn.split('.'), key], declaredIn.split('.')] } : {}),
  };
}

function variableFault(world: World, one: CelText, key: string): Found | null {
  const { variables, environments } = world.spec;
  const own = environmentOf(one.from);
  const here = own === null ? {} : (environments[own]?.variables ?? {});
  if (Object.hasOwn(variables, key) || Object.hasOwn(here, key)) return null;
  const elsewhere = Object.entries(environments)
    .filter(([, other]) => Object.hasOwn(other.variables, key))
    .map(([name]) => name);
  if (elsewhere.length === 0) {
    const known = [...Object.keys(variables), ...Object.keys(here)];
    return keyFault('variables', key, known, 'spec.variables');
  }
  return {
    code: 'TG1007',
    detail: `variables.${key} has a value only in ${elsewhere.slice(0, 5).join(', ')}${own === null ? '' : `, and this step is in ${own}`}.`,
    hint: `Add environment: ${elsewhere[0]} to the step, or a value under spec.variables.`,
    needs: [['spec', 'variables']],
  };
}

/** Whose variables hold: those of the step's own `environment`, else of the one that its kind acts on. */
function environmentOf(from: PlacedStep | null): string | null {
  if (from === null) return null;
  const { step } = from;
  const acting = step.deploy ?? step.analyze ?? step.wait ?? step.state;
  return step.environment ?? acting?.environment ?? null;
}

const fieldsOfStep = ['status', 'outputs', 'attempt'];

function stepFault(
  world: World,
  { from }: CelText,
  key: string,
  field: string | undefined,
): Found | null {
  const step = world.byName.get(key);
  if (step === undefined) {
    const near = nearest(key, [...world.byName.keys()]);
    const hint = near ? `Did you mean ${near}?` : 'Add the step, or mend its name.';
    return { code: 'TG1007', detail: `There is no step ${key.slice(0, 100)}.`, hint };
  }
  if (from !== null && !world.seen(from).has(key)) return unseenFault(from, step);
  const fields = step.step.forEach ? [...fieldsOfStep, 'items'] : fieldsOfStep;
  if (field === undefined || fields.includes(field)) return null;
  const near = nearest(field, fields);
  return {
    code: 'TG1007',
    detail: `A step has no ${field.slice(0, 100)}: steps["${key}"].`,
    hint: near ? `Did you mean ${near}?` : `It has ${fields.join(', ')}.`,
    needs: [step.path],
  };
}

function unseenFault(from: PlacedStep, step: PlacedStep): Found {
  const isSame = from.section === step.section;
  const itself = from.name === step.name;
  return {
    code: 'TG1007',
    detail: itself
      ? `${from.name} asks for itself.`
      : `${from.name} asks for ${step.name}, which it does not need, so that it may not be over.`,
    hint: itself
      ? 'In repeat.until, outputs are those of the round.'
      : isSame
        ? `Add it: needs: [${step.name}].`
        : `${step.section} runs after ${from.section}.`,
    needs: [[...from.path, 'needs']],
  };
}

const brief = (text: string): string => {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 80)}…` : line;
};
