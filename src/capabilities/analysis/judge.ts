import type { Metric } from '../../contract/kinds/analysis-template.ts';
import type { MetricAnswer } from '../../integrations/metric-source/port.ts';
import {
  type Condition,
  type ConditionAnswer,
  type ConditionVariables,
  compileCondition,
} from '../../platform/cel/condition.ts';
import type { Json } from '../../platform/ids/types.ts';
import { numberText, storableText, storableValue } from './storable.ts';
import { describeOutcome } from './threshold.ts';
import type { Measurement, MeasurementVerdict } from './types.ts';

type Judgement = { readonly verdict: MeasurementVerdict; readonly because: string };

/**
 * One answer of a source against a metric's conditions. With only `successCondition`, whatever is not a success is a
 * failure; with only `failureCondition`, whatever is not a failure is a success; with both, a failure is looked for
 * first and neither is inconclusive. What cannot be judged is never a success.
 */
export function judge(
  metric: Metric,
  answer: MetricAnswer,
  args: { readonly [name: string]: string },
  at: string,
): Measurement {
  const seen = { at, query: storableText(answer.query, 2048) };
  if (!answer.ok) {
    return {
      ...seen,
      verdict: 'error',
      value: null,
      because: storableText(answer.problem.detail, 500),
    };
  }
  if (answer.value === null) {
    return { ...seen, verdict: 'inconclusive', value: null, because: 'no data' };
  }
  const judgement = judgeValue(metric, {
    result: answer.value.result ?? null,
    stable: answer.value.stable ?? null,
    args,
  });
  return {
    ...seen,
    verdict: judgement.verdict,
    because: storableText(judgement.because, 500),
    value: storableValue(answer.value),
  };
}

/** Why an answer cannot be judged by anybody: no data, or a number that is none. Null when it can. */
export function lackOf(value: { readonly [name: string]: Json } | null): string | null {
  if (value === null || (value.result ?? null) === null) return 'no data';
  const odd = notFinite(value.result ?? null) ?? notFinite(value.stable ?? null);
  return odd === null ? null : `the value is ${odd}`;
}

function judgeValue(metric: Metric, variables: ConditionVariables): Judgement {
  const lack = lackOf({ result: variables.result, stable: variables.stable });
  if (lack !== null) return { verdict: 'inconclusive', because: lack };
  const failed = test(metric.failureCondition, variables);
  if (failed && failed.answer.kind === 'true') {
    return { verdict: 'failure', because: describeOutcome(failed.condition, variables, true) };
  }
  if (failed && 'detail' in failed.answer) return unclear(failed.answer, failed.condition);
  const passed = test(metric.successCondition, variables);
  if (passed && 'detail' in passed.answer) return unclear(passed.answer, passed.condition);
  if (passed && passed.answer.kind === 'true') {
    return { verdict: 'success', because: describeOutcome(passed.condition, variables, true) };
  }
  if (passed && failed) {
    return {
      verdict: 'inconclusive',
      because: 'neither the success nor the failure condition is true',
    };
  }
  if (passed) {
    return { verdict: 'failure', because: describeOutcome(passed.condition, variables, false) };
  }
  if (failed) {
    return { verdict: 'success', because: describeOutcome(failed.condition, variables, false) };
  }
  return { verdict: 'error', because: 'the metric has no condition' };
}

type Tested = { readonly condition: Condition; readonly answer: ConditionAnswer };

function test(text: string | undefined, variables: ConditionVariables): Tested | null {
  if (text === undefined) return null;
  const compiled = compileCondition(text);
  if (compiled.ok) {
    return { condition: compiled.condition, answer: compiled.condition.evaluate(variables) };
  }
  // Templates are checked when they are read from Git, so this is one that an older version let through.
  const never = compileCondition('false');
  if (!never.ok) return null;
  return {
    condition: { ...never.condition, text },
    answer: { kind: 'broken', detail: compiled.problem.detail },
  };
}

/** A value that lacks what the condition needs is no data; a condition that cannot work on such values is an error. */
function unclear(
  answer: { readonly kind: 'missing' | 'broken'; readonly detail: string },
  condition: Condition,
): Judgement {
  const because = `${condition.text}: ${answer.detail}`;
  return { verdict: answer.kind === 'missing' ? 'inconclusive' : 'error', because };
}

/** NaN, +Inf or -Inf when a number anywhere in the value is one; null when all can be compared. */
function notFinite(value: Json): string | null {
  const open: Json[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === 'number' && !Number.isFinite(next)) return numberText(next);
    if (typeof next !== 'object' || next === null) continue;
    const parts: readonly Json[] = Array.isArray(next) ? next : Object.values(next);
    for (const part of parts) open.push(part);
  }
  return null;
}
