import fc from 'fast-check';
import type { PipelineSpec } from '../../contract/kinds/pipeline.ts';
import type { StepAdapter, StepLook, StepMove } from '../../integrations/step/port.ts';
import type { Json } from '../../platform/ids/types.ts';
import { specOf } from './runs.fixture.ts';

/*
 * Random pipelines, steps that do anything a kind may do, and an adversary that lets things come late, twice or never,
 * cancels at any moment and crashes.
 */

/** What a step of a random pipeline does at each attempt: instantly, after an effect or a wait, or never. */
export type Doing = {
  readonly how: 'end' | 'effect' | 'wait' | 'stuck' | 'throw';
  readonly status: 'succeeded' | 'failed' | 'errored' | 'cancelled';
};

export type Scenario = {
  readonly spec: PipelineSpec;
  /** By step and attempt, again from the beginning when an attempt is beyond the list. */
  readonly doings: { readonly [step: string]: readonly Doing[] };
  readonly deeds: readonly Deed[];
};

export type Deed =
  | { readonly do: 'look' | 'crash' | 'cancel' }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'come' | 'again'; readonly pick: number; readonly ok: boolean };

const status = fc.constantFrom(
  'succeeded',
  'succeeded',
  'succeeded',
  'failed',
  'errored',
  'cancelled',
);
const doing: fc.Arbitrary<Doing> = fc.record({
  how: fc.constantFrom('end', 'end', 'effect', 'effect', 'effect', 'wait', 'stuck', 'throw'),
  status,
});

const whens = ['true', 'false', 'run.failed', '!run.failed', 'no.value', '1 + 1'];

/** What every step may have; only some of it, most of the time. */
const options = fc.record(
  {
    when: fc.constantFrom(...whens),
    retry: fc.constantFrom(
      { limit: 1 },
      { limit: 3, on: ['failed', 'errored'], backoff: { initial: '0s', max: '0s' } },
      { limit: 2, on: ['failed'], backoff: { initial: '1m', factor: 2, max: '90s' } },
    ),
    repeat: fc.constantFrom(
      { until: 'round >= 2', limit: 5, interval: '0s' },
      { until: 'false', limit: 3, interval: '10s' },
    ),
    timeout: fc.constantFrom('0s', '30s', '5m'),
    continueOnError: fc.boolean(),
    forEach: fc.constantFrom(
      { items: [] },
      { items: ['a', 'b', 'c'], maxParallel: 2 },
      { matrix: { a: [1, 2], b: [1] } },
      { items: '${{ 1 }}' },
    ),
  },
  { requiredKeys: [] },
);

const need = (name: string) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(name as Json) },
    {
      weight: 1,
      arbitrary: fc
        .subarray(['succeeded', 'failed', 'errored', 'skipped', 'omitted', 'cancelled'], {
          minLength: 1,
        })
        .map((is): Json => ({ step: name, is })),
    },
  );

function section(
  prefix: string,
  least: number,
  most: number,
  plain: boolean,
): fc.Arbitrary<Json[]> {
  return fc.integer({ min: least, max: most }).chain((count) => {
    const names = Array.from({ length: count }, (_, at) => `${prefix}${at}`);
    const steps = names.map((name, at) => {
      const needs = fc
        .subarray(names.slice(0, at), { maxLength: Math.min(3, at) })
        .chain((all) => fc.tuple(...all.map(need)));
      return fc
        .tuple(plain ? fc.constant([]) : needs, plain ? fc.constant({}) : options)
        .map(
          ([all, more]): Json => ({ name, http: { url: 'x' }, needs: all, ...(more as object) }),
        );
    });
    return fc.tuple(...steps);
  });
}

const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom<Deed>({ do: 'look' }, { do: 'crash' }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(0, 1, 5_000, 60_000, 600_000),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('come' as const, 'again' as const),
      pick: fc.nat(20),
      ok: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Deed>({ do: 'cancel' }) },
);

export const scenario: fc.Arbitrary<Scenario> = fc
  .record({
    steps: section('s', 1, 7, false),
    onFailure: section('f', 0, 2, false),
    // Without needs and conditions, so that each of them must run.
    last: section('z', 0, 2, true),
    deeds: fc.array(deed, { maxLength: 40 }),
  })
  .chain(({ steps, onFailure, last, deeds }) => {
    const spec = specOf({ timeout: '1h', steps, onFailure, finally: last });
    const names = [...spec.steps, ...spec.onFailure, ...spec.finally].map(({ name }) => name);
    const lists = names.map((name) =>
      fc.tuple(fc.constant(name), fc.array(doing, { minLength: 1, maxLength: 4 })),
    );
    return fc.tuple(...lists).map((pairs) => ({ spec, deeds, doings: Object.fromEntries(pairs) }));
  });

/**
 * A kind of step that does as the scenario says. Some of it hears of no cancel, and has to be ended from outside. An
 * outcome that is not of the attempt that sees it goes into `foreign`.
 */
export function doingAdapter(doings: Scenario['doings'], foreign: string[]): StepAdapter {
  return {
    kind: 'http',
    decide: (look, now) => {
      const { step, attempt } = look.subject;
      const { outcome } = look;
      if (outcome?.ok && outcome.value !== `${step}#${attempt}`) {
        foreign.push(`${step}#${attempt} saw ${JSON.stringify(outcome.value)}`);
      }
      const list = doings[step.replace(/\[\d+\]$/, '')] ?? [];
      return moveOf(
        list[(attempt - 1) % list.length] ?? { how: 'end', status: 'succeeded' },
        look,
        now,
      );
    },
    run: async () => null,
  };
}

function moveOf({ how, status: end }: Doing, look: StepLook, now: Date): StepMove {
  const wait = { is: 'wait', because: 'waiting', memory: 'asked', wakeAt: null } as const;
  const ends = { is: 'end', status: end, because: `it ${end}`, outputs: { end } } as const;
  if (how === 'throw') throw new Error('thrown on purpose');
  if (how === 'stuck') return wait;
  if (look.cancelled && look.memory === null) return { ...ends, status: 'cancelled' };
  if (how === 'wait') {
    const until = new Date(Date.parse(look.since) + 20_000);
    return now < until && !look.cancelled ? { ...wait, wakeAt: until } : ends;
  }
  if (how === 'end') return ends;
  if (look.memory === null) return { ...wait, effect: look.settings };
  if (look.outcome === null) return { ...wait, ...(look.cancelled ? { stopEffect: true } : {}) };
  return look.outcome.ok ? ends : { ...ends, status: 'errored' };
}
