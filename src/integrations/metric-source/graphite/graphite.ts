import { z } from 'zod';
import type { Json } from '../../../platform/ids/types.ts';
import {
  askJson,
  authorization,
  readSecrets,
  refusal,
  type SourceDeps,
  seriesAnswer,
} from '../http.ts';
import type { MetricAnswer, MetricSource } from '../port.ts';
import { fill } from '../template.ts';
import { inGraphite } from './target.ts';

/**
 * Graphite's render API, `GET /render?format=json`: the newest datapoint that is not null of each series. The window is
 * told relative to now (`from=-300s`), so that Graphite's own clock counts.
 *
 * https://graphite.readthedocs.io/en/latest/render_api.html
 */
export function graphiteSource({ secret }: Pick<SourceDeps, 'secret'>): MetricSource {
  return {
    name: 'graphite',
    async measure(question, signal) {
      if (!('graphite' in question.provider)) return refusal('The metric is not of Graphite.');
      const { address, query: template, window, username, token } = question.provider.graphite;
      const filled = fill(template, question, inGraphite);
      if (!filled.ok) return { ...filled, query: template };
      const query = filled.text;
      const keys = await readSecrets(secret, { token });
      if (!keys.ok) return { ...keys, query };
      const url = new URL(`${address.replace(/\/+$/, '')}/render`);
      url.searchParams.set('target', query);
      url.searchParams.set('from', `-${Math.ceil(window / 1000)}s`);
      url.searchParams.set('until', 'now');
      url.searchParams.set('format', 'json');
      const headers = authorization(username, keys.values.token);
      const answer = await askJson({ url, method: 'GET', headers, secrets: keys.all }, signal);
      return answer.ok ? read(answer.json, query) : { ...answer, query };
    },
  };
}

/** Graphite writes infinity as 1e9999, which zod's own number refuses. */
const number = z.custom<number>((value) => typeof value === 'number');
const responseSchema = z.array(
  z.object({ datapoints: z.array(z.tuple([number.nullable(), z.number()])) }),
);

function read(json: Json, query: string): MetricAnswer {
  const parsed = responseSchema.safeParse(json);
  if (!parsed.success) return refusal('Graphite gave no list of series with datapoints.', query);
  const newest = parsed.data.flatMap(({ datapoints }) => {
    const value = datapoints.findLast(([one]) => one !== null)?.[0];
    return value === undefined || value === null ? [] : [value];
  });
  return seriesAnswer(newest, query);
}
