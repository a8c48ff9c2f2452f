import { z } from 'zod';
import { countedSince, type Histogram } from '../../../contract/counters.ts';
import { problem } from '../../../platform/errors/problem.ts';
import type { Json } from '../../../platform/ids/types.ts';
import type { MetricSource } from '../port.ts';
import { type Counted, figures } from './figures.ts';

/** What a target's router has counted for one release since its epoch began; numbers only grow within an epoch. */
export type CountedRelease = {
  readonly target: string;
  readonly release: string;
  readonly counters: {
    readonly epoch: string;
    readonly requests: number;
    readonly errors: number;
    readonly latency: Histogram & { readonly sumSeconds: number };
  };
};

export type RouterSourceDeps = {
  /** Newest counters that the targets' agents reported for an application. */
  readonly readCounters: (
    targets: readonly string[],
    application: string,
  ) => Promise<readonly CountedRelease[]>;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
};

const keptSchema = z.object({
  epoch: z.string(),
  requests: z.number(),
  errors: z.number(),
  counts: z.array(z.number()),
});
const baselineSchema = z.object({ at: z.number(), counted: z.record(z.string(), keptSchema) });
type Baseline = z.output<typeof baselineSchema>;

/**
 * The router's own figures of the candidate (`result`) and of the stable release (`stable`), over all targets of the
 * analysis, since its last measurement; the first takes everything since the release began to serve. Without a request
 * to the candidate there is no data; without one to the stable release `stable` is null.
 */
export function routerSource({ readCounters, clock }: RouterSourceDeps): MetricSource {
  return {
    name: 'router',
    async measure({ subject, baseline }) {
      const { application, targets, candidate, stable } = subject;
      const query = `router counters of ${application} ${candidate} on ${targets.join(', ')}`;
      const read = await readOrNull(() => readCounters(targets, application));
      if ('problem' in read) return { ok: false, problem: read.problem, query };
      const rows = read.rows.filter((row) => row.release === candidate || row.release === stable);
      const now = clock();
      const last = baselineSchema.safeParse(baseline).data ?? null;
      const seconds = last === null ? null : (now - last.at) / 1000;
      const of = (release: string | null) =>
        figures(
          rows.filter((row) => row.release === release).map((row) => since(row, last)),
          seconds,
        );
      const result = of(candidate);
      return {
        ok: true,
        value: result === null ? null : { result, stable: of(stable) },
        query,
        baseline: remember(rows, last, now),
      };
    },
  };
}

async function readOrNull(read: () => Promise<readonly CountedRelease[]>) {
  try {
    return { rows: await read() };
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown';
    return { problem: problem('TG1401', { detail: `The counters cannot be read: ${why}` }) };
  }
}

const keyOf = (row: CountedRelease): string => `${row.target}/${row.release}`;

function since(row: CountedRelease, baseline: Baseline | null): Counted {
  const { latency, ...counters } = row.counters;
  const last = baseline?.counted[keyOf(row)];
  const { requests, errors, counts } = countedSince(last, { ...counters, counts: latency.counts });
  return { requests, errors, latency: { le: latency.le, counts } };
}

/** A target that is silent for once keeps its place, so that its old counts are not taken for new ones later. */
function remember(rows: readonly CountedRelease[], last: Baseline | null, now: number): Json {
  const counted = Object.fromEntries(
    rows.map((row) => {
      const { epoch, requests, errors, latency } = row.counters;
      return [keyOf(row), { epoch, requests, errors, counts: [...latency.counts] }];
    }),
  );
  return { at: now, counted: { ...last?.counted, ...counted } };
}
