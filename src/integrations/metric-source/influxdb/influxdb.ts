import {
  askText,
  concealed,
  numberOf,
  readSecrets,
  refusal,
  type SourceDeps,
  seriesAnswer,
} from '../http.ts';
import type { MetricAnswer, MetricSource } from '../port.ts';
import { fill } from '../template.ts';
import { type Column, readColumn } from './csv.ts';
import { inFlux } from './flux.ts';

/**
 * InfluxDB's v2 API, `POST /api/v2/query`, with Flux. Of each table the last `_value` that is not null counts.
 *
 * https://docs.influxdata.com/influxdb/v2/query-data/execute-queries/influx-api/
 */
export function influxdbSource({ secret }: Pick<SourceDeps, 'secret'>): MetricSource {
  return {
    name: 'influxdb',
    async measure(question, signal) {
      if (!('influxdb' in question.provider)) return refusal('The metric is not of InfluxDB.');
      const { address, org, query: template, token } = question.provider.influxdb;
      const filled = fill(template, question, inFlux);
      if (!filled.ok) return { ...filled, query: template };
      const query = filled.text;
      const keys = await readSecrets(secret, { token });
      if (!keys.ok) return { ...keys, query };
      const url = new URL(`${address.replace(/\/+$/, '')}/api/v2/query`);
      url.searchParams.set('org', org);
      const headers = [
        { name: 'authorization', value: `Token ${keys.values.token}` },
        { name: 'accept', value: 'application/csv' },
      ];
      const body = JSON.stringify({ query, type: 'flux', dialect });
      const ask = { url, method: 'POST', headers, body, secrets: keys.all } as const;
      const answer = await askText(ask, signal);
      return answer.ok ? concealed(read(answer.text, query), keys.all) : { ...answer, query };
    },
  };
}

const dialect = { header: true, delimiter: ',', annotations: ['datatype', 'group', 'default'] };
const numeric: readonly (string | null)[] = ['double', 'long', 'unsignedLong', null];

function read(csv: string, query: string): MetricAnswer {
  const column = readColumn(csv, '_value');
  if (!column.ok) return refusal(`InfluxDB's answer has no number: ${column.why}.`, query);
  const newest = new Map<string, number>();
  for (const cell of column.cells) {
    if (cell.text === null) continue;
    const value = readNumber(cell, cell.text);
    if (value === null) {
      const found = `${cell.datatype ?? 'text'} "${cell.text}"`;
      return refusal(`InfluxDB's answer has a _value that is not a number: ${found}.`, query);
    }
    newest.set(cell.table, value);
  }
  return seriesAnswer([...newest.values()], query);
}

function readNumber({ datatype }: Column, text: string): number | null {
  if (!numeric.includes(datatype)) return null;
  const value = numberOf(text);
  return Number.isNaN(value) && text !== 'NaN' ? null : value;
}
