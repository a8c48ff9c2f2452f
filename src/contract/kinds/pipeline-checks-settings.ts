import { hasExpression, parseTemplate } from '../../platform/cel/template.ts';
import { parseDuration } from './common.ts';
import type { Fault } from './fault.ts';
import { windowFault } from './freeze.ts';
import { nearest } from './nearest.ts';
import type { PipelineSpec } from './pipeline.ts';
import type { StepSettings } from './pipeline-step.ts';
import type { PlacedStep } from './pipeline-steps.ts';
import { sentence } from './shape.ts';

type Path = readonly PropertyKey[];

/** What is wrong with the settings of steps, beside expressions. */
export function* settingFaults(
  spec: PipelineSpec,
  placed: readonly PlacedStep[],
): Generator<Fault> {
  for (const { step, kind, path } of placed) {
    const at = [...path, kind];
    if (step.approve) yield* approveFaults(step.approve, at);
    if (step.wait) yield* waitFaults(step.wait, at);
    if (step.git) yield* fileFaults(step.git, at);
    if (step.http) yield* addressFaults(step.http.url, [...at, 'url']);
    if (step.state?.http) yield* addressFaults(step.state.http.url, [...at, 'http', 'url']);
    for (const { path: here, text } of programsOf(step, at)) yield* programFaults(here, text);
    for (const { path: here, name } of secretsOf(step, at)) {
      yield* secretFaults(spec, here, name);
    }
  }
  yield* declaredSecretFaults(spec);
  yield* inputFaults(spec);
}

function* approveFaults(approve: StepSettings<'approve'>, at: Path): Generator<Fault> {
  const { approvers, roles, count } = approve;
  const people = new Set(approvers).size;
  if (roles.length > 0 || people === 0 || count <= people) return;
  yield {
    path: [...at, 'count'],
    code: 'TG1012',
    detail: `${count} must approve, and ${people} ${people === 1 ? 'person' : 'people'} may.`,
    hint: `Use at most ${people}, or name more approvers.`,
    needs: [[...at, 'approvers']],
  };
}

function* waitFaults(wait: StepSettings<'wait'>, at: Path): Generator<Fault> {
  const { duration, until, window } = wait;
  if (typeof duration === 'string' && !hasExpression(duration)) {
    if (Number.isNaN(parseDuration(duration))) {
      yield {
        path: [...at, 'duration'],
        code: 'TG1004',
        detail: `"${duration.slice(0, 100)}" is not a duration.`,
        hint: 'Use a duration such as 30s, 10m or 1h30m, of at most 90d.',
      };
    }
  }
  if (until !== undefined && !hasExpression(until) && !isInstant(until)) {
    yield {
      path: [...at, 'until'],
      code: 'TG1004',
      detail: `"${until.slice(0, 100)}" is not a time with its zone.`,
      hint: 'Use ISO 8601, such as 2026-05-01T09:00:00Z or 2026-05-01T09:00:00+02:00.',
    };
  }
  const fault = window ? windowFault(window) : null;
  if (fault) {
    yield {
      path: [...at, 'window', fault.field],
      code: 'TG1004',
      detail: sentence(fault.detail),
      hint:
        fault.field === 'timezone'
          ? 'Use a name such as Europe/Berlin or UTC.'
          : 'Use a rule of RFC 5545 such as FREQ=WEEKLY;BYDAY=MO;BYHOUR=9.',
    };
  }
}

const isInstant = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/.test(text) &&
  !Number.isNaN(Date.parse(text));

function* fileFaults(git: StepSettings<'git'>, at: Path): Generator<Fault> {
  for (const name of Object.keys(git.commit.files)) {
    const parts = name.split('/');
    const isInside = !parts.some((part) => ['', '.', '..', '.git'].includes(part.toLowerCase()));
    if (isInside && !name.includes('\0') && !name.includes('\\')) continue;
    yield {
      path: [...at, 'commit', 'files', name],
      code: 'TG1010',
      detail: `"${name.slice(0, 100)}" is not a path of a file in a repository.`,
    };
  }
}

