import { hasExpression } from '../../platform/cel/template.ts';
import type { PipelineSpec } from './pipeline.ts';
import type { StepKindName } from './pipeline-step.ts';
import type { PlacedStep } from './pipeline-steps.ts';

type Path = readonly PropertyKey[];

/** A text of a pipeline that is CEL, or holds it between `${{` and `}}`, and what it sees. */
export type CelText = {
  readonly path: Path;
  readonly text: string;
  /** condition gives true or false; value anything; template is a text with `${{ … }}`. */
  readonly is: 'condition' | 'value' | 'template';
  readonly names: readonly string[];
  /** The step that it belongs to. */
  readonly from: PlacedStep | null;
};

const ofRuns = ['inputs', 'environment', 'run', 'event', 'live', 'steps', 'variables'] as const;
const ofVariables = ofRuns.filter((name) => name !== 'variables');

/** All of them, in the order of the document. Lazy: whoever has seen enough stops asking. */
export function* celTexts(spec: PipelineSpec, placed: readonly PlacedStep[]): Generator<CelText> {
  const own = { from: null, is: 'template' } as const;
  yield* templates(spec.variables, ['spec', 'variables'], { ...own, names: ofVariables });
  for (const [name, { variables }] of Object.entries(spec.environments)) {
    const path = ['spec', 'environments', name, 'variables'];
    yield* templates(variables, path, { ...own, names: ofVariables });
  }
  if (spec.concurrency) {
    const names = ['inputs', 'run', 'event'];
    const path = ['spec', 'concurrency', 'group'];
    yield* templates(spec.concurrency.group, path, { ...own, names });
  }
  for (const [index, trigger] of spec.triggers.entries()) {
    const path = ['spec', 'triggers', index];
    const names = ['event'];
    yield* conditions(trigger.when, [...path, 'when'], { names, from: null });
    yield* templates(trigger.inputs, [...path, 'inputs'], { ...own, names });
    yield* templates(trigger.release, [...path, 'release'], { ...own, names });
  }
  for (const one of placed) yield* ofStep(one);
}

function* ofStep(one: PlacedStep): Generator<CelText> {
  const { step, path, kind } = one;
  const inEach = step.forEach ? [...ofRuns, 'item', 'index'] : ofRuns;
  const each = { from: one, names: inEach };
  const before = { from: one, names: ofRuns, is: 'template' } as const;
  yield* conditions(step.when, [...path, 'when'], each);
  yield* templates(step.forEach?.items, [...path, 'forEach', 'items'], before);
  yield* templates(step.forEach?.matrix, [...path, 'forEach', 'matrix'], before);
  const names = [...inEach, 'outputs', 'round'];
  yield* conditions(step.repeat?.until, [...path, 'repeat', 'until'], { from: one, names });
  for (const [field, value] of Object.entries(step[kind] ?? {})) {
    yield* ofSetting(one, field, value, [...path, kind, field], inEach);
  }
}

/** Fields that are CEL as a whole, by what they see. */
const celFields: { readonly [K in StepKindName]?: string } = { http: 'response', state: 'state' };
/** Fields that become programs: no expression is filled in there. */
const programs: { readonly [K in StepKindName]?: readonly string[] } = {
  shell: ['command', 'script'],
  container: ['command'],
};

function* ofSetting(
  one: PlacedStep,
  field: string,
  value: unknown,
  path: Path,
  names: readonly string[],
): Generator<CelText> {
  if (programs[one.kind]?.includes(field)) return;
  const seen = celFields[one.kind];
  if (seen !== undefined && field === 'outputs') {
    for (const [name, text] of Object.entries(value as { readonly [name: string]: string })) {
      yield { path: [...path, name], text, is: 'value', names: [seen], from: one };
    }
    return;
  }
  if (seen !== undefined && field === 'until') {
    yield* conditions(value as string | undefined, path, { from: one, names: [seen] });
    return;
  }
  if (seen !== undefined && field === 'expect') {
    const { condition } = value as { readonly condition?: string };
    yield* conditions(condition, [...path, 'condition'], { from: one, names: [seen] });
    return;
  }
  yield* templates(value, path, { from: one, names, is: 'template' });
}

type About = Pick<CelText, 'from' | 'names'>;

function* conditions(text: string | undefined, path: Path, about: About): Generator<CelText> {
  if (text !== undefined) yield { path, text, is: 'condition', ...about };
}

function* templates(
  value: unknown,
  path: Path,
  about: About & { readonly is: 'template' },
): Generator<CelText> {
  if (typeof value === 'string') {
    if (hasExpression(value)) yield { path, text: value, ...about };
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    yield* templates(part, [...path, Array.isArray(value) ? Number(key) : key], about);
  }
}
