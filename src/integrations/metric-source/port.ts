import type { AnalysisSubject } from '../../capabilities/analysis/types.ts';
import type { Provider } from '../../contract/kinds/analysis-template.ts';
import type { Problem } from '../../platform/errors/problem.ts';
import type { Json } from '../../platform/ids/types.ts';

export type MetricQuestion = {
  readonly provider: Provider;
  readonly subject: AnalysisSubject;
  /** Values for `{{args.name}}` in queries, addresses and bodies. */
  readonly args: { readonly [name: string]: string };
  /** What the source gave as `baseline` with the last measurement; null at the first. */
  readonly baseline: Json;
  /** The value as it was then; now when left out. Only sources that keep what was can tell. */
  readonly asOf?: Date;
};

/** `value` is what conditions see as variables (`result`, and where there is one `stable`); null is no data. */
export type MetricAnswer =
  | {
      readonly ok: true;
      readonly value: { readonly [name: string]: Json } | null;
      readonly query: string;
      readonly baseline: Json;
    }
  | { readonly ok: false; readonly problem: Problem; readonly query: string };

/** A place that knows numbers. It measures and never judges; a source that does not answer is a value, not a throw. */
export type MetricSource = {
  /** The provider key that it serves, such as `router` or `prometheus`: each is a folder beside this file. */
  readonly name: string;
  measure(question: MetricQuestion, signal: AbortSignal): Promise<MetricAnswer>;
};