function* addressFaults(url: string, path: Path): Generator<Fault> {
  if (/^https?:\/\/./i.test(url) || url.startsWith('${{')) return;
  yield {
    path,
    code: 'TG1004',
    detail: `"${url.slice(0, 100)}" is no http or https address.`,
    hint: 'Begin it with https:// or http://.',
  };
}

type Text = { readonly path: Path; readonly text: string };

/** Texts that become programs. */
export function programsOf(step: PlacedStep['step'], at: Path): readonly Text[] {
  const { shell, container } = step;
  const commands = [...(shell?.command ?? []), ...(container?.command ?? [])];
  return [
    ...commands.map((text, index) => ({ path: [...at, 'command', index], text })),
    ...(shell?.script === undefined ? [] : [{ path: [...at, 'script'], text: shell.script }]),
  ];
}

function* programFaults(path: Path, text: string): Generator<Fault> {
  if (!hasExpression(text)) return;
  const template = parseTemplate(text);
  const within = template.ok ? text.indexOf('${{') : template.at;
  yield {
    path,
    within,
    code: 'TG1013',
    detail: 'A program takes no expressions: a value must not become a part of it.',
    hint: 'Hand the value over in env, such as NAME: ${{ … }}, and read "$NAME".',
  };
}

type SecretPlace = { readonly path: Path; readonly name: string };

function secretsOf(step: PlacedStep['step'], at: Path): readonly SecretPlace[] {
  const env = step.shell?.env ?? step.container?.env ?? {};
  const headers = step.http?.headers ?? {};
  const token = step.git?.pullRequest?.token.secret;
  return [
    ...secretsIn(env, [...at, 'env']),
    ...secretsIn(headers, [...at, 'headers']),
    ...(token === undefined
      ? []
      : [{ path: [...at, 'pullRequest', 'token', 'secret'], name: token }]),
  ];
}

const secretsIn = (
  values: { readonly [name: string]: string | { readonly secret: string } },
  at: Path,
): readonly SecretPlace[] =>
  Object.entries(values).flatMap(([key, value]) =>
    typeof value === 'string' ? [] : [{ path: [...at, key, 'secret'], name: value.secret }],
  );

export function* secretFaults(spec: PipelineSpec, path: Path, name: string): Generator<Fault> {
  if (Object.hasOwn(spec.secrets, name)) return;
  const near = nearest(name, Object.keys(spec.secrets));
  yield {
    path,
    code: 'TG1007',
    detail: `There is no secret ${name.slice(0, 100)}.`,
    hint: near ? `Did you mean ${near}?` : 'Declare it under spec.secrets, with env or file.',
  };
}

const secretVariable = 'TIDEGATE_SECRET_';

function* declaredSecretFaults(spec: PipelineSpec): Generator<Fault> {
  for (const [name, { env, file }] of Object.entries(spec.secrets)) {
    const path = ['spec', 'secrets', name];
    if (env !== undefined && !/^TIDEGATE_SECRET_[A-Za-z0-9_]+$/.test(env)) {
      yield {
        path: [...path, 'env'],
        code: 'TG1004',
        detail: `A step may not read the variable ${env.slice(0, 100)}.`,
        hint: `Use a name that begins with ${secretVariable}, and set it on every worker.`,
      };
    }
    if (file?.split('/').some((part) => ['', '.', '..'].includes(part))) {
      yield {
        path: [...path, 'file'],
        code: 'TG1004',
        detail: `"${file.slice(0, 100)}" is not the name of a file below the worker's directory of secrets.`,
        hint: 'Use a relative name without .., such as slack/token.',
      };
    }
  }
}

function* inputFaults(spec: PipelineSpec): Generator<Fault> {
  for (const [name, { type, default: fallback }] of Object.entries(spec.inputs)) {
    const given: string = typeof fallback;
    if (given === 'undefined' || given === type) continue;
    yield {
      path: ['spec', 'inputs', name, 'default'],
      code: 'TG1004',
      detail: `The default of ${name} is a ${given}, and its type is ${type}.`,
      hint: `Write a ${type}, or declare type: ${given}.`,
      needs: [['spec', 'inputs', name, 'type']],
    };
  }
}
