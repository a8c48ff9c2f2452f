import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { stepKindNames } from '../../contract/kinds/pipeline-step.ts';
import { noDeps } from './registry.fixture.ts';
import { stepAdapterNames, stepAdapters } from './registry.ts';

test('every folder is an adapter, and every adapter has a folder', () => {
  const entries = readdirSync(import.meta.dirname, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(folders.sort()).toEqual([...stepAdapterNames].sort());
});

test('a pipeline can name every adapter, and nothing else', () => {
  expect([...stepKindNames].sort()).toEqual([...stepAdapterNames].sort());
});

test('each adapter is of its own kind', () => {
  const kinds = stepAdapters(noDeps).map(({ kind }) => kind);
  expect(kinds).toEqual([...stepAdapterNames]);
});
