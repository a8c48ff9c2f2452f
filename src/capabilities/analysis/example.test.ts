import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { analysisTemplateSchema } from '../../contract/kinds/analysis-template.ts';
import { checkCondition } from '../../platform/cel/condition.ts';

test('the example of docs/concepts/analysis.md is a valid template with conditions that compile', async () => {
  const page = await readFile(
    new URL('../../../docs/concepts/analysis.md', import.meta.url),
    'utf8',
  );
  const lines = page.split('\n').filter((line) => /^ {4}/.test(line));
  const template = analysisTemplateSchema.parse(parse(lines.join('\n')));
  expect(template.spec.metrics.map((metric) => metric.name)).toEqual(['errors', 'latency']);
  for (const { successCondition, failureCondition } of template.spec.metrics) {
    expect(checkCondition(successCondition ?? failureCondition ?? '')).toBeNull();
  }
});
