import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { targetSpecSchema } from '../../contract/kinds/target.ts';
import { driverAdapters } from './registry.ts';

const adapters = Object.keys(driverAdapters).sort();

test('every folder is an adapter, and every adapter has a folder', () => {
  const entries = readdirSync(import.meta.dirname, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(folders.sort()).toEqual(adapters);
});

test('a Target can name every adapter, and nothing else', () => {
  expect([...targetSpecSchema.shape.driver.options].sort()).toEqual(adapters);
});
