import { expect, test } from 'vitest';
import { cliReference } from '../../../src/cli/reference.ts';
import { errorsReference } from '../../../src/contract/reference/errors.ts';
import { catalogue } from '../../../src/platform/errors/catalogue.ts';

test('every code has a row, with its hint', () => {
  const text = errorsReference();
  for (const [code, { hint }] of Object.entries(catalogue)) {
    expect(text).toContain(`| \`${code}\` |`);
    expect(text).toContain(hint.replaceAll('|', '\\|'));
  }
});

test('every command has a section, with examples and --json', () => {
  const sections = cliReference().split('\n## ').slice(1);
  expect(sections.length).toBeGreaterThan(20);
  for (const section of sections) {
    expect(section).toContain('Examples:');
    expect(section).toContain('--json');
  }
  expect(sections.map((one) => one.split('\n')[0])).toContain('tidegate rollout abort');
});
