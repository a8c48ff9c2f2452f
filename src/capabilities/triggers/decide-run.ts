import type { Trigger } from '../../contract/kinds/pipeline-trigger.ts';
import type { NewEffect, NewEvent } from '../../engine/types.ts';
import { evaluate, fillIn } from '../../platform/cel/expression.ts';
import { sha256 } from '../../platform/ids/digest.ts';
import type { Json } from '../../platform/ids/types.ts';
import type { Begin, Declared, LastRun } from './types.ts';

/** Something happened that may begin a run. */
export type Occasion = {
  readonly on: Begin['on'];
  /** Unique among those of the trigger, and the same however often it is told: a time, a delivery, a move of a branch. */
  readonly key: string;
  readonly event: { readonly [name: string]: Json };
  readonly because: string;
  /** Of the service; a release is made for it. */
  readonly commit: string | null;
};

export type Fired = {
  readonly effect: NewEffect | null;
  readonly event: NewEvent;
  readonly last: LastRun | null;
  readonly problem: string | null;
};

/** Id of the run of an occasion. The same occasion gives the same id, on every worker and at every try. */
export const runIdOf = (object: string, trigger: string, key: string): string =>
  `run-${sha256(JSON.stringify([object, trigger, key])).slice(0, 24)}`;

/**
 * What follows from an occasion. `when` is false: nothing, and it is told. An expression has no value: nothing, and what
 * is wrong is told. Else the run.
 */
export function fire(
  object: string,
  declared: Declared,
  trigger: Trigger,
  occasion: Occasion,
  now: Date,
): Fired {
  const begun = beginOf(object, declared, trigger, occasion);
  const of = {
    actor: `trigger:${declared.pipeline}/${trigger.name}`,
    ...(declared.application === null ? {} : { application: declared.application }),
  };
  if (begun.is === 'run') {
    const { run, because } = begun.payload;
    return {
      effect: { kind: 'trigger.begin', payload: begun.payload as unknown as Json },
      event: { type: 'trigger.fired', ...of, because, outcome: 'done', after: { run } },
      last: { run, at: now.toISOString(), because },
      problem: null,
    };
  }
  const because = `${occasion.because} ${begun.because}`;
  const [type, outcome] =
    begun.is === 'not'
      ? (['trigger.passed', 'done'] as const)
      : (['trigger.refused', 'refused'] as const);
  return {
    effect: null,
    event: { type, ...of, because, outcome },
    last: null,
    problem: begun.is === 'not' ? null : begun.because,
  };
}

type Begun =
  | { readonly is: 'run'; readonly payload: Begin }
  | { readonly is: 'not' | 'wrong'; readonly because: string };

const wrong = (because: string): Begun => ({ is: 'wrong', because });

function beginOf(
  object: string,
  declared: Declared,
  trigger: Trigger,
  { on, key, event, because, commit }: Occasion,
): Begun {
  if (trigger.when !== undefined) {
    const said = evaluate(trigger.when, { event });
    if (!said.ok) return wrong(`No run: its "when" has no value: ${said.detail}.`);
    if (said.value === false) return { is: 'not', because: 'No run: its "when" is false.' };
    if (said.value !== true) return wrong('No run: its "when" is neither true nor false.');
  }
  const inputs = fillIn(trigger.inputs, { event });
  if (!inputs.ok) return wrong(`No run: an input has no value: ${inputs.detail}.`);
  const release = releaseOf(declared, trigger, event, commit);
  if (!release.ok) return wrong(`No run: ${release.detail}.`);
  const { pipeline, isGenerated, application } = declared;
  return {
    is: 'run',
    payload: {
      ...{ run: runIdOf(object, trigger.name, key), trigger: trigger.name, on },
      ...{ pipeline, isGenerated, application, because, event, commit },
      inputs: inputs.value as Begin['inputs'],
      release: release.value,
    },
  };
}

type ReleaseAnswer =
  | { readonly ok: true; readonly value: Begin['release'] }
  | { readonly ok: false; readonly detail: string };

/**
 * The release that is made for the run: the one that `release` describes; else, for a push to the service, that of the
 * commit. An image is not known from a commit alone: such a run has the commit, and its own steps build the image.
 */
function releaseOf(
  { application, artifact }: Declared,
  trigger: Trigger,
  event: Occasion['event'],
  commit: string | null,
): ReleaseAnswer {
  const { release } = trigger;
  if (application === null) {
    const detail = 'a release needs an application, and none has this pipeline';
    return release ? { ok: false, detail } : { ok: true, value: null };
  }
  if (!release) {
    const isMade = commit !== null && artifact === 'bundle';
    return { ok: true, value: isMade ? { ref: commit, image: null } : null };
  }
  const [ref, image] = [release.commit, release.image].map((one) =>
    one === undefined ? ({ ok: true, value: null } as const) : fillIn(one, { event }),
  );
  if (!ref?.ok || !image?.ok) {
    const detail = [ref, image].flatMap((one) => (one && !one.ok ? [one.detail] : []));
    return { ok: false, detail: `its release has no value: ${detail.join(', ')}` };
  }
  const texts = [ref.value ?? commit, image.value];
  if (texts.some((one) => one !== null && (typeof one !== 'string' || one === ''))) {
    return { ok: false, detail: 'commit and image of its release must be texts' };
  }
  const [at, name] = texts as [string | null, string | null];
  return { ok: true, value: { ref: at, image: name } };
}
