import { type Problem, problem } from '../../../platform/errors/problem.ts';
import { askJson, type JsonRequest, parseAddress, shown } from '../http.ts';
import type { MetricAnswer, MetricQuestion, MetricSource } from '../port.ts';
import { fill, fillHeaders, inAddress, inJson } from '../template.ts';
import { parseJsonPath, selectJson } from './json-path.ts';

/** Any address that answers with JSON; `result` is the value at `jsonPath`, and what is not there is no data. */
export function webSource(): MetricSource {
  return {
    name: 'web',
    async measure(question, signal) {
      const prepared = prepare(question);
      if (!prepared.ok) return { ok: false, problem: prepared.problem, query: '' };
      const { ask, jsonPath } = prepared;
      const query = `${ask.method} ${shown(ask.url)} ${jsonPath}`;
      const path = parseJsonPath(jsonPath);
      if (!path) return { ok: false, problem: wrongPath(jsonPath), query };
      const answer = await askJson(ask, signal);
      if (!answer.ok) return { ok: false, problem: answer.problem, query };
      const result = selectJson(answer.json, path);
      return measured(result === null ? null : { result }, query);
    },
  };
}

const measured = (
  value: Extract<MetricAnswer, { ok: true }>['value'],
  query: string,
): MetricAnswer => ({ ok: true, value, query, baseline: null });

const wrongPath = (path: string): Problem =>
  problem('TG1402', {
    detail: `"${path}" is not a path such as $.a.b[0] that selects one value.`,
    hint: "Use $, .name, ['name'] and [0] only.",
  });

type Prepared =
  | { readonly ok: true; readonly ask: JsonRequest; readonly jsonPath: string }
  | { readonly ok: false; readonly problem: Problem };

function prepare(question: MetricQuestion): Prepared {
  if (!('web' in question.provider)) {
    return { ok: false, problem: problem('TG1402', { detail: 'The metric is not of the web.' }) };
  }
  const { url: address, method, headers, body, jsonPath } = question.provider.web;
  const filled = fill(address, question, inAddress);
  if (!filled.ok) return filled;
  const url = parseAddress(filled.text);
  if (!url.ok) return url;
  const filledHeaders = fillHeaders(headers, question);
  if (!filledHeaders.ok) return filledHeaders;
  const filledBody = body === undefined ? null : fill(body, question, inJson);
  if (filledBody && !filledBody.ok) return filledBody;
  const ask = {
    url: url.url,
    method,
    headers: filledHeaders.headers,
    ...(filledBody ? { body: filledBody.text } : {}),
  };
  return { ok: true, ask, jsonPath };
}
