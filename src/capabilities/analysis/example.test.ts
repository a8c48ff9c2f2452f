import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { analysisTemplateSchema } from '../../contract/kinds/analysis-template.ts';
import { checkCondition } from '../../platform/cel/condition.ts';

const page = await readFile(new URL('../../../docs/concepts/analysis.md', import.meta.url), 'utf8');
/** Indented blocks of the page. */
const examples = [...page.matchAll(/(?:^ {4}.*\n)+/gm)].map(([block]) => parse(block));

test.each([
  [0, ['errors', 'latency']],
  [1, ['p99', 'errors']],
])(
  'example %d of docs/concepts/analysis.md is a valid template with conditions that compile',
  (at, names) => {
    expect(examples).toHaveLength(2);
    const template = analysisTemplateSchema.parse(examples[at]);
    expect(template.spec.metrics.map((metric) => metric.name)).toEqual(names);
    for (const { successCondition, failureCondition } of template.spec.metrics) {
      const conditions = [successCondition, failureCondition].filter((one) => one !== undefined);
      expect(conditions.map(checkCondition)).toEqual(conditions.map(() => null));
    }
  },
);
