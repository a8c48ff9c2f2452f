import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const own = { directory: '' };

/** A tree in which every import breaks a rule, beside one that breaks none. */
const files: Readonly<Record<string, string>> = {
  'src/platform/db.ts': `import '../engine/loop.ts';`,
  'src/engine/loop.ts': `import type { Shop } from '../capabilities/shop/types.ts'; export type Loop = Shop;`,
  'src/contract/api.ts': `import '../capabilities/shop/store.ts';`,
  'src/capabilities/shop/types.ts': `export type Shop = string;`,
  'src/capabilities/shop/store.ts': `export const save = 1;`,
  'src/capabilities/shop/reads.ts': `export const read = 1;`,
  'src/capabilities/shop/decide.ts': `import 'node:fs'; import './store.ts';`,
  'src/capabilities/cart/reconcile.ts': `import '../shop/store.ts';`,
  'src/capabilities/cart/good.ts': `import '../shop/reads.ts'; import type { Shop } from '../shop/types.ts'; export type Cart = Shop;`,
  'src/integrations/git/port.ts': `export type Git = string;`,
  'src/integrations/git/cli/run.ts': `import '../../driver/port.ts';`,
  'src/integrations/driver/port.ts': `export type Driver = string;`,
  'src/cli/cli.ts': `import '../capabilities/shop/reads.ts';`,
  'src/agent/agent.ts': `import '../capabilities/shop/reads.ts';`,
  'src/compose.ts': `export const compose = 1;`,
  'src/capabilities/cart/routes.ts': `import '../../compose.ts';`,
  'src/capabilities/cart/a.ts': `import './b.ts';`,
  'src/capabilities/cart/b.ts': `import './a.ts'; import './nowhere.ts';`,
  'examples/probe/probe.ts': `import '../../src/compose.ts';`,
  'web/src/good.ts': `import type { Word } from '../../src/contract/words.ts'; export type Mine = Word;`,
  'web/src/good.test.ts': `import { word } from '../../src/contract/words.ts'; export const mine = word;`,
  'web/src/ships.ts': `import { word } from '../../src/contract/words.ts'; export const mine = word;`,
  'web/src/reaches.ts': `import type { Shop } from '../../src/capabilities/shop/types.ts'; export type Mine = Shop;`,
  'src/contract/words.ts': `export type Word = string; export const word = 'a';`,
  'src/capabilities/cart/page.ts': `import '../../../web/src/good.ts';`,
};

beforeAll(async () => {
  own.directory = await mkdtemp(join(tmpdir(), 'tidegate-rules-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(own.directory, path)), { recursive: true });
    await writeFile(join(own.directory, path), `${text}\n`);
  }
  await symlink(join(root, 'node_modules'), join(own.directory, 'node_modules'));
  await writeFile(join(own.directory, 'package.json'), '{"type":"module"}');
});
afterAll(() => rm(own.directory, { recursive: true, force: true }));

test('each rule catches what it forbids, and nothing else', async () => {
  const config = join(root, '.dependency-cruiser.mjs');
  const program = join(root, 'node_modules', '.bin', 'depcruise');
  const { stdout } = await execa(
    program,
    ['--config', config, '--output-type', 'json', 'src', 'examples', 'web/src'],
    { cwd: own.directory, reject: false },
  );
  const { summary } = JSON.parse(stdout) as {
    summary: { violations: { rule: { name: string }; from: string }[] };
  };
  const found = summary.violations.map((one) => `${one.rule.name}: ${one.from}`);
  const { default: rules } = (await import(config)) as {
    default: { forbidden: { name: string }[] };
  };
  expect(new Set(found.map((one) => one.split(':')[0]))).toEqual(
    new Set(rules.forbidden.map((rule) => rule.name)),
  );
  expect(found.filter((one) => one.includes('good.'))).toEqual([]);
  expect(found).toContain('dashboard-ships-no-contract: web/src/ships.ts');
  expect(found).toContain('dashboard-is-a-client-of-the-api: web/src/reaches.ts');
  expect(found).toContain('engine-knows-no-delivery: src/engine/loop.ts');
  expect(found).toContain(
    'capability-sees-its-neighbours-nouns-and-reads: src/capabilities/cart/reconcile.ts',
  );
});
